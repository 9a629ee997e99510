"""From raw scores to probabilities: cosines of different pairs (text-text, text-picture) are not comparable.

Pictures and texts of a CLIP model sit in two separate cones, so a cosine of .25 may be excellent across the two and
poor within one. Each pair gets a logistic curve of its own (Platt, 1999).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Where a curve's midpoint lies on the way from unrelated scores to matching ones; chosen on judged queries (`tune`).
MIDDLE = 0.4


@dataclass(frozen=True)
class Calibration:
    """`value(score) = 1 / (1 + exp(-(score - midpoint) / scale))`, in 0..1."""

    midpoint: float
    scale: float

    def value(self, score: float) -> float:
        """Probability of relevance of one raw score."""
        exponent = -(score - self.midpoint) / self.scale
        return 1.0 / (1.0 + math.exp(min(exponent, 60.0)))

    def values(self, scores: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """`(n,)` raw scores to `(n,)` float64 probabilities."""
        exponent = -(scores.astype(np.float64) - self.midpoint) / self.scale
        result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(np.minimum(exponent, 60.0)))
        return result

    def as_json(self) -> dict[str, float]:
        return {"midpoint": self.midpoint, "scale": self.scale}


def between(
    matching: NDArray[np.floating[Any]], unrelated: NDArray[np.floating[Any]], *, quantile: float = 0.99
) -> Calibration:
    """The curve whose middle separates `unrelated` scores `(n,)` from `matching` ones `(m,)`.

    The midpoint lies between the unrelated scores' upper `quantile` and the matching scores' median, so that nearest
    neighbours of nonsense stay below one half; where the two overlap it is the upper quantile itself. It is nearer to
    the unrelated ones (`MIDDLE`): what shoppers type lies less near than the titles that the curve is fitted on. The
    scale makes the distance between the two worth four logits. Raises `ValueError` on an empty side.
    """
    if matching.size == 0 or unrelated.size == 0:
        raise ValueError("Calibration needs at least one matching and one unrelated score.")
    low = float(np.quantile(unrelated, quantile))
    high = max(float(np.median(matching)), low)
    spread = max(high - low, float(np.std(unrelated)), 1e-3)
    return Calibration(midpoint=low + MIDDLE * (high - low), scale=spread / 4)
