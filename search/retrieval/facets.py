"""Facet counts over the candidate set, each with only its own filter lifted; counts are of groups.

A facet is one part of the answer's one statement: rows `(grp, value, label, chosen)` of live products, counted inside
PostgreSQL. A product with several values counts once for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, F, Func, Value, When
from django.db.models.functions import Cast
from django.utils import translation
from django.utils.translation import gettext

from ..documents import Facet
from ..documents.facet_values import branch_labels, branches_of, facet_label, facet_value
from . import histogram
from .answer import FacetCounts, FacetValue
from .filters import Choices, Number
from .grouping import group_text
from .snapshot import KeyIn, Part

#: Above this many products, counts come from a fixed sample of groups.
SAMPLE_FROM = 20_000
#: Values given of one facet: the chosen ones, then the most frequent.
MOST_VALUES = 200
MOST_BRANCHES = 1000

_VALUES = f"""
    SELECT json_build_array(value, min(label), count(DISTINCT grp)) AS cells FROM {{part}}
    WHERE value <> '' GROUP BY value
    ORDER BY bool_or(chosen) DESC, count(DISTINCT grp) DESC, value LIMIT {MOST_VALUES}
"""  # noqa: S608 - a number of ours
# A product in kitchen/mugs is in kitchen too; a group with members in two branches counts once in their parent. A
# parent has never fewer than its child and sorts before it, so a limit cuts leaves only.
_BRANCHES = f"""
    SELECT json_build_array(branch, min(label) FILTER (WHERE branch = value), count(DISTINCT grp)) AS cells
    FROM (
        SELECT grp, value, label, array_to_string(steps[1:depth], '/') AS branch
        FROM {{part}}, LATERAL string_to_array(value, '/') AS steps,
            LATERAL generate_series(1, cardinality(steps)) AS depth
        WHERE value <> ''
    ) AS branches
    GROUP BY branch ORDER BY count(DISTINCT grp) DESC, branch LIMIT {MOST_BRANCHES}
"""  # noqa: S608 - a number of ours


@dataclass(frozen=True)
class FacetPlan:
    """Which facets to count, over what: `keys` is the candidate set, or None for all that exists.

    `sample` is 1, or of that many groups one is counted.
    """

    names: tuple[str, ...]
    choices: Choices
    keys: Sequence[Any] | None
    language: str
    sample: int

    def parts(self) -> dict[str, Part]:
        """What to read, by name of facet."""
        return {name: self._part(name, self.choices.document.facets[name]) for name in self.names}

    def counts(self, rows: Mapping[str, list[list[Any]]], total: int) -> tuple[FacetCounts, ...]:
        """The counts from what was read; `total` groups pass all filters."""
        return tuple(
            self._counted(name, self.choices.document.facets[name], rows[name], total) for name in self.names
        )

    def _part(self, name: str, facet: Facet) -> Part:
        shop = self.choices.document
        products = self.choices.products(lifted=name)
        if self.keys is not None:
            products = products.filter(KeyIn("pk", self.keys))
        group = group_text(shop)
        sampled = _Sampled(group, mask=self.sample - 1) if self.sample > 1 else None
        if facet.kind == "range":
            # The ends are those of all numbers; what lies between is counted in the sample.
            source: Any = F(facet.source) if isinstance(facet.source, str) else facet.source
            products = products.annotate(
                ps_group=group, ps_value=Cast(source, Number()), ps_sampled=sampled or Value(True)
            )
            rows = products.values_list("ps_group", "ps_value", "ps_sampled")
            return Part(rows, histogram.COLUMNS, histogram.SELECT, histogram.EMPTY)
        if sampled is not None:
            products = products.filter(sampled)
        chosen = self.choices.filters.get(name, ())
        value = facet_value(shop, facet)
        products = products.annotate(
            ps_group=group,
            ps_value=value,
            ps_label=facet_label(facet, self.language) or value,
            ps_chosen=Case(When(ps_value__in=chosen, then=True), default=False, output_field=BooleanField()),
        )
        rows = products.values_list("ps_group", "ps_value", "ps_label", "ps_chosen")
        return Part(rows, ("grp", "value", "label", "chosen"), _BRANCHES if facet.hierarchical else _VALUES)

    def _counted(self, name: str, facet: Facet, rows: list[list[Any]], total: int) -> FacetCounts:
        chosen = self.choices.filters.get(name, ())
        if facet.kind == "range":
            low, high = (None if cell is None else Decimal(cell) for cell in rows[0][:2])
            spans = tuple(FacetValue(value, value, total, True) for value in chosen)
            return FacetCounts(name, "range", spans, low, high, histogram.buckets(rows[0], self.sample))
        counts = {value: count * self.sample for value, _, count in rows}
        labels = {value: label for value, label, _ in rows if label}
        for value in chosen:  # shown even where nothing has it, so that it can be taken back
            counts.setdefault(value, 0)
        if facet.hierarchical:
            using = self.choices.visible.db
            labels = branch_labels(self.choices.document, facet, counts, self.language, using=using) | labels
            ordered = _as_tree(counts)
        else:
            ordered = sorted(counts, key=lambda value: (-counts[value], labels.get(value, value), value))
        if facet.kind == "boolean":
            with translation.override(self.language):
                labels = {"true": gettext("Yes"), "false": gettext("No")}
        return FacetCounts(
            name,
            facet.kind,
            tuple(
                FacetValue(
                    value,
                    labels.get(value) or (value.rsplit("/", 1)[-1] if facet.hierarchical else value),
                    counts[value],
                    value in chosen,
                    value.count("/") if facet.hierarchical else 0,
                )
                for value in ordered
            ),
        )


def sample_rate(products: int) -> int:
    """1 up to `SAMPLE_FROM` products; above, the power of two that brings them under it."""
    rate = 1
    while products > rate * SAMPLE_FROM:
        rate *= 2
    return rate


class _Sampled(Func):
    """A fixed part of all groups, whole groups together: the same ones in every search."""

    template = "(hashtextextended(%(expressions)s, 0) & %(mask)s) = 0"
    output_field: BooleanField[bool, bool] = BooleanField()


def _as_tree(counts: Mapping[str, int]) -> list[str]:
    """Branches with each parent before its children, and the fuller sibling first."""

    def place(branch: str) -> list[tuple[int, str]]:
        return [(-counts.get(path, 0), path) for path in branches_of(branch)]

    return sorted(counts, key=place)
