"""How a vector leg gets past its filters: all rows that pass one by one, or the nearest by an index.

How many pass decides it. The filters themselves are asked that, of a fixed random sample of the leg's rows: the planner
guesses, and of an EXISTS may be wrong fifty times over, either way. An index that has to look past nine rows to find
the tenth is slow, and misses some; reading all rows of half a shop is slower still.

They are asked of what lies near to the query, too, where that was read already: near to "yellow table" most are tables.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connections
from django.db.models import Model, QuerySet

from .snapshot import array_of, key_type

#: A row that an index hands out takes as long as so many that are looked up one by one.
LOOKED_UP = 4
#: Where a smaller share than this passes, an index misses too many of the nearest.
LEAST_SHARE = 0.05
#: Rows that are read one by one at most; an answer from an index is late beyond them, too, but not as late.
MOST_EXACT = 50_000
#: So many times the rows that a scan should have to look at are the wrong place to look in.
AHEAD = 4
#: And so many rows are, whatever should pass of them.
MOST_SCANNED = 20_000

#: Rows of which the filters are asked, out of a larger number that lie in pages chosen at random.
SAMPLE = 400
POOL = 8_000
#: How long a process goes by what it learnt. It decides about time alone: rows are always taken as they are now.
KEPT_SECONDS = 60.0
#: Filters of which a process knows how many pass.
KEPT = 500


@dataclass(frozen=True)
class Exact:
    """Read every row that passes, MOST_EXACT at most."""


@dataclass(frozen=True)
class Scan:
    """Take the nearest rows from the index, and look at `most` of them until enough pass; at all of them for None."""

    most: int | None


Way = Exact | Scan


def ways(rows: int, share: float, size: int, near: float | None = None) -> tuple[Way, ...]:
    """What to try, one after the other, for `size` of the `share` that passes of `rows` in an index.

    `near`, where it is known, is the share that passes of the rows nearest to the query, which an index hands out
    first.
    """
    passing, near = rows * share, share if near is None else near
    # By the index `size / near` rows are handed out until enough pass.
    if passing * near <= LOOKED_UP * size or (near < LEAST_SHARE and passing <= MOST_EXACT):
        return Exact(), Scan(None)
    most = Scan(min(int(AHEAD * size / near), MOST_SCANNED))
    return (most, Exact(), Scan(None)) if passing <= MOST_EXACT else (most, Scan(None))


@dataclass(frozen=True)
class Rows:
    """Rows of one table of vectors, as SQL: its name and their condition."""

    using: str
    model: type[Model]
    table: str
    where: str
    parameters: tuple[Any, ...]

    @classmethod
    def of(cls, rows: QuerySet[Any]) -> Rows:
        """The rows of a queryset of one table, without joins."""
        connection = connections[rows.db]
        where, parameters = rows.query.get_compiler(rows.db).compile(rows.query.where)
        table = connection.ops.quote_name(rows.model._meta.db_table)
        return cls(rows.db, rows.model, table, where, tuple(parameters))

    @property
    def known(self) -> tuple[Any, ...]:
        """What tells these rows from others, in whichever database."""
        return connections[self.using].settings_dict["NAME"], self.table, self.where, self.parameters


@dataclass(frozen=True)
class Keys:
    """Products as a query for their keys, compiled once for all that a leg does with it."""

    products: QuerySet[Any]
    sql: str
    parameters: tuple[Any, ...]

    @classmethod
    def of(cls, products: QuerySet[Any]) -> Keys:
        """The keys of `products`. Raises `EmptyResultSet` where Django knows without asking that there are none."""
        asked = products.order_by().values("pk")
        sql, parameters = asked.query.get_compiler(asked.db).as_sql()
        return cls(asked, sql, tuple(parameters))

    @cached_property
    def array(self) -> str | None:
        """All of them, as PostgreSQL writes an array; None where they are more than MOST_EXACT. Read once."""
        with connections[self.products.db].cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(array_agg(pk), '{}')::text, count(*)"  # noqa: S608
                f" FROM (SELECT pk FROM ({self.sql}) AS passing (pk) LIMIT %s) AS listed",
                [*self.parameters, MOST_EXACT + 1],
            )
            array, count = cursor.fetchone() or ("{}", 0)
        return array if count <= MOST_EXACT else None

    def share_of(self, keys: Sequence[Any]) -> float:
        """The share of the products `keys`, some at least, that is among them."""
        connection = connections[self.products.db]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM ({self.sql}) AS passing (pk)"  # noqa: S608
                f" WHERE pk = ANY(%s::{key_type(connection)}[])",
                [*self.parameters, array_of(keys, connection)],
            )
            (count,) = cursor.fetchone() or (0,)
        return float(count) / len(keys)


def share_passing(rows: Rows, keys: Keys, count: int) -> float:
    """The share of the `count` rows whose product is among `keys`, by a sample of them; 0 where it is unknown."""
    if keys.products.query.combinator:
        return 0.0
    known = (rows.known, keys.sql, repr(keys.parameters))
    share: float | None = _shares.get(known)
    if share is None:
        sample = _sample(rows, count)
        share = keys.share_of(sample) if sample else 0.0
        _shares.put(known, share)
    return share


class _Kept:
    """What was learnt within KEPT_SECONDS, for all threads of this process."""

    def __init__(self) -> None:
        self._items: dict[Any, tuple[float, Any]] = {}

    def get(self, name: Any) -> Any:
        """None for what was never learnt, or too long ago."""
        learnt_at, value = self._items.get(name, (-KEPT_SECONDS, None))
        return value if time.monotonic() - learnt_at < KEPT_SECONDS else None

    def put(self, name: Any, value: Any) -> None:
        if len(self._items) >= KEPT:
            self._items = {}
        self._items[name] = (time.monotonic(), value)


_samples, _shares = _Kept(), _Kept()


def _sample(rows: Rows, count: int) -> tuple[Any, ...]:
    """Keys of up to SAMPLE products that have one of `rows`."""
    keys: tuple[Any, ...] | None = _samples.get(rows.known)
    if keys is not None:
        return keys
    percent = min(100.0, 100.0 * POOL / max(count, 1))
    with connections[rows.using].cursor() as cursor:
        cursor.execute(
            # Pages at random, and of their rows some at random: what was written together is often of one kind.
            f"SELECT DISTINCT product FROM (SELECT product FROM {rows.table} TABLESAMPLE SYSTEM (%s) REPEATABLE (0)"  # noqa: S608
            f" WHERE {rows.where} ORDER BY hashint8(id), id LIMIT %s) AS sample",
            [percent, *rows.parameters, SAMPLE],
        )
        field: Any = rows.model._meta.get_field("product")
        keys = tuple(field.to_python(key) for (key,) in cursor.fetchall())
    _samples.put(rows.known, keys)
    return keys
