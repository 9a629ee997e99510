"""The one frozen candidate set of a search: whatever is shown, counted or paged is taken from it.

Legs nominate, then every nominated product is scored by every leg: what is said of a product never depends on which
leg found it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, compress, count
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from numpy.typing import NDArray

from .answer import LegName, Relation
from .filters import Choices
from .fusion import Evidence
from .lexical import KeywordLeg
from .matches import KeywordMatches, Matches, VectorMatch, VectorMatches, mask_of, places_of
from .selectivity import Rows, share_passing
from .surroundings import Surroundings
from .vectors import VectorLeg

#: Of each foreign word, its weight, the value that nonsense reaches (None for a word that the model was taught), and
#: what the legs say of the word alone.
Foreign = tuple[tuple[float, float | None, Mapping[LegName, Mapping[Any, VectorMatch]]], ...]


#: From so many texts on, looking which of those with the words are visible is left to the counting.
MANY_TEXTS = 5_000
#: And if so many of all are.
MOSTLY = 0.5
#: Products with the words whose vectors are compared, those that have them best: as deep as pages go.
MOST_COMPARED = 1_000


@dataclass(frozen=True)
class ForeignWord:
    """A word of the query that no visible product says: its share of the query's idf, the value that letters which mean
    nothing reach in this space (None where the model was taught the word), and legs for the word alone.

    They nominate nothing. Without legs nothing can show it.
    """

    weight: float
    nonsense: float | None
    legs: tuple[VectorLeg, ...]


@dataclass(frozen=True)
class Legs:
    """The ways in that one search has."""

    keywords: KeywordLeg | None
    vectors: tuple[VectorLeg, ...]
    foreign: tuple[ForeignWord, ...] = ()

    @property
    def indexed(self) -> bool:
        """Whether an index serves one of them: then filters decide how it is read (`surroundings`)."""
        return any(leg.indexed for leg in self.vectors)

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
    #: Which of them may be seen `(n,)`, as the count found; None before.
    seen: NDArray[np.bool_] | None = None

    def scored(self, scores: NDArray[np.float64]) -> Candidates:
        """The same with other `scores` `(n,)`."""
        return self._same_keys(replace(self, scores=scores))

    def looked_at(self, seen: NDArray[np.bool_]) -> Candidates:
        """The same once it is known which of them are `seen` `(n,)`."""
        return self._same_keys(replace(self, seen=seen))

    def _same_keys(self, other: Candidates) -> Candidates:
        vars(other)["places"] = self.places  # to look them up again takes longer than all else here
        return other

    def with_more(self, keys: Sequence[Any]) -> Candidates:
        """With further `keys`, which nothing speaks for."""
        more = replace(self, keys=(*self.keys, *keys), scores=np.append(self.scores, np.zeros(len(keys))))
        vars(more)["places"] = {**self.places, **dict(zip(keys, count(len(self.keys)), strict=False))}
        return more

    def mask(self, keys: Collection[Any]) -> NDArray[np.bool_]:
        """Which of them are among `keys` `(n,)`."""
        return mask_of(keys, self.places)

    @property
    def visible(self) -> tuple[Any, ...]:
        """Keys of those that may be seen."""
        return self.keys if self.seen is None else tuple(compress(self.keys, self.seen.tolist()))

    def rank(self, leg: LegName, key: Any) -> int:
        """The place of `key` in `leg`, 1 for the best, among all that it knows; what nobody sees counts in no rank."""
        known, raw = self._ranking[leg]
        return 1 + int((raw > known.raw[known.places[key]]).sum())

    @cached_property
    def _ranking(self) -> Mapping[LegName, tuple[Matches[Any], NDArray[np.float64]]]:
        """What each leg says, and the raw scores of those that ranks count."""
        legs: dict[LegName, Matches[Any]] = {"keywords": self.keywords, **self.vectors}
        if self.seen is None or self.seen.all():
            return {name: (known, known.raw) for name, known in legs.items()}
        unseen = list(compress(self.keys, (~self.seen).tolist()))
        ranked = {}
        for name, known in legs.items():
            at = known.at(unseen)
            ranked[name] = known, np.delete(known.raw, at[at >= 0])
        return ranked

    @cached_property
    def places(self) -> Mapping[Any, int]:
        """Index in `keys` of each key."""
        return dict(zip(self.keys, range(len(self.keys)), strict=True))

    def at(self, keys: Collection[Any]) -> NDArray[np.int64]:
        """Index in `keys` of each of some keys `(n,)`, -1 for one that is none of them."""
        return places_of(keys, self.places)


#: Of the evidence `(n,)`: which products belong, and their scores.
Judge = Callable[[Evidence], tuple[NDArray[np.bool_], NDArray[np.float64]]]


def gather(legs: Legs, choices: Choices, floor: float, judge: Judge, *, said: bool = False) -> Candidates:
    """Every visible product that belongs by `judge`, for whom no product below `floor` in all legs may belong.

    An exact leg reads all that is visible, once, as belonging does not depend on filters. A leg that an index cuts must
    not be starved by them: it runs under the filters, and once more for each with that one lifted, for its facet.

    Where what is `said` suffices to belong, products that have the words may be very many. Then a large shop does not
    look here which of them are visible, as that is looked at again when they are counted (`Candidates.seen`); and
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
