"""What a leg says of many products: columns to reckon with, which read like a mapping from product to match."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, Generic, TypeVar

import numpy as np
from django.db import connections
from numpy.typing import NDArray

from ..models import Text

Match = TypeVar("Match")


def places_of(keys: Collection[Any], places: Mapping[Any, int]) -> NDArray[np.int64]:
    """The place of each of `keys` `(n,)`, -1 for one that has none."""
    return np.fromiter(map(places.get, keys, repeat(-1)), dtype=np.int64, count=len(keys))


def mask_of(keys: Collection[Any], places: Mapping[Any, int]) -> NDArray[np.bool_]:
    """Which of the places 0..n-1 in `places` those of `keys` have `(n,)`."""
    mask = np.zeros(len(places), dtype=bool)
    at = places_of(keys, places)
    mask[at[at >= 0]] = True
    return mask


class Matches(Mapping[Any, Match], Generic[Match]):
    """Matches of `keys`, which are distinct; a subclass has a column `(n,)` for whatever is said of each."""

    found: Sequence[Any]
    raw: NDArray[np.float64]

    @cached_property
    def places(self) -> dict[Any, int]:
        """Index of each key in the columns."""
        return dict(zip(self.found, range(len(self.found)), strict=True))

    def at(self, keys: Sequence[Any]) -> NDArray[np.int64]:
        """Index of each of `keys` `(n,)`, -1 for one that is absent."""
        return places_of(keys, self.places)

    @abstractmethod
    def match(self, place: int) -> Match:
        """What is said of the product at `place`."""

    def __getitem__(self, key: Any) -> Match:
        return self.match(self.places[key])

    def __iter__(self) -> Iterator[Any]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __contains__(self, key: object) -> bool:
        return key in self.places


def product_keys(values: Sequence[Any], *, using: str) -> Sequence[Any]:
    """Products' keys in the shop's own type, from a column that PostgreSQL gave."""
    field: Any = Text._meta.get_field("product")
    connection = connections[using]
    for convert in field.get_db_converters(connection):
        values = [convert(value, None, connection) for value in values]
    return values


def taken(column: NDArray[Any], at: NDArray[np.int64], absent: float | bool) -> NDArray[Any]:
    """`column` `(m,)` at the places `at` `(n,)`, and `absent` where that is -1."""
    if not len(column):
        return np.full(len(at), absent, dtype=column.dtype)
    return np.where(at >= 0, column[at], np.asarray(absent, dtype=column.dtype))


@dataclass(frozen=True)
class KeywordMatch:
    """What the words say of one product.

    `share` of the query's idf that it covers, in 0..1 (1: every word); `strength` is BM25F over the most that the query
    could give, in 0..1; `raw` is BM25F itself; `exact` when one field consists of exactly the query's words.
    """

    raw: float
    share: float
    strength: float
    exact: bool

    @property
    def complete(self) -> bool:
        """Whether it has every word of the query."""
        return self.share >= 1.0


@dataclass(frozen=True, eq=False)
class KeywordMatches(Matches[KeywordMatch]):
    """What the words say of many products: a column `(n,)` for each part of a `KeywordMatch`."""

    found: Sequence[Any]
    raw: NDArray[np.float64]
    share: NDArray[np.float64]
    strength: NDArray[np.float64]
    exact: NDArray[np.bool_]

    @classmethod
    def of(cls, matches: Mapping[Any, KeywordMatch]) -> KeywordMatches:
        """The same as columns."""
        if isinstance(matches, KeywordMatches):
            return matches
        each = list(matches.values())
        return cls(
            list(matches),
            np.array([match.raw for match in each], dtype=np.float64),
            np.array([match.share for match in each], dtype=np.float64),
            np.array([match.strength for match in each], dtype=np.float64),
            np.array([match.exact for match in each], dtype=np.bool_),
        )

    def match(self, place: int) -> KeywordMatch:
        return KeywordMatch(
            float(self.raw[place]),
            float(self.share[place]),
            float(self.strength[place]),
            bool(self.exact[place]),
        )

    def reaching(self, floor: float) -> KeywordMatches:
        """Those that have a share of at least `floor` of the query, or all of it."""
        kept = (self.share >= floor) | (self.share >= 1.0)
        return self if kept.all() else self.only(np.flatnonzero(kept).tolist())

    def only(self, places: Sequence[int]) -> KeywordMatches:
        """Those at `places`."""
        found = [self.found[place] for place in places]
        return KeywordMatches(
            found, self.raw[places], self.share[places], self.strength[places], self.exact[places]
        )

    def __or__(self, other: KeywordMatches) -> KeywordMatches:
        """Both, of different products."""
        if not len(other):
            return self
        columns = ((self.raw, other.raw), (self.share, other.share), (self.strength, other.strength))
        raw, share, strength = (np.concatenate(pair) for pair in columns)
        exact = np.concatenate((self.exact, other.exact))
        return KeywordMatches([*self.found, *other.found], raw, share, strength, exact)


@dataclass(frozen=True)
class VectorMatch:
    """One product in one leg: inner product of its best row, calibrated value in 0..1, and that row's picture."""

    raw: float
    value: float
    picture: str | None


@dataclass(frozen=True, eq=False)
class VectorMatches(Matches[VectorMatch]):
    """What one leg says of many products: a column `(n,)` for each part of a `VectorMatch`."""

    found: Sequence[Any]
    raw: NDArray[np.float64]
    value: NDArray[np.float64]
    picture: Sequence[str | None]

    @classmethod
    def of(cls, matches: Mapping[Any, VectorMatch]) -> VectorMatches:
        """The same as columns."""
        if isinstance(matches, VectorMatches):
            return matches
        each = list(matches.values())
        raw = np.array([match.raw for match in each], dtype=np.float64)
        value = np.array([match.value for match in each], dtype=np.float64)
        return cls(list(matches), raw, value, [match.picture for match in each])

    def match(self, place: int) -> VectorMatch:
        return VectorMatch(float(self.raw[place]), float(self.value[place]), self.picture[place])

    def reaching(self, floor: float) -> VectorMatches:
        """Those whose value reaches `floor`."""
        return self._only(np.flatnonzero(self.value >= floor))

    def best(self) -> VectorMatches:
        """Each product once, with its best row: so far one may have several."""
        if len(set(self.found)) == len(self.found):
            return self
        order = np.lexsort((self.raw, self.value)).tolist()
        return self._only(np.array(list({self.found[place]: place for place in order}.values())))

    def __or__(self, other: VectorMatches) -> VectorMatches:
        """Both; of a product in both its better row."""
        if not len(other):
            return self
        raw, value = np.concatenate((self.raw, other.raw)), np.concatenate((self.value, other.value))
        return VectorMatches([*self.found, *other.found], raw, value, [*self.picture, *other.picture]).best()

    def _only(self, places: NDArray[np.int64]) -> VectorMatches:
        kept = places.tolist()
        return VectorMatches(
            [self.found[place] for place in kept],
            self.raw[places],
            self.value[places],
            [self.picture[place] for place in kept],
        )


NO_MATCHES = VectorMatches((), np.empty(0), np.empty(0), ())
