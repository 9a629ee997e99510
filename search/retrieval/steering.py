"""Where upper rooms steer searches: by rules of merchants, by what sells, by what one shopper likes. Retrieval knows
none of these.

Each is asked once what it makes of a search, *before* anything is understood (words, filters, synonyms, a redirect),
and once more *on the set* of what was found (pin, hide, boost, bury). They are asked in order, each is named, and what
each did is told with the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import compress
from typing import Any, Protocol

import numpy as np
from django.db import connections
from django.db.models import Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from ..documents import SearchScope
from ..models import Revision
from .answer import Banner, Steered, Understood
from .candidates import Candidates
from .filters import Choices
from .matches import mask_of
from .request import SearchRequest
from .serving import Serving
from .synonyms import NO_SYNONYMS, Synonyms, together
from .understanding import Query

#: What all boosts of a product together may add to its score or take from it: as much as all words of the query count.
MOST_POINTS = 1.0


@dataclass(frozen=True)
class Asked:
    """A search before anything is understood: what is asked, for whom, in which of the document's languages, and when.

    `revisions` are those of what processes keep compiled (`models.Revision`), by name.
    """

    request: SearchRequest
    scope: SearchScope
    language: str
    moment: datetime
    revisions: Mapping[str, str]
    using: str


@dataclass(frozen=True)
class Found:
    """What the second moment is about: `keys` that were found, or None while browsing, where all `choices` are.

    `candidates` have scores, and `serving` says what they were compared by; None of what is asked about apart from a
    search (near misses, a cursor's next page).
    """

    query: Query
    choices: Choices
    keys: Sequence[Any] | None
    candidates: Candidates | None = None
    serving: Serving | None = None

    @property
    def using(self) -> str:
        """The database that the search reads."""
        return self.choices.visible.db


class Condition(Protocol):
    """What only the live tables know of products; the statement that counts them reads it with the rest."""

    @property
    def known(self) -> Hashable:
        """What tells it from others, for as long as what it was compiled to holds."""

    def asked_of(self, products: QuerySet[Any], choices: Choices) -> tuple[QuerySet[Any], Q]:
        """That each of `products` meets it; with these, as the condition reads them."""

    def apart(self, choices: Choices, keys: Sequence[Any]) -> Collection[Any]:
        """Those of `keys` that meet it, by a statement of its own, after the other one failed."""


@dataclass(frozen=True, eq=False)
class Masked(Collection[Any]):
    """Some of many keys, which have `places` 0..n-1 in their order: those where `mask` `(n,)` is true."""

    places: Mapping[Any, int]
    mask: NDArray[np.bool_]

    def __contains__(self, key: object) -> bool:
        place = self.places.get(key)
        return place is not None and bool(self.mask[place])

    def __iter__(self) -> Iterator[Any]:
        return compress(self.places, self.mask.tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self.mask))


@dataclass(frozen=True)
class Move:
    """What somebody does to products on the set, whether or not they are in it: only a pin brings one in.

    They are those of `keys`, and those that meet `where`, which is told when the set is counted. A pin's
    `steered.amount` is its place (1 is the first), that of a boost or bury its points; `last` puts products behind all
    others.
    """

    steered: Steered
    keys: Collection[Any]
    #: What the shopper is to know of it, beginning with a code, as notices of answers do.
    notice: str = ""
    where: Condition | None = None


@dataclass(frozen=True)
class Course:
    """What one who steers makes of one search. `request` has other words, or is None where they stay.

    `filters` count where the shopper has chosen nothing of the same facet, `synonyms` for this search alone. `on_set`
    is asked for the moves.
    """

    request: SearchRequest | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    synonyms: Synonyms = field(default_factory=dict)
    redirect: str = ""
    banners: tuple[Banner, ...] = ()
    did: tuple[Steered, ...] = ()
    on_set: Callable[[Found], Sequence[Move]] | None = None


class Steerer(Protocol):
    """One who steers; `course` runs no statement where nothing applies, and gives None there. To be inherited from."""

    def course(self, asked: Asked) -> Course | None:
        """What it makes of this search."""

    def synonyms(self, language: str, revisions: Mapping[str, str], using: str) -> Synonyms:
        """Words that mean the same in `language`, whatever is searched for."""
        return NO_SYNONYMS


#: Asked in this order. Filled by `apps.ready()`.
steerers: list[Steerer] = []


@dataclass(frozen=True)
class Moves:
    """All moves on one set, those of who comes first first. Whatever pins a product, hidden is hidden."""

    moves: tuple[Move, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.moves)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """What is yet to be told by the tables."""
        return tuple(move.where for move in self.moves if move.where is not None)

    def hides(self, condition: Condition) -> bool:
        """Whether what meets it is hidden."""
        return any(move.where is condition and move.steered.did == "hide" for move in self.moves)

    def met(self, found: Mapping[Condition, Collection[Any]]) -> Moves:
        """The same once it is `found` which products meet each condition."""
        if not self.conditions:
            return self
        told = []
        for move in self.moves:
            if move.where is not None:
                met = found[move.where]
                move = replace(move, keys={*move.keys, *met} if move.keys else met, where=None)
            told.append(move)
        return Moves(tuple(move for move in told if len(move.keys)))

    @cached_property
    def hidden(self) -> frozenset[Any]:
        """Keys of products that are in no hit, total, facet or near miss."""
        return frozenset().union(*(move.keys for move in self.moves if move.steered.did == "hide"))

    @cached_property
    def pins(self) -> Mapping[Any, int]:
        """The place of each pinned product, in the order in which they are placed; who came first has a place.

        Some may be hidden, and have none.
        """
        found: dict[Any, int] = {}
        for move in self.moves:
            if move.steered.did == "pin":
                for key in move.keys:
                    found.setdefault(key, int(move.steered.amount or 1))
        return dict(sorted(found.items(), key=lambda pin: pin[1]))  # stable: of one place, who came first

    @cached_property
    def shifting(self) -> bool:
        """Whether anything is boosted, buried or put last."""
        return any(move.steered.did in ("boost", "bury", "last") for move in self.moves)

    def points(self, places: Mapping[Any, int]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Of products at `places` in 0..n-1, `(n,)` each: what is added to each score, and which come last."""
        points, last = np.zeros(len(places)), np.zeros(len(places), dtype=bool)
        for move in self.moves:
            if move.steered.did not in ("boost", "bury", "last"):
                continue
            if isinstance(move.keys, Masked) and move.keys.places is places:
                mask = move.keys.mask
            else:
                mask = mask_of(move.keys, places)
            if move.steered.did == "last":
                last |= mask
            else:
                points += mask * (move.steered.amount or 0.0)
        return np.clip(points, -MOST_POINTS, MOST_POINTS), last

    @property
    def notices(self) -> tuple[str, ...]:
        """What the shopper is to know of them, each once."""
        return tuple(dict.fromkeys(move.notice for move in self.moves if move.notice))

    def of(self, key: Any) -> tuple[Steered, ...]:
        """What was done to one product, by whom."""
        return tuple(move.steered for move in self.moves if key in move.keys)


NO_MOVES = Moves()


@dataclass(frozen=True)
class Steering:
    """What all who steer make of one search. `request` is what is searched, `filters` are added to it."""

    request: SearchRequest
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    synonyms: Synonyms = field(default_factory=dict)
    redirect: str = ""
    banners: tuple[Banner, ...] = ()
    did: tuple[Steered, ...] = ()
    courses: tuple[Course, ...] = ()

    @classmethod
    def of(cls, asked: Asked, who: Sequence[Steerer] | None = None) -> Steering:
        """Ask each of `who` in order (None: all that are registered), each about what those before made of it."""
        asking = steerers if who is None else who
        steering = cls(
            asked.request, synonyms=known_synonyms(asked.language, asked.revisions, asked.using, asking)
        )
        for steerer in asking:
            course = steerer.course(replace(asked, request=steering.request))
            if course is not None:
                steering = steering.after(course)
        return steering

    def after(self, course: Course) -> Steering:
        """With one more course: who came first has his redirect and his filters."""
        request = course.request or self.request
        added = {
            name: values
            for name, values in course.filters.items()
            if name not in request.chosen and name not in request.plain
        }
        return Steering(
            request,
            {**added, **self.filters},
            together(self.synonyms, course.synonyms),
            self.redirect or course.redirect,
            (*self.banners, *course.banners),
            (*self.did, *course.did),
            (*self.courses, course) if course.on_set is not None else self.courses,
        )

    def narrowed(self, query: Query) -> Query:
        """`query` with the filters that were added, as if its words had named them."""
        added = {name: values for name, values in self.filters.items() if name not in query.filters}
        if not added:
            return query
        chips = [
            Understood("filter", "", self.request.q, name, value, value)
            for name, values in added.items()
            for value in values
        ]
        return replace(query, filters={**query.filters, **added}, understood=(*query.understood, *chips))

    def moves(
        self,
        query: Query,
        choices: Choices,
        keys: Sequence[Any] | None,
        candidates: Candidates | None = None,
        serving: Serving | None = None,
    ) -> Moves:
        """What is done to the set of `keys`, inside the transaction of the search."""
        if not self.courses:
            return NO_MOVES
        found = Found(query, choices, keys, candidates, serving)
        moves = [move for course in self.courses if course.on_set for move in course.on_set(found)]
        return Moves(tuple(move for move in moves if move.where is not None or len(move.keys)))

    def hidden(self, query: Query, choices: Choices, keys: Sequence[Any]) -> Collection[Any]:
        """Those of `keys`, which were not found, that are not to be shown either."""
        return self.moves(query, choices, keys).hidden if keys else ()


def known_synonyms(
    language: str, known: Mapping[str, str], using: str, who: Sequence[Steerer] | None = None
) -> Synonyms:
    """The words that mean the same whatever is searched for, as all of `who` know them (None: all registered)."""
    found = NO_SYNONYMS
    for steerer in steerers if who is None else who:
        found = together(found, steerer.synonyms(language, known, using))
    return found


def revisions(using: str) -> Mapping[str, str]:
    """The revision of everything that processes keep compiled, by name: for a search that does not ask what serves."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT name, value::text FROM {Revision._meta.db_table}")  # noqa: S608 - a name of ours
        return dict(cursor.fetchall())


def now() -> datetime:
    """When a search is made, by whose clock rules begin and end."""
    return timezone.now()
