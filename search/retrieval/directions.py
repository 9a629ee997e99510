"""Vectors that somebody brings along: numbers of any length become a direction, and what is none is refused."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import InvalidRequest

#: Far more than any model's.
MAX_NUMBERS = 8192


def direction(numbers: Iterable[Any]) -> tuple[float, ...]:
    """`numbers` as a unit vector `(dim,)`. Raises `InvalidRequest` unless all are finite numbers, and one is not 0."""
    found = tuple(numbers)
    if not 1 <= len(found) <= MAX_NUMBERS:
        raise bad(f"A vector has {len(found)} numbers; expected 1 to {MAX_NUMBERS}.")
    for place, number in enumerate(found):
        if isinstance(number, bool) or not isinstance(number, int | float) or not _is_finite(number):
            raise bad(f"Number {place} of a vector is {str(number)[:40]!r}; expected a finite number.")
    largest = max(map(abs, found))
    if not largest:
        raise bad("A vector is all zeros, which is no direction.")
    scaled = [number / largest for number in found]  # so that no square is too large or too small
    length = math.hypot(*scaled)
    return tuple(number / length for number in scaled)


def check_size(vector: Sequence[float], dim: int) -> None:
    """Raises `InvalidRequest` for a `vector` that is not of the serving space."""
    if len(vector) != dim:
        raise bad(f"A vector has {len(vector)} numbers; the model that serves now has {dim}.")


def bad(detail: str) -> InvalidRequest:
    """What is wrong with a vector."""
    return InvalidRequest("bad_vector", "vectors", detail)


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer that no float holds
        return False
