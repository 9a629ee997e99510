"""What another way of searching moves: where each hit was before, what is new, and what left the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..retrieval.answer import Hit
from ..retrieval.found import Found


@dataclass(frozen=True)
class Shift:
    """The places of one group of variants, 1 is the first; None where it was not found, or is not any more."""

    was: int | None
    now: int | None

    @property
    def up(self) -> int:
        """By how many places it rose; below 0 it fell, and what is new or gone did neither."""
        return 0 if self.was is None or self.now is None else self.was - self.now

    @property
    def down(self) -> int:
        """By how many places it fell."""
        return max(-self.up, 0)

    @property
    def new(self) -> bool:
        """It was not found before."""
        return self.was is None

    @property
    def gone(self) -> bool:
        """It is not found any more."""
        return self.now is None


@dataclass(frozen=True)
class Left:
    """A hit of the page before that is not on it now."""

    hit: Hit
    shift: Shift


@dataclass(frozen=True)
class Shifts:
    """The shift of each hit of the page by its key, and what `left` it."""

    of: Mapping[Any, Shift]
    left: tuple[Left, ...]

    @property
    def moved(self) -> int:
        """Hits that stand elsewhere than before."""
        return sum(shift.up != 0 for shift in self.of.values())

    @property
    def new(self) -> int:
        """Hits that were not found before."""
        return sum(shift.new for shift in self.of.values())


def shifts(before: Found, after: Found) -> Shifts:
    """How the page of `after` differs from that of `before`: two answers to one request for one shopper.

    A group of variants is one, whichever of them is shown.
    """
    was, now = _places(before), _places(after)
    found = {hit.key: Shift(was.get(hit.key), now[hit.key]) for hit in after.answer.hits}
    here = {key for group in _groups_of_page(after) for key in group}
    left = tuple(
        Left(hit, Shift(was[hit.key], now.get(hit.key))) for hit in before.answer.hits if hit.key not in here
    )
    return Shifts(found, left)


def _places(found: Found) -> dict[Any, int]:
    """The place of each product's group; where a page alone was read, of those on it."""
    places = {key: place for place, group in enumerate(found.ranked.groups(), start=1) for key in group}
    if not places:
        first = (found.answer.page - 1) * found.answer.per_page + 1
        places = {hit.key: place for place, hit in enumerate(found.answer.hits, start=first)}
    return places


def _groups_of_page(found: Found) -> list[tuple[Any, ...]]:
    first = (found.answer.page - 1) * found.answer.per_page
    groups = list(found.ranked.groups())[first : first + found.answer.per_page]
    return groups or [(hit.key,) for hit in found.answer.hits]
