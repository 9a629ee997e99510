"""The rate and the size of pictures by what is spent of the budget: warm up, stay, and come down before each reading.

A model is at its best after the rate has come down. A cosine does so once, at the end of its budget; this schedule does
it before every reading and goes on from there (WSD-S: Wen et al., 2024), so one run shows what each budget gives.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise

#: What remains of the rate at a reading.
LEAST = 0.01
#: Share of a cycle after the first in which the rate comes back.
RETURN = 0.02


@dataclass(frozen=True)
class Schedule:
    """`ends` are the readings in the budget's own unit (steps or minutes), ascending; the last is the budget.

    Each cycle between two of them comes down in its last share `decay`, and sees smaller pictures in its first share
    `small` (progressive resizing: most is learned from less, and the rest at the size that is served).
    """

    ends: tuple[float, ...]
    decay: float = 0.2
    small: float = 0.0

    def cycle(self, spent: float) -> tuple[float, float]:
        """Beginning and end of the cycle that `spent` lies in."""
        place = min(bisect_right(self.ends, spent), len(self.ends) - 1)
        return (self.ends[place - 1] if place else 0.0), self.ends[place]

    def rate(self, spent: float) -> float:
        """Share of the highest rate, from `LEAST` to 1; the warm-up is not in it."""
        start, end = self.cycle(spent)
        through = min(max((spent - start) / (end - start), 0.0), 1.0)
        left = min(1.0, (1 - through) / self.decay)
        back = min(1.0, through / RETURN) if start else 1.0
        return LEAST + (1 - LEAST) * back * (1 - math.sqrt(1 - left))

    def is_small(self, spent: float) -> bool:
        """Whether pictures are small yet."""
        start, end = self.cycle(spent)
        return spent < start + self.small * (end - start)

    def crossed(self, before: float, after: float) -> tuple[float, ...]:
        """The readings that lie behind `before`, and not behind `after`."""
        return tuple(end for end in self.ends if before < end <= after)

    def ended_early(self, spent: float) -> Schedule:
        """The schedule that comes down from here and then ends, in the shape of a whole cycle; at once where this one
        is coming down already.
        """
        start, end = self.cycle(spent)
        if spent < end - self.decay * (end - start):
            end = min(end, start + (spent - start) / (1 - self.decay))
        return replace(self, ends=(*(each for each in self.ends if each <= start), end))


def ends_of(budget: float, readings: tuple[float, ...]) -> tuple[float, ...]:
    """All readings of a run, of which the last is the budget."""
    ends = (*sorted({each for each in readings if each < budget}), budget)
    return tuple(end for before, end in pairwise((0.0, *ends)) if end > before)
