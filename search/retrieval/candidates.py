"""The one frozen candidate set of a search: whatever is shown, counted or paged is taken from it.

Legs nominate, then every nominated product is scored by every leg: what is said of a product never depends on which
leg found it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from numpy.typing import NDArray

from .answer import LegName, Relation
from .filters import Choices
from .fusion import Evidence
from .lexical import KeywordLeg
from .matches import KeywordMatches, VectorMatch, VectorMatches
from .selectivity import Rows, share_passing
from .surroundings import Surroundings
from .vectors import VectorLeg

#: Of each foreign word, its weight, the value that nonsense reaches, and what the legs say of the word alone.
Foreign = tuple[tuple[float, float, Mapping[LegName, Mapping[Any, VectorMatch]]], ...]


#: From so many texts on, looking which of those with the words are visible is left to the counting.
MANY_TEXTS = 5_000
#: And if so many of all are.
MOSTLY = 0.5
#: Products with the words whose vectors are compared, those that have them best: as deep as pages go.
MOST_COMPARED = 1_000


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
        keywords = KeywordMatches.of({}) if self.keywords is None else self.keywords.score(keys)
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
    keywords: KeywordMatches
    vectors: Mapping[LegName, VectorMatches]
    relation: Relation
    foreign: Foreign = ()

    def within(self, visible: Collection[Any]) -> Candidates:
        """Those of `visible`, who were found by words alone and are the only ones that any rank may count."""
        if len(visible) == len(self.keys):
            return self
        there = set(visible)
        gone = {key for key in self.keys if key not in there}
        kept = [place for place, key in enumerate(self.keys) if key in there]
        said = [place for place, key in enumerate(self.keywords) if key not in gone]
        return replace(
            self,
            keys=tuple(self.keys[place] for place in kept),
            scores=self.scores[kept],
            keywords=self.keywords.only(said),
        )

    @cached_property
    def places(self) -> Mapping[Any, int]:
        """Index in `keys` of each key."""
        return {key: index for index, key in enumerate(self.keys)}


#: Of the evidence `(n,)`: which products belong, and their scores.
Judge = Callable[[Evidence], tuple[NDArray[np.bool_], NDArray[np.float64]]]


def gather(legs: Legs, choices: Choices, floor: float, judge: Judge, *, said: bool = False) -> Candidates:
    """Every visible product that belongs by `judge`, for whom no product below `floor` in all legs may belong.

    An exact leg reads all that is visible, once, as belonging does not depend on filters. A leg that an index cuts must
    not be starved by them: it runs under the filters, and once more for each with that one lifted, for its facet.

    Where what is `said` suffices to belong, products that have the words may be very many. Then a large shop does not
    look here which of them are visible, as that is looked at again when they are counted (`Candidates.within`); and
    legs of vectors that an index serves put in order the best of them alone.
    """
    keywords = KeywordMatches.of({})
    if legs.keywords is not None:
        trusting = said and _mostly_visible(legs.keywords, choices)
        keywords = legs.keywords.find(None if trusting else choices.visible, floor)
    vectors: dict[LegName, VectorMatches] = {}
    cut = False
    around = Surroundings.of(legs.vectors, choices)
    for leg in legs.vectors:
        if not leg.indexed:
            vectors[leg.name], _ = leg.find(choices.visible, floor)
            continue
        vectors[leg.name], partly = around.find(leg, choices, floor)
        cut = cut or partly
    nominated = list(dict.fromkeys((*keywords, *chain.from_iterable(vectors.values()))))
    if legs.keywords is not None and (unread := [key for key in nominated if key not in keywords]):
        keywords |= legs.keywords.score(unread)
    compared = nominated
    if said and len(keywords) > MOST_COMPARED:
        first = np.lexsort((-keywords.strength, -keywords.share, ~keywords.exact))[:MOST_COMPARED]
        best = [keywords.found[place] for place in first.tolist()]
        compared = list(dict.fromkeys((*best, *chain.from_iterable(vectors.values()))))
    for leg in legs.vectors:
        among = compared if leg.indexed else nominated
        if unread := [key for key in among if key not in vectors[leg.name]]:
            vectors[leg.name] |= leg.score(unread)

    foreign = legs.score_foreign(compared)
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


def _mostly_visible(leg: KeywordLeg, choices: Choices) -> bool:
    """Whether at least half of a large shop's texts are of visible products, by a sample."""
    if leg.documents < MANY_TEXTS:
        return False
    try:
        keys = choices.seen
    except EmptyResultSet:
        return False
    return share_passing(Rows.of(leg.rows), keys, leg.documents) >= MOSTLY
