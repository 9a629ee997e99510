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

from ..calibration import TEXT_SHARE, agreed, mean_of_known
from ..conf import Conf
from .answer import LegName
from .matches import KeywordMatch, KeywordMatches, VectorMatch, VectorMatches, taken

#: What BM25 strength counts beside the share of the words: it orders what has the same ones.
STRENGTH_SHARE = 0.02
#: What a logit of seeing counts: it orders what is said alike, and what is plain to see by how plain it is.
SURE = 0.02
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
    #: Of each word that no visible product says, its share of the query's idf, and how plainly it is to be seen `(n,)`.
    #: 0.5 is as plain as letters that mean nothing may seem.
    foreign: tuple[tuple[float, NDArray[np.float64]], ...] = ()

    @classmethod
    def of(
        cls,
        keys: Sequence[Any],
        keywords: Mapping[Any, KeywordMatch],
        vectors: Mapping[LegName, Mapping[Any, VectorMatch]],
        foreign: Sequence[tuple[float, float | None, Mapping[LegName, Mapping[Any, VectorMatch]]]] = (),
    ) -> Evidence:
        """Gather the matches of every leg, by key; and of each of the `foreign` words, after its weight and the value
        that letters which mean nothing reach: None for a word that the model was taught, which means something.
        """
        words = KeywordMatches.of(keywords)
        said = words.at(keys)
        alike = VectorMatches.of(vectors.get("picture-picture", {}))

        def values(
            leg: LegName, vectors: Mapping[LegName, Mapping[Any, VectorMatch]] = vectors
        ) -> NDArray[np.float64]:
            matches = VectorMatches.of(vectors.get(leg, {}))
            return taken(matches.value, matches.at(keys), np.nan)

        share = taken(words.share, said, 0.0)
        return cls(
            keys=tuple(keys),
            complete=share >= 1.0,
            exact=taken(words.exact, said, False),
            share=share,
            strength=taken(words.strength, said, 0.0),
            text=values("text-text"),
            picture=values("text-picture"),
            likeness=values("picture-picture"),
            described=values("picture-text"),
            same=taken(alike.raw, alike.at(keys), -1.0) >= SAME_PICTURE,
            foreign=tuple(
                (weight, _alone(values("text-text", own), values("text-picture", own), nonsense))
                for weight, nonsense, own in foreign
            ),
        )

    @property
    def vectors(self) -> dict[LegName, NDArray[np.float64]]:
        """The values `(n,)` of each vector leg."""
        return {
            "text-text": self.text,
            "text-picture": self.picture,
            "picture-picture": self.likeness,
            "picture-text": self.described,
        }

    @property
    def seen(self) -> NDArray[np.float64]:
        """How plainly the words are to be seen `(n,)`, in 0..1."""
        return _seen(self.text, self.picture)


@dataclass(frozen=True)
class Fused:
    """`(n,)` each: the value that decides belonging, in 0..1, and the score that decides the order."""

    values: NDArray[np.float64]
    scores: NDArray[np.float64]


def fuse(evidence: Evidence, conf: Conf, *, words: bool, picture: bool) -> Fused:
    """Value and score of each product for a search by `words`, by `picture`, or by both.

    Words: a product belongs by what it says (its share of the query, so a misspelt word in a title does no harm) or by
    what it shows (text and picture vectors, so a word in no title still finds). The score weighs the two by
    `conf.vector_weight`; among products with the same words, the vectors decide the order.

    Picture: what products say counts `conf.described_weight` beside what they look like, in logits: a title tells apart
    what outlines confuse.
    """
    logits = (log_odds(evidence.likeness), log_odds(evidence.described))
    shares = (1 - conf.described_weight, conf.described_weight)
    alike = np.nan_to_num(_probability(mean_of_known(logits, shares)))
    likeness = np.fmax(np.nan_to_num(evidence.likeness), alike)
    if not words:
        return Fused(likeness, alike + EXACT_BONUS * evidence.same)
    seen = evidence.seen
    covered = _covered(evidence, seen)
    values = np.maximum(evidence.share, np.minimum(seen, covered))
    said = evidence.share + STRENGTH_SHARE * evidence.strength
    shown = covered - evidence.share + SURE * log_odds(seen)
    scores = 2 * ((1 - conf.vector_weight) * said + conf.vector_weight * shown) + EXACT_BONUS * evidence.exact
    if not picture:
        return Fused(values, scores)
    # Words with a picture ask for a difference ("this, in blue"), so what fits is seldom near to the picture itself: a
    # mean lets the one make up for the other. First comes what has something of both, hence the product.
    return Fused(
        (1 - PICTURE_SHARE) * values + PICTURE_SHARE * likeness,
        np.maximum(scores, 0) ** (1 - PICTURE_SHARE) * alike**PICTURE_SHARE,
    )


def _seen(text: NDArray[np.float64], picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Text and picture vectors together; a title that says less than the picture shows is nothing against it, so a
    text's vector can only add.
    """
    both = mean_of_known((text, picture), (TEXT_SHARE, 1 - TEXT_SHARE))
    return np.nan_to_num(np.fmax(both, picture))


def _alone(
    text: NDArray[np.float64], picture: NDArray[np.float64], nonsense: float | None
) -> NDArray[np.float64]:
    """How plainly a word by itself is to be seen `(n,)`. One that may mean nothing must be near to picture and text."""
    return _seen(text, picture) if nonsense is None else _plain(agreed(text, picture), nonsense)


def _plain(values: NDArray[np.float64], nonsense: float) -> NDArray[np.float64]:
    """`values` on a scale where what letters that mean nothing reach is one half: in straight lines below and above."""
    low, high = 0.5 * values / nonsense, 0.5 + 0.5 * (values - nonsense) / max(1 - nonsense, 1e-6)
    return np.where(values < nonsense, low, high)


def _covered(evidence: Evidence, seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of the query `(n,)` is either said or seen, in shares of idf.

    What other products say counts as seen with the whole query: a model that was calibrated on this catalogue knows
    it. A foreign word must be seen by itself. Else "helicopter mug" finds every mug: it lies right beside "mug".
    """
    foreign = sum(weight for weight, _ in evidence.foreign)
    covered = evidence.share + np.maximum(1 - evidence.share - foreign, 0) * seen
    for weight, alone in evidence.foreign:
        covered = covered + weight * np.minimum(seen, alone)
    return covered


def log_odds(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds, between -14 and 14: what is surer than that is as good as certain. NaN stays."""
    kept = np.clip(values, 1e-6, 1 - 1e-6)
    logits: NDArray[np.float64] = np.log(kept / (1 - kept))
    return logits


def _probability(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-logits))
