"""From what each leg says of a product to one value (does it belong?) and one score (how early does it come?).

Both are made of calibrated values alone, so they mean the same in every answer. The value never exceeds what the best
leg says, which is why legs may nominate apart: what belongs reaches the floor in one of them.
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

#: What pictures show counts most: a text's vector says little that its words do not, and small models put words they
#: never met near every title.
TEXT_SHARE = 0.25
#: How much less partial matches say: with two of three words it is 2/3 cubed of their strength, so that a picture
#: which shows all three comes before a title that has two of them.
PARTIAL_POWER = 3
#: What seeing counts for a product that says none of the words: nonsense lies near something in every model, so what
#: no text says must be plain to see.
UNSAID = 0.7
#: Of a picture, what products say counts beside what they look like: a title tells apart what outlines confuse, but
#: often leaves out what the picture shows.
DESCRIBED_SHARE = 0.35
#: Of a search by picture and words together, what the picture counts.
PICTURE_SHARE = 0.5
#: A field that is exactly the query (a SKU, a title) puts its product before every other, as does the very picture.
EXACT_BONUS = 1.0
#: Inner product from which two pictures are the same one, encoded anew: half-precision vectors lose less than this.
SAME_PICTURE = 0.998


@dataclass(frozen=True)
class Evidence:
    """What the legs say of `keys`, each `(n,)` float64; NaN where a leg has nothing of a product.

    `share` and `strength` are 0 for a product with none of the words.
    """

    keys: tuple[Any, ...]
    complete: NDArray[np.bool_]
    exact: NDArray[np.bool_]
    share: NDArray[np.float64]
    strength: NDArray[np.float64]
    text: NDArray[np.float64]
    picture: NDArray[np.float64]
    likeness: NDArray[np.float64]
    described: NDArray[np.float64]
    same: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        keys: Sequence[Any],
        keywords: Mapping[Any, KeywordMatch],
        vectors: Mapping[LegName, Mapping[Any, VectorMatch]],
    ) -> Evidence:
        """Gather the matches of every leg, by key."""
        words = [keywords.get(key) for key in keys]
        alike = vectors.get("picture-picture", {})

        def values(leg: LegName) -> NDArray[np.float64]:
            found = vectors.get(leg, {})
            return np.array([found[key].value if key in found else np.nan for key in keys], dtype=np.float64)

        return cls(
            keys=tuple(keys),
            complete=np.array([match is not None and match.complete for match in words], dtype=np.bool_),
            exact=np.array([match is not None and match.exact for match in words], dtype=np.bool_),
            share=np.array([0.0 if match is None else match.share for match in words], dtype=np.float64),
            strength=np.array([_strength(match) for match in words], dtype=np.float64),
            text=values("text-text"),
            picture=values("text-picture"),
            likeness=values("picture-picture"),
            described=values("picture-text"),
            same=np.array([key in alike and alike[key].raw >= SAME_PICTURE for key in keys], dtype=np.bool_),
        )


@dataclass(frozen=True)
class Fused:
    """`(n,)` each: the value that decides belonging, in 0..1, and the score that decides the order."""

    values: NDArray[np.float64]
    scores: NDArray[np.float64]


def fuse(evidence: Evidence, *, words: bool, picture: bool, vector_weight: float) -> Fused:
    """Value and score of each product for a search by `words`, by `picture`, or by both.

    Words: a product belongs by what it says (its share of the query, so a misspelt word in a title does no harm) or by
    what it shows (text and picture vectors, so a word in no title still finds). The score weighs the two by
    `vector_weight`; among products with the same words, the vectors decide the order.
    """
    alike = np.nan_to_num(
        mean_of_known((evidence.likeness, evidence.described), (1 - DESCRIBED_SHARE, DESCRIBED_SHARE))
    )
    likeness = np.fmax(np.nan_to_num(evidence.likeness), alike)
    if not words:
        return Fused(likeness, alike + EXACT_BONUS * evidence.same)
    # A title that says less than the picture shows is nothing against it, so a text's vector can only add.
    seen = mean_of_known((evidence.text, evidence.picture), (TEXT_SHARE, 1 - TEXT_SHARE))
    seen = np.nan_to_num(np.fmax(seen, evidence.picture))
    plain = seen * (UNSAID + (1 - UNSAID) * evidence.share)
    values = np.maximum(plain, evidence.share)
    scores = (1 - vector_weight) * evidence.strength + vector_weight * seen + EXACT_BONUS * evidence.exact
    if not picture:
        return Fused(values, scores)
    # Words with a picture ask for a difference ("this, in blue"), so what fits is seldom near to the picture itself: a
    # mean lets the one make up for the other. First comes what has something of both, hence the product.
    return Fused(
        (1 - PICTURE_SHARE) * values + PICTURE_SHARE * likeness,
        scores ** (1 - PICTURE_SHARE) * alike**PICTURE_SHARE,
    )


def _strength(match: KeywordMatch | None) -> float:
    """BM25F strength in 0..1, less for a product that lacks some of the words."""
    return 0.0 if match is None else float(match.strength * match.share**PARTIAL_POWER)


def mean_of_known(values: Sequence[NDArray[np.float64]], weights: Sequence[float]) -> NDArray[np.float64]:
    """Weighted mean of `values`, each `(n,)`, over those that are known; NaN where none is."""
    stacked = np.stack(values)
    parts = np.where(np.isnan(stacked), 0.0, np.asarray(weights)[:, np.newaxis])
    total = parts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = (np.nan_to_num(stacked) * parts).sum(axis=0) / total
    return mean
