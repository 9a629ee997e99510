"""How long searches took, as counts in fixed buckets: those of many days can be added up, quantiles can't."""

from __future__ import annotations

from collections.abc import Sequence

#: Upper ends in milliseconds, each a quarter above the last: a quantile is at most so much too high.
BOUNDS = tuple(round(1.25**step, 2) for step in range(50))


def quantile(counts: Sequence[int], share: float) -> float | None:
    """The duration in milliseconds that `share` of the searches did not exceed: the upper end of its bucket.

    `counts` has one number for each of BOUNDS and one for what took longer; None without searches.
    """
    wanted, seen = share * sum(counts), 0
    for bound, count in zip((*BOUNDS, BOUNDS[-1]), counts, strict=True):
        seen += count
        if count and seen >= wanted:
            return bound
    return None
