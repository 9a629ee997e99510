"""From raw scores to probabilities: cosines of different pairs (text-text, text-picture) are not comparable.

Pictures and texts of a CLIP model sit in two separate cones, so a cosine of .25 may be excellent across the two and
poor within one. Each pair gets a logistic curve of its own (Platt, 1999).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What texts' vectors count beside pictures': a text's says little that its words do not, and small models put words
#: they never met near every title.
TEXT_SHARE = 0.25


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
    neighbours of nonsense stay below one half; where the two overlap it is the upper quantile itself. The scale makes
    the distance between the two worth two logits on each side. Raises `ValueError` on an empty side.
    """
    if matching.size == 0 or unrelated.size == 0:
        raise ValueError("Calibration needs at least one matching and one unrelated score.")
    low = float(np.quantile(unrelated, quantile))
    high = max(float(np.median(matching)), low)
    spread = max(high - low, float(np.std(unrelated)), 1e-3)
    return Calibration(midpoint=(low + high) / 2, scale=spread / 4)


def mean_of_known(values: Sequence[NDArray[np.float64]], weights: Sequence[float]) -> NDArray[np.float64]:
    """Weighted mean of `values`, each `(...)`, over those that are known; NaN where none is."""
    stacked = np.stack(values)
    each = np.asarray(weights).reshape(-1, *(1,) * (stacked.ndim - 1))
    parts = np.where(np.isnan(stacked), 0.0, each)
    total = parts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = (np.nan_to_num(stacked) * parts).sum(axis=0) / total
    return mean


def agreed(text: NDArray[np.float64], picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """The geometric mean of two legs' values `(...)`, of those that are known: nonsense seldom lies near to both a
    product's text and its picture. NaN is unknown; 0 where neither is known.
    """
    logs = (np.log(np.maximum(text, 1e-6)), np.log(np.maximum(picture, 1e-6)))
    return np.nan_to_num(np.exp(mean_of_known(logs, (TEXT_SHARE, 1 - TEXT_SHARE))))


@dataclass(frozen=True)
class Span:
    """Where a shop's own pictures lie in a space: around `centre` `(dim,)`, along orthonormal `axes` `(k, dim)`.

    A model spreads what it knows over a few directions and puts anything else somewhere between all of them, so what a
    picture has outside the axes tells it from the shop's own even where its nearest neighbour does not (the residual
    of principal components; Wang et al., ViM, 2022). `level` is what few of the shop's own have outside.
    """

    centre: NDArray[np.float32]
    axes: NDArray[np.float32]
    level: float

    @classmethod
    def of(cls, vectors: NDArray[np.floating[Any]], size: int, level: float = 1.0) -> Span:
        """The span of `vectors` `(n, dim)` along the `size` axes in which they differ most."""
        centre = vectors.mean(axis=0)
        centred = (vectors - centre).astype(np.float64)
        _, directions = np.linalg.eigh(centred.T @ centred)
        axes = directions[:, ::-1][:, :size].T
        return cls(centre.astype(np.float32), axes.astype(np.float32), level)

    @classmethod
    def of_bytes(cls, centre: bytes, axes: bytes, level: float) -> Span:
        """As `as_bytes` wrote it."""
        middle = np.frombuffer(centre, dtype=np.float32)
        rows = np.frombuffer(axes, dtype=np.float16).reshape(-1, len(middle))
        return cls(middle, rows.astype(np.float32), level)

    def as_bytes(self) -> tuple[bytes, bytes]:
        """The centre as float32, and the axes, one after the other, as float16."""
        return self.centre.tobytes(), self.axes.astype(np.float16).tobytes()

    def outside(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """The share `(n,)` of each vector's squared distance to the centre that lies outside the axes, in 0..1."""
        away = (vectors - self.centre).astype(np.float64)
        whole = np.maximum((away**2).sum(axis=1), 1e-12)
        share: NDArray[np.float64] = 1.0 - ((away @ self.axes.T) ** 2).sum(axis=1) / whole
        return share
