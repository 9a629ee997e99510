"""Browsing: without a query every product that passes is there, in the shop's own order or as sorted, and a page of
them is read by itself.

Whoever steers may shift products in that order, and pin some to places in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import F, QuerySet, TextField, Value, Window
from django.db.models.functions import Cast, RowNumber

from .arranging import NO_PINS, first_of_all, lift_first, lifted_in_sql, places_of_pins
from .filters import Choices
from .grouping import browse_order, group_text
from .page import Ranked, Rows, groups_of, place_of, ranked_page, read_key
from .snapshot import KeyIn, Part
from .steering import Moves

_ROWS = "SELECT json_build_array(key, grp, place) AS cells FROM {part}"
_SORTED_ROWS = "SELECT json_build_array(key, grp, place, sorted) AS cells FROM {part}"
_COLUMNS = ("key", "grp", "place")
_AS_READ = ("ps_key", "ps_group", "ps_place")


@dataclass(frozen=True)
class Browse:
    """One page of what `choices` are, in the order `sort` ("" for the shop's own). A sort counts more than any move."""

    choices: Choices
    page: int
    per_page: int
    sort: str
    moves: Moves

    def parts(self) -> dict[str, Part]:
        """What to read for one page: its groups and how many there are; and what is pinned, which is placed later."""
        products = self._products()
        products = products.annotate(
            ps_place=place_of(self.choices, self.sort) if self.sort else self._own_place()
        )
        first = Window(RowNumber(), partition_by=[F("ps_group")], order_by=self._own_order())
        parts = {"total": groups_of(self.choices.document, self.choices.products())}
        start, end = (self.page - 1) * self.per_page, self.page * self.per_page
        if self._pins:
            pinned = products.filter(KeyIn("pk", list(self._pins)))
            products = products.exclude(ps_group__in=pinned.values("ps_group"))
            start = max(start - len(self._pins), 0)
            parts["pinned"] = Part(pinned.values_list(*_AS_READ), _COLUMNS, _ROWS)
        rows = products.annotate(ps_first=first).filter(ps_first=1).order_by("ps_place")
        return {"rows": Part(rows.values_list(*_AS_READ)[start:end], _COLUMNS, _ROWS), **parts}

    def ranked(self, read: Mapping[str, list[list[Any]]]) -> Ranked:
        """The page from what was read."""
        total, start = int(read["total"][0][0]), (self.page - 1) * self.per_page
        keys = [read_key(key) for key, _, _ in sorted(read["rows"], key=lambda row: int(row[2]))]
        if not self._pins:
            return Ranked(tuple(keys), total)
        groups: dict[str, Any] = {}
        there = {read_key(key): group for key, group, _ in read["pinned"]}
        for key in self._pins:  # of one group who stands first is shown
            if key in there:
                groups.setdefault(there[key], key)
        pinned = list(groups.values())
        at = places_of_pins([self._pins[key] for key in pinned], total - len(pinned))
        by_place = dict(zip(at, pinned, strict=True))
        skipped = max(start - len(self._pins), 0)  # so many of the others were not read
        shown = []
        for place in range(start, min(start + self.per_page, total)):
            if place in by_place:
                shown.append(by_place[place])
            else:
                shown.append(keys[place - sum(each < place for each in at) - skipped])
        return Ranked(tuple(shown), total)

    def walked_parts(self, most: int) -> dict[str, Part]:
        """What to read to browse from the first page to the last: `most` products at most, in their order."""
        products = self._products(pins=True).annotate(
            ps_place=self._own_place(), ps_sorted=place_of(self.choices, self.sort) if self.sort else Value(0)
        )
        rows = products.order_by("ps_sorted" if self.sort else "ps_place").values_list(*_AS_READ, "ps_sorted")
        return {
            "rows": Part(rows[:most], (*_COLUMNS, "sorted"), _SORTED_ROWS),
            "total": groups_of(self.choices.document, self.choices.products()),
        }

    def walked(self, read: Mapping[str, list[list[Any]]]) -> Ranked:
        """One page of what was read to walk: all are as good as another, so the order that was read decides."""
        ordered = sorted(read["rows"], key=lambda row: int(row[2]))
        keys, groups, _, places = ([row[at] for row in ordered] for at in range(4))
        rows = Rows(
            [read_key(key) for key in keys],
            groups,
            sorted=[int(place) for place in places] if self.sort else (),
        )
        places_of_keys = dict(zip(rows.keys, range(len(ordered)), strict=True))
        scores = first_of_all(places_of_keys, np.zeros(len(ordered)), self._pins)
        return ranked_page(rows, scores, self.page, self.per_page, int(read["total"][0][0]), self._pins)

    @property
    def _pins(self) -> Mapping[Any, int]:
        return NO_PINS if self.sort else self.moves.pins

    def _products(self, *, pins: bool = False) -> QuerySet[Any]:
        products = self.choices.products()
        if self._lifting:
            products = lifted_in_sql(products, self.moves, pins=pins)
        marked: QuerySet[Any] = products.annotate(
            ps_key=Cast("pk", TextField()), ps_group=group_text(self.choices.document)
        )
        return marked

    def _own_place(self) -> Window:
        return Window(RowNumber(), order_by=self._own_order())

    def _own_order(self) -> list[Any]:
        """The shop's own order after all moves; by it variants are told apart in any order."""
        lift = [lift_first()] if self._lifting else []
        return [*lift, *browse_order(self.choices.document)]

    @property
    def _lifting(self) -> bool:
        return bool(self.moves) and not self.sort
