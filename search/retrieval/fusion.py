"""From what each leg says of a product to one value (does it belong?) and one score (how early does it come?).

Both are weighted sums of calibrated values, so they mean the same in every answer, and a leg that says nothing of a
product changes nothing for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .answer import LegName
from .lexical import KeywordMatch
from .vectors import VectorMatch

#: A text's vector knows what the merchant wrote, a picture's what there is to see.
TEXT_SHARE = 0.4
#: Of a search by picture and words together, what the picture counts.
PICTURE_SHARE = 0.5
#: A field that is exactly the query (a SKU, a title) puts its product before every other.
EXACT_BONUS = 1.0


@dataclass(frozen=True)
class Evidence:
    """What the legs say of `keys`, each `(n,)` float64; NaN where a leg has nothing of a product.

    `share` and `strength` are 0 for a product with none of the words; they and `complete` stay so without words.
    """

    keys: tuple[Any, ...]
    complete: NDArray[np.bool_]
    exact: NDArray[np.bool_]
    share: NDArray[np.float64]
    strength: NDArray[np.float64]
    text: NDArray[np.float64]
    picture: NDArray[np.float64]
    likeness: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        keys: Sequence[Any],
        keywords: Mapping[Any, KeywordMatch],
        vectors: Mapping[LegName, Mapping[Any, VectorMatch]],
    ) -> Evidence:
        """Gather the matches of every leg, by key."""
        words = [keywords.get(key) for key in keys]

        def values(leg: LegName) -> NDArray[np.float64]:
            found = vectors.get(leg, {})
            return np.array([found[key].value if key in found else np.nan for key in keys], dtype=np.float64)

        return cls(
            keys=tuple(keys),
            complete=np.array([match is not None and match.complete for match in words], dtype=np.bool_),
            exact=np.array([match is not None and match.exact for match in words], dtype=np.bool_),
            share=np.array([0.0 if match is None else match.share for match in words], dtype=np.float64),
            strength=np.array(
                [0.0 if match is None else match.strength for match in words], dtype=np.float64
            ),
            text=values("text-text"),
            picture=values("text-picture"),
            likeness=values("picture-picture"),
        )


@dataclass(frozen=True)
class Fused:
    """`(n,)` each: the value that decides belonging, in 0..1, and the score that decides the order."""

    values: NDArray[np.float64]
    scores: NDArray[np.float64]


def fuse(evidence: Evidence, *, words: bool, picture: bool, vector_weight: float) -> Fused:
    """Value and score of each product for a search by `words`, by `picture`, or by both.

    Words: what is seen (text and picture vectors) and what is written meet in the middle, but words that a product
    lacks never speak against what its picture shows, so a word in no title still finds. The score weighs the same two
    parts by `vector_weight`; among products with the same words, the vectors decide the order.
    """
    likeness = np.nan_to_num(evidence.likeness)
    if not words:
        return Fused(likeness, likeness)
    seen = mean_of_known((evidence.text, evidence.picture), (TEXT_SHARE, 1 - TEXT_SHARE))
    known = ~np.isnan(seen)
    seen = np.nan_to_num(seen)
    meeting = (1 - vector_weight) * evidence.share + vector_weight * seen
    values = np.where(known, np.maximum(seen, meeting), evidence.share)
    scores = (1 - vector_weight) * evidence.strength + vector_weight * seen + EXACT_BONUS * evidence.exact
    if not picture:
        return Fused(values, scores)
    return Fused(
        (1 - PICTURE_SHARE) * values + PICTURE_SHARE * likeness,
        (1 - PICTURE_SHARE) * scores + PICTURE_SHARE * likeness,
    )


def mean_of_known(values: Sequence[NDArray[np.float64]], weights: Sequence[float]) -> NDArray[np.float64]:
    """Weighted mean of `values`, each `(n,)`, over those that are known; NaN where none is."""
    stacked = np.stack(values)
    parts = np.where(np.isnan(stacked), 0.0, np.asarray(weights)[:, np.newaxis])
    total = parts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = (np.nan_to_num(stacked) * parts).sum(axis=0) / total
    return mean
