"""What steering does to a set: brings in what is pinned, shifts what is boosted or buried.

A pinned product is in totals and facets like any other, where the shopper may see it and it passes the filters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from django.db.models import Case, F, FloatField, QuerySet, Value, When
from numpy.typing import NDArray

from .candidates import Candidates
from .filters import Choices
from .snapshot import KeyIn
from .steering import MOST_POINTS, Moves

_Item = TypeVar("_Item")
NO_PINS: Mapping[Any, int] = MappingProxyType({})


def with_pinned(candidates: Candidates, moves: Moves) -> Candidates:
    """`candidates` with what is pinned, which may be invisible, as any may be here."""
    if more := [key for key in moves.pins if key not in candidates.places]:
        candidates = candidates.with_more(more)
    return candidates


def shifted(candidates: Candidates, moves: Moves) -> Candidates:
    """`candidates` with the scores that boosts give them, within MOST_POINTS, and with what comes last below all."""
    if not moves.shifting or not len(candidates.keys):
        return candidates
    points, last = moves.points(candidates.places)
    scores = candidates.scores + points
    if last.any():
        scores[last] -= scores.max() - scores.min() + 1.0
    return candidates.scored(scores)


def places_of_pins(pins: Sequence[int], others: int) -> list[int]:
    """Where the pinned come among `others`, counted from 0. `pins`, sorted, ask for places of which 1 is the first.

    Of two that ask for one place the second comes next. Where there are too few others, they come at the end.
    """
    found: list[int] = []
    for at, place in enumerate(pins):
        found.append(min(max(place - 1, found[-1] + 1 if found else 0), others + at))
    return found


def with_pins(others: Sequence[_Item], pinned: Sequence[tuple[int, _Item]]) -> list[_Item]:
    """`others` in their order, and among them the `pinned`, sorted by the places that they ask for."""
    found, places = list(others), places_of_pins([place for place, _ in pinned], len(others))
    for place, (_, item) in zip(places, pinned, strict=True):
        found.insert(place, item)
    return found


def first_of_all(
    places: Mapping[Any, int], scores: NDArray[np.float64], pins: Mapping[Any, int]
) -> NDArray[np.float64]:
    """`scores` `(n,)` of products at `places` with those that are pinned above all others, in the order of `pins`."""
    best = float(scores.max(initial=0.0)) + len(pins) + 1.0
    lifted = scores.copy()
    for at, key in enumerate(pins):
        if key in places:
            lifted[places[key]] = best - at
    return lifted


def without_hidden(choices: Choices, moves: Moves) -> Choices:
    """`choices` while browsing, of which nothing that is hidden is left."""
    if not moves.hidden:
        return choices
    return replace(choices, visible=choices.visible.exclude(KeyIn("pk", list(moves.hidden))))


def lifted_in_sql(products: QuerySet[Any], moves: Moves, *, pins: bool) -> QuerySet[Any]:
    """`products` with a column `ps_lift` to sort by, falling: boosts and buries; with `pins` those come first."""
    by_key: dict[Any, float] = {}
    if moves.shifting:
        keys = list({key: None for move in moves.moves for key in move.keys})
        points, last = moves.points({key: at for at, key in enumerate(keys)})
        points[last] -= 2 * MOST_POINTS + 1.0
        by_key = {key: value for key, value in zip(keys, points.tolist(), strict=True) if value}
    if pins:
        by_key |= dict.fromkeys(moves.pins, 2 * MOST_POINTS)
    of_value: dict[float, list[Any]] = {}
    for key, value in by_key.items():
        of_value.setdefault(value, []).append(key)
    cases = [When(KeyIn("pk", keys), then=Value(value)) for value, keys in of_value.items()]
    lift = Case(*cases, default=Value(0.0), output_field=FloatField()) if cases else Value(0.0)
    marked: QuerySet[Any] = products.annotate(ps_lift=lift)
    return marked


def lift_first() -> Any:
    """What `ps_lift` adds to an order, before all else."""
    return F("ps_lift").desc()
