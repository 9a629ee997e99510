"""What chance alone could do: the tests that a group or a sentence must fail before it is named."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Probability below which chance is ruled out, over all that is tested of one attribute.
LEVEL = 0.01


def two_sided(z: float) -> float:
    """The probability of a standard normal deviate at least as far from 0."""
    return math.erfc(abs(z) / math.sqrt(2))


def holm(found: Sequence[float]) -> list[float]:
    """Probabilities corrected for how many were looked at (Holm, 1979), in the same order."""
    corrected, most = [0.0] * len(found), 0.0
    for rank, place in enumerate(sorted(range(len(found)), key=found.__getitem__)):
        most = max(most, min(1.0, (len(found) - rank) * found[place]))
        corrected[place] = most
    return corrected


def stratified(
    inside: NDArray[np.bool_], right: NDArray[np.bool_], stratum: NDArray[np.int64]
) -> tuple[float, float, float]:
    """How often those `inside` `(n,)` are `right` `(n,)`, how often the others are in the same strata, and how likely
    chance alone would set them so far apart (Mantel & Haenszel, 1959).

    The others' rate is that of each stratum `(n,)` of which both have some, weighted as those inside have it.
    """
    ours = theirs = expected = variance = seen = 0.0
    for each in np.unique(stratum[inside]):
        here = stratum == each
        mine, rest = right[here & inside], right[here & ~inside]
        total, hits = len(mine) + len(rest), float(mine.sum() + rest.sum())
        if not len(rest) or total < 2:
            continue
        seen += len(mine)
        ours += float(mine.sum())
        theirs += len(mine) * float(rest.mean())
        expected += len(mine) * hits / total
        variance += len(mine) * len(rest) * hits * (total - hits) / (total**2 * (total - 1))
    if not seen:
        return math.nan, math.nan, 1.0
    z = max(abs(ours - expected) - 0.5, 0.0) / math.sqrt(variance) if variance else 0.0
    return ours / seen, theirs / seen, two_sided(z)


def separation(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> tuple[float, float]:
    """How often a score `(n,)` of one that is `positive` `(n,)` is above that of one that is not, and the standard
    error of that (Hanley & McNeil, The Meaning and Use of the Area under a ROC Curve, 1982). Both must be there.
    """
    order = np.argsort(score, kind="stable")
    _, inverse, counts = np.unique(score[order], return_inverse=True, return_counts=True)
    last = counts.cumsum()
    ranks = (last - (counts - 1) / 2)[inverse]  # equal scores share their ranks
    m = int(positive.sum())
    n = len(score) - m
    area = (float(ranks[positive[order]].sum()) - m * (m + 1) / 2) / (m * n)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (m - 1) * (q1 - area**2) + (n - 1) * (q2 - area**2)) / (m * n)
    return area, math.sqrt(max(variance, 0.0))
