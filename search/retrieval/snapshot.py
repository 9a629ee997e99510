"""One look at the database: totals, facets and pages are read by one statement, so they can't disagree.

Each part is an ordinary Django queryset, folded to JSON inside PostgreSQL; a single SELECT reads all parts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import BooleanField, Expression, F, IntegerField, QuerySet

from ..models import Text


@dataclass(frozen=True)
class Part:
    """Rows of `rows` under the names `columns`, and what PostgreSQL makes of them before they are sent.

    `select` reads from a table `part` with those columns and gives one row per JSON array: `SELECT a, count(*) ...`.
    It is written by us, never by a shopper, and has no parameters. `empty` is what it gives for no rows.
    """

    rows: QuerySet[Any]
    columns: tuple[str, ...]
    select: str
    empty: tuple[tuple[Any, ...], ...] = ()


def read(parts: Mapping[str, Part], *, using: str) -> dict[str, list[list[Any]]]:
    """Every part's rows, all as of one moment, even where each statement sees its own (READ COMMITTED)."""
    selects: list[str] = []
    parameters: list[Any] = []
    names: list[str] = []
    found = {name: [list(row) for row in part.empty] for name, part in parts.items()}
    for name, part in parts.items():
        try:
            sql, values = part.rows.query.get_compiler(using=using).as_sql()
        except EmptyResultSet:  # Django knows that the queryset is empty, and has no SQL for it
            continue
        source = part.select.format(part=f"({sql}) AS part({', '.join(part.columns)})")
        folded = f"SELECT coalesce(json_agg(folded.cells), '[]')::text FROM ({source}) AS folded"  # noqa: S608
        selects.append(f"({folded})")
        parameters.extend(values)
        names.append(name)
    if not names:
        return found
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(selects)}", parameters)
        row: Sequence[str] = cursor.fetchone() or ()
    return found | {name: json.loads(cell) for name, cell in zip(names, row, strict=True)}


@contextmanager
def transaction_of_a_search(using: str) -> Iterator[None]:
    """One transaction for the legs and the count, in one snapshot where no transaction of the host's is open already.

    `jit` is off inside: compiling a search takes longer than running it.
    """
    with transaction_without(using, ("jit",), first="SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"):
        yield


@contextmanager
def transaction_without(using: str, off: Collection[str], *, first: str = "") -> Iterator[None]:
    """A transaction in which these settings of the planner's are off, that begins with the statement `first`.

    Where one of the host's is open it is a savepoint there, without `first`, and the host gets its settings back.
    """
    connection = connections[using]
    if connection.in_atomic_block:
        with transaction.atomic(using=using), local_settings(using, **dict.fromkeys(off, "off")):
            yield
    else:
        with transaction.atomic(using=using):
            with connection.cursor() as cursor:
                cursor.execute("; ".join(filter(None, (first, *(f"SET LOCAL {name} = off" for name in off)))))
            yield


def read_without(using: str, off: Collection[str], sql: str, parameters: Sequence[Any]) -> list[Any]:
    """All rows of one SELECT, read while these settings of the planner's are off; in one round trip where it can be."""
    connection: Any = connections[using]
    if connection.in_atomic_block:
        return read_under(using, dict.fromkeys(off, "off"), sql, parameters)
    if connection.get_autocommit() and not connection.features.uses_server_side_binding:
        with connection.cursor() as cursor:  # statements that are sent together are one transaction
            sets = ", ".join(["set_config(%s, 'off', true)"] * len(off))
            cursor.execute(f"SELECT {sets}; {sql}", [*off, *parameters])
            cursor.nextset()
            return list(cursor.fetchall())
    with transaction_without(using, off), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


@contextmanager
def local_settings(using: str, **settings: str) -> Iterator[None]:
    """`SET LOCAL` for a few statements, and back: the transaction may be the host's and go on.

    A dot in a name is written as two underscores: `hnsw__ef_search`. After an error nothing is put back, as the
    transaction (or the savepoint) that is rolled back then does it.
    """
    names = [name.replace("__", ".") for name in settings]
    before = _set_local(using, dict(zip(names, settings.values(), strict=True)))
    yield
    _set_local(using, before)


