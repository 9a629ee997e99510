"""The curves that make a value of a raw score: fitted on the catalogue, one for each pair of modalities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..calibration import Calibration
from ..encoders import words_taught
from ..models import Space
from ..text import terms
from .answer import LegName

Vectors = NDArray[np.float32]

#: Curves for a space whose calibration was not fitted yet. Cosines of the published CLIP models: a text and a picture
#: of it lie at .25 to .35, others below .2; within one modality even strangers reach .6.
UNFITTED: Mapping[LegName, Calibration] = {
    "text-text": Calibration(midpoint=0.80, scale=0.03),
    "text-picture": Calibration(midpoint=0.25, scale=0.015),
    "picture-picture": Calibration(midpoint=0.80, scale=0.03),
}
#: How much less near, in scales of the curve, a picture of another product of the same kind is than one of the same.
ANOTHER_OF_ITS_KIND = 3


def calibration(space: Space, pair: LegName, vectors: Vectors) -> Calibration:
    """The curve of the raw scores of `vectors` `(n, dim)`: fitted on the catalogue, or a guess that suits the published
    CLIP models.

    A fitted curve is one of what a score is above that with the centre of all rows, so it begins higher for a query
    that is near to everything. Two pictures are fitted on pictures of one and the same product. A shopper's shows
    another of its kind, which is never as near: its curve begins so many scales lower (ANOTHER_OF_ITS_KIND).
    """
    fitted = space.calibration.get(pair)
    if fitted is None:
        return UNFITTED["text-picture" if pair == "picture-text" else pair]
    centre = space.calibration.get("centres", {}).get("texts" if pair.endswith("text") else "pictures")
    common = 0.0 if centre is None else float((vectors @ np.array(centre, dtype=np.float32)).mean())
    midpoint, scale = common + fitted["midpoint"], fitted["scale"]
    return Calibration(
        midpoint - ANOTHER_OF_ITS_KIND * scale if pair == "picture-picture" else midpoint, scale
    )


def nonsense_level(space: Space | None) -> float:
    """The value that letters which mean nothing reach, as it was measured when the space was calibrated."""
    return 0.5 if space is None else float(space.calibration.get("nonsense", 0.5))


def taught(space: Space | None, term: str, language: str) -> bool:
    """Whether the space's model is known to have been taught a word with this `term`: it is no nonsense to it, then."""
    return space is not None and term in _terms_taught(space.name, language)


@lru_cache(maxsize=16)
def _terms_taught(name: str, language: str) -> frozenset[str]:
    return frozenset(term for word in words_taught(name) for term in terms(word, language))


def raw_floor(calibration: Calibration, floor: float) -> float:
    """The raw score from which the calibrated value reaches `floor`; infinite at the ends of 0..1."""
    if floor <= 0:
        return -math.inf
    if floor >= 1:
        return math.inf
    return calibration.midpoint + calibration.scale * math.log(floor / (1 - floor))
