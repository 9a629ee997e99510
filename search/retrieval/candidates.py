"""The one frozen candidate set of a search: whatever is shown, counted or paged is taken from it.

Legs nominate, then every nominated product is scored by every leg: what is said of a product never depends on which
leg found it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .answer import LegName, Relation
from .filters import Choices
from .fusion import Evidence
from .lexical import KeywordLeg, KeywordMatch
from .vectors import VectorLeg, VectorMatch

#: Of each foreign word, its weight, the value that nonsense reaches, and what the legs say of the word alone.
Foreign = tuple[tuple[float, float, Mapping[LegName, Mapping[Any, VectorMatch]]], ...]


@dataclass(frozen=True)
class ForeignWord:
    """A word of the query that no visible product says: its share of the query's idf, the value that letters which mean
    nothing reach in this space, and legs for the word alone.

    They nominate nothing. Without legs nothing can show it.
    """

    weight: float
    nonsense: float
    legs: tuple[VectorLeg, ...]


@dataclass(frozen=True)
class Legs:
    """The ways in that one search has."""

    keywords: KeywordLeg | None
    vectors: tuple[VectorLeg, ...]
    foreign: tuple[ForeignWord, ...] = ()

    def limited_to(self, names: Collection[LegName] | None) -> Legs:
        """Those of `names` alone; all of them for None."""
        if names is None:
            return self
        keywords = self.keywords if "keywords" in names else None
        return Legs(keywords, tuple(leg for leg in self.vectors if leg.name in names))

    def evidence(self, keys: Sequence[Any]) -> Evidence:
        """What all legs say of `keys`, whether or not one nominates them."""
        keywords = {} if self.keywords is None else self.keywords.score(keys)
        return Evidence.of(
            keys, keywords, {leg.name: leg.score(keys) for leg in self.vectors}, self.score_foreign(keys)
        )

    def score_foreign(self, keys: Sequence[Any]) -> Foreign:
        """What is to be seen of each foreign word alone, with its weight."""
        return tuple(
            (word.weight, word.nonsense, {leg.name: leg.score(keys) for leg in word.legs if keys})
            for word in self.foreign
        )


@dataclass(frozen=True)
class Candidates:
    """Products that belong, `(n,)` in any order, whether or not they pass the filters; with why.

    `relation` is "gte" where an index cut a vector leg: then there may be more.
    """

    keys: tuple[Any, ...]
    scores: NDArray[np.float64]
    keywords: Mapping[Any, KeywordMatch]
    vectors: Mapping[LegName, Mapping[Any, VectorMatch]]
    relation: Relation
    foreign: Foreign = ()

    @cached_property
    def places(self) -> Mapping[Any, int]:
        """Index in `keys` of each key."""
        return {key: index for index, key in enumerate(self.keys)}


#: Of the evidence `(n,)`: which products belong, and their scores.
Judge = Callable[[Evidence], tuple[NDArray[np.bool_], NDArray[np.float64]]]


def gather(legs: Legs, choices: Choices, floor: float, judge: Judge) -> Candidates:
    """Every visible product that belongs by `judge`, for whom no product below `floor` in all legs may belong.

    An exact leg reads all that is visible, once, as belonging does not depend on filters. A leg that an index cuts must
    not be starved by them: it runs under the filters, and once more for each with that one lifted, for its facet.
    """
    keywords: dict[Any, KeywordMatch] = {}
    vectors: dict[LegName, dict[Any, VectorMatch]] = {leg.name: {} for leg in legs.vectors}
    if legs.keywords is not None:
        keywords.update(legs.keywords.find(choices.visible, floor))
    cut = False
    for leg in legs.vectors:
        allowed = [choices.visible]
        if leg.indexed:
            allowed = [choices.products(lifted=lifted) for lifted in (None, *choices.filters)]
        for products in allowed:
            found, partly = leg.find(products, floor)
            vectors[leg.name].update(found)
            cut = cut or partly
    nominated = list(dict.fromkeys((*keywords, *chain.from_iterable(vectors.values()))))
    if legs.keywords is not None and (unread := [key for key in nominated if key not in keywords]):
        keywords.update(legs.keywords.score(unread))
    for leg in legs.vectors:
        if unread := [key for key in nominated if key not in vectors[leg.name]]:
            vectors[leg.name].update(leg.score(unread))

    foreign = legs.score_foreign(nominated)
    belongs, scores = judge(Evidence.of(nominated, keywords, vectors, foreign))
    (members,) = np.nonzero(belongs)
    return Candidates(
        keys=tuple(nominated[index] for index in members.tolist()),
        scores=scores[members],
        keywords=keywords,
        vectors=vectors,
        relation="gte" if cut else "eq",
        foreign=foreign,
    )