def read_under(using: str, settings: Mapping[str, str], sql: str, parameters: Sequence[Any]) -> list[Any]:
    """All rows of one SELECT that runs under `settings` (names as PostgreSQL writes them), inside a transaction.

    One round trip: a savepoint that is rolled back puts every setting back, whatever it was. Only where the host has
    parameters bound by the server, which takes one statement at a time, there are four.

    A literal of pgvector's makes PostgreSQL load it first: of settings that it does not know yet, a rollback forgets
    nothing.
    """
    connection: Any = connections[using]
    with connection.cursor() as cursor:
        known = "SELECT '[0]'::halfvec"
        if connection.features.uses_server_side_binding:
            cursor.execute(known)
            with local_settings(using, **settings):
                cursor.execute(sql, parameters)
                return list(cursor.fetchall())
        names = [part for pair in settings.items() for part in pair]
        sets = ", ".join(["set_config(%s, %s, true)"] * len(settings))
        back = "ROLLBACK TO SAVEPOINT ps_under; RELEASE SAVEPOINT ps_under"
        cursor.execute(f"SAVEPOINT ps_under; {known}, {sets}; {sql}; {back}", [*names, *parameters])
        cursor.nextset()  # of the savepoint to that of the settings
        cursor.nextset()
        return list(cursor.fetchall())


def _set_local(using: str, values: Mapping[str, str]) -> dict[str, str]:
    """Set them, and return what they were; an extension's setting, until the extension is used, was nothing."""
    if not values:
        return {}
    # A materialized CTE is read before the outer list: one round trip for both.
    reads = ", ".join(["current_setting(%s, true)"] * len(values))
    writes = ", ".join(["set_config(%s, %s, true)"] * len(values))
    parameters = [*values, *(part for item in values.items() for part in item)]
    sql = f"WITH before AS MATERIALIZED (SELECT ARRAY[{reads}] AS was) SELECT was, {writes} FROM before"  # noqa: S608
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        before: Sequence[Any] = cursor.fetchone() or ([],)
    return {name: value for name, value in zip(values, before[0], strict=True) if value}


class KeyIn(Expression):
    """`key = ANY(array)`: one parameter for any number of products, where IN would take one each."""

    output_field: BooleanField[bool, bool] = BooleanField()
    conditional = True

    def __init__(self, path: str, keys: Sequence[Any], more: str | QuerySet[Any, Any] = "{}") -> None:
        """`more` are further keys that were never taken apart here: an array as PostgreSQL writes it, or a query."""
        super().__init__()
        self.key: Any = F(path)
        self.keys = list(keys)
        self.more = more

    def get_source_expressions(self) -> list[Any]:
        return [self.key]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.key,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        field: Any = Text._meta.get_field("product")
        sql, parameters = compiler.compile(self.key)
        # Keys of text are compared without the column's length, which would cut longer ones to equal ones.
        kind = str(field.db_type(connection)).split("(")[0]
        target = field.target  # looked up once: there may be many thousand keys
        keys = [target.get_db_prep_value(key, connection) for key in self.keys]
        if self.more == "{}":
            return f"{sql} = ANY(%s::{kind}[])", (*parameters, keys)
        more, values = f"%s::{kind}[]", (self.more,)
        if isinstance(self.more, QuerySet):
            rows, values = self.more.query.get_compiler(connection=connection).as_sql()
            more = f"ARRAY({rows})"
        # From a subquery, so that the planner does not look at each of many thousand keys before the first is read.
        return f"{sql} = ANY((SELECT %s::{kind}[] || {more})::{kind}[])", (*parameters, keys, *values)


class Place(Expression):
    """Where `key` stands among `keys`, 0 first; for any other key their number. A look-up for each row, no search."""

    output_field: IntegerField[int, int] = IntegerField()

    def __init__(self, path: str, keys: Sequence[Any]) -> None:
        super().__init__()
        self.key: Any = F(path)
        self.places = {str(key): place for place, key in reversed(list(enumerate(keys)))}

    def get_source_expressions(self) -> list[Any]:
        return [self.key]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.key,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, parameters = compiler.compile(self.key)
        found = f"coalesce((%s::jsonb ->> {sql}::text)::int, %s)"
        return found, (json.dumps(self.places), *parameters, len(self.places))
