"""One look at the database: totals, facets and pages are read by one statement, so they can't disagree.

Each part is an ordinary Django queryset, folded to JSON inside PostgreSQL; a single SELECT reads all parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, connections, transaction
from django.db.models import AutoField, BooleanField, Expression, F, IntegerField, QuerySet

from ..models import Text
from ..recent import Recent

_Statement = TypeVar("_Statement")
#: How many statements a process keeps compiled.
KEPT = 200


class _Keys:
    """Stands in a compiled statement for the keys of the one search that it is run for."""


KEYS = _Keys()


@dataclass(frozen=True)
class Part:
    """Rows of `rows` under the names `columns`, and what PostgreSQL makes of them before they are sent.

    `rows` is a query, or SQL with `parameters` that reads the table of a `Frame`. `select` reads from a table `part`
    with those columns and gives one row per JSON array: `SELECT a, count(*) ...`. It is written by us, never by a
    shopper, and has no parameters. `empty` is what it gives for no rows.
    """

    rows: QuerySet[Any] | str
    columns: tuple[str, ...]
    select: str
    empty: tuple[tuple[Any, ...], ...] = ()
    parameters: tuple[Any, ...] = ()

    def compiled(self, using: str) -> tuple[str, tuple[Any, ...]]:
        """What is read, as SQL with its parameters. Raises `EmptyResultSet` where Django knows that it is nothing."""
        if isinstance(self.rows, str):
            return self.rows, self.parameters
        sql, values = self.rows.query.get_compiler(using=using).as_sql()
        return sql, tuple(values)


@dataclass(frozen=True)
class Frame:
    """The products that are counted, read once: the table FRAME of one statement, from which its parts are read.

    `rows` is a query for `columns`; `ranked` is what comes back of each, columns or SQL of them, a list each in the
    `order`. Rows that meet `without`, SQL of the columns, come back too, and are in no part.
    """

    rows: QuerySet[Any]
    columns: tuple[str, ...]
    ranked: tuple[str, ...]
    order: str
    without: str = ""


FRAME = "ps_frame"
_LOOKED = "ps_looked"
#: In a query of the frame, the name of a row's group where it has several members, else NULL: nearly all products are
#: alone, and need not be told apart to be counted.
GROUP = "CASE WHEN ps_group IN (SELECT ps_group FROM ps_several) THEN ps_group END"
_SEVERAL = f"SELECT ps_group FROM {FRAME} GROUP BY ps_group HAVING count(*) > 1"  # noqa: S608 - a name of ours


@dataclass(frozen=True)
class Statement:
    """Frame and parts as one statement. It has no `sql` where Django knows that there is nothing to read."""

    sql: str
    parameters: tuple[Any, ...]
    names: tuple[str, ...]
    nothing: Mapping[str, list[list[Any]]]
    ranked: int = 0

    @classmethod
    def of(cls, parts: Mapping[str, Part], frame: Frame | None = None, *, using: str) -> Statement:
        """The statement that reads `parts`, and the columns of `frame` before them."""
        selects: list[str] = []
        parameters: list[Any] = []
        names: list[str] = []
        nothing = {name: [list(row) for row in part.empty] for name, part in parts.items()}
        before = after = ""
        ranked = () if frame is None else frame.ranked
        try:
            if frame is not None:
                sql, values = frame.rows.query.get_compiler(using=using).as_sql()
                looked = _LOOKED if frame.without else FRAME
                before = f"WITH {looked} ({', '.join(frame.columns)}) AS MATERIALIZED ({sql}), "
                if frame.without:
                    rest = f"SELECT * FROM {looked} WHERE NOT ({frame.without})"  # noqa: S608 - SQL of ours
                    before += f"{FRAME} AS MATERIALIZED ({rest}), "
                before += f"ps_several AS MATERIALIZED ({_SEVERAL}) "
                parameters.extend(values)
                names_of = [f"ranked{at}" for at in range(len(ranked))]
                columns = ", ".join(f"{each} AS {name}" for each, name in zip(ranked, names_of, strict=True))
                after = (
                    f" FROM (SELECT {', '.join(f'array_agg({name})' for name in names_of)}"  # noqa: S608
                    f" FROM (SELECT {columns} FROM {looked} ORDER BY {frame.order}) AS sorted)"
                    f" AS ranked ({', '.join(names_of)})"
                )
        except EmptyResultSet:
            return cls("", (), (), nothing, len(ranked))
        for name, part in parts.items():
            try:
                sql, values = part.compiled(using)
            except EmptyResultSet:  # Django knows that the queryset is empty, and has no SQL for it
                continue
            source = part.select.format(part=f"({sql}) AS part({', '.join(part.columns)})")
            folded = f"SELECT coalesce(json_agg(folded.cells), '[]')::text FROM ({source}) AS folded"  # noqa: S608
            selects.append(f"({folded})")
            parameters.extend(values)
            names.append(name)
        selects = [*(f"ranked.ranked{at}" for at in range(len(ranked))), *selects]
        sql = f"{before}SELECT {', '.join(selects)}{after}" if selects else ""
        return cls(sql, tuple(parameters), tuple(names), nothing, len(ranked))

    def run(
        self, keys: Sequence[Any] = (), *, using: str, may_fail: bool = False
    ) -> tuple[list[list[Any]], dict[str, list[list[Any]]]]:
        """The frame's ranked columns and every part's rows, for the products `keys` where it was compiled for KEYS.

        All as of one moment, even where each statement sees its own (READ COMMITTED). Where it `may_fail` the
        transaction goes on after that.
        """
        columns: list[list[Any]] = [[] for _ in range(self.ranked)]
        if not self.sql:
            return columns, dict(self.nothing)
        connection = connections[using]
        parameters = [array_of(keys, connection) if each is KEYS else each for each in self.parameters]
        row: Sequence[Any]
        if may_fail:
            ((row,),) = read_under(using, {}, [(self.sql, parameters)])
        else:
            with connection.cursor() as cursor:
                cursor.execute(self.sql, parameters)
                row = cursor.fetchone() or ()
        found = zip(self.names, map(json.loads, row[self.ranked :]), strict=True)
        return [column or [] for column in row[: self.ranked]], dict(self.nothing) | dict(found)


def read(parts: Mapping[str, Part], *, using: str) -> dict[str, list[list[Any]]]:
    """Every part's rows, all as of one moment, even where each statement sees its own (READ COMMITTED)."""
    return Statement.of(parts, using=using).run(using=using)[1]


_statements: Recent[Hashable, Any] = Recent(KEPT)


def kept(known: Hashable, compiled: Callable[[], _Statement]) -> _Statement:
    """The statement that `compiled` gives, which is the same wherever `known` is: Django takes longer for it than
    PostgreSQL takes to run it.
    """
    try:
        found: _Statement | None = _statements.get(known)
    except TypeError:  # a list among the parameters of what is visible: such a search comes once
        return compiled()
    if found is None:
        found = compiled()
        _statements.put(known, found)
    return found


def key_type(connection: Any) -> str:
    """PostgreSQL's type of products' keys. Text without its length, which would cut longer ones to equal ones."""
    field: Any = Text._meta.get_field("product")
    return str(field.db_type(connection)).split("(")[0]


def array_of(keys: Sequence[Any], connection: Any) -> Any:
    """Products' keys as one parameter: an array as PostgreSQL writes it where they are numbers, which is quick."""
    field: Any = Text._meta.get_field("product")
    target = field.target  # looked up once: there may be many thousand keys
    if isinstance(target, IntegerField | AutoField) and all(type(key) is int for key in keys):
        return "{" + ",".join(map(str, keys)) + "}"
    return [target.get_db_prep_value(key, connection) for key in keys]


#: How PostgreSQL runs a search. Compiling one takes longer than running it. And what searches read is in memory, where
#: a row found by an index costs hardly more than the next one of a table: by the default, which is that of a disk, the
#: planner reads every product to find the hundredth part that passes a filter.
_OF_A_SEARCH = {"jit": "off", "random_page_cost": "1.1"}


@contextmanager
def transaction_of_a_search(using: str) -> Iterator[None]:
    """One transaction for the legs and the count, in one snapshot where none of the host's is open already."""
    with transaction_under(using, _OF_A_SEARCH, first="SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"):
        yield


@contextmanager
def transaction_under(using: str, settings: Mapping[str, str], *, first: str = "") -> Iterator[None]:
    """A transaction under these settings of the planner's, that begins with the statement `first`.

    Where one of the host's is open it is a savepoint there, without `first`, and the host gets its settings back.
    """
    connection = connections[using]
    if connection.in_atomic_block:
        with transaction.atomic(using=using), local_settings(using, **settings):
            yield
    else:
        with transaction.atomic(using=using):
            with connection.cursor() as cursor:
                sets = (f"SET LOCAL {name} = {value}" for name, value in settings.items())
                cursor.execute("; ".join(filter(None, (first, *sets))))
            yield


def read_without(using: str, off: Collection[str], sql: str, parameters: Sequence[Any]) -> list[Any]:
    """All rows of one SELECT, read while these settings of the planner's are off; in one round trip where it can be."""
    connection: Any = connections[using]
    if connection.in_atomic_block:
        (rows,) = read_under(using, dict.fromkeys(off, "off"), [(sql, parameters)])
        return rows
    if connection.get_autocommit() and not connection.features.uses_server_side_binding:
        with connection.cursor() as cursor:  # statements that are sent together are one transaction
            sets = ", ".join(["set_config(%s, 'off', true)"] * len(off))
            cursor.execute(f"SELECT {sets}; {sql}", [*off, *parameters])
            cursor.nextset()
            return list(cursor.fetchall())
    with transaction_under(using, dict.fromkeys(off, "off")), connection.cursor() as cursor:
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


def read_under(
    using: str, settings: Mapping[str, str], statements: Sequence[tuple[str, Sequence[Any]]]
) -> list[list[Any]]:
    """All rows of each SELECT (SQL with its parameters), run under `settings` (names as PostgreSQL writes them) inside
    a transaction.

    One round trip: a savepoint that is rolled back puts every setting back, whatever it was, and where a statement
    fails the transaction goes on. Only where the host has parameters bound by the server, which takes one statement at
    a time, there are more.

    A literal of pgvector's makes PostgreSQL load it first: of settings that it does not know yet, a rollback forgets
    nothing.
    """
    connection: Any = connections[using]
    found: list[list[Any]] = []
    known = "SELECT '[0]'::halfvec"
    if connection.features.uses_server_side_binding:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute(known)
            with local_settings(using, **settings):
                for sql, parameters in statements:
                    cursor.execute(sql, parameters)
                    found.append(list(cursor.fetchall()))
        return found
    names = [part for pair in settings.items() for part in pair]
    sets = ", ".join([known, *["set_config(%s, %s, true)"] * len(settings)])
    begin, back = "SAVEPOINT ps_under", "ROLLBACK TO SAVEPOINT ps_under; RELEASE SAVEPOINT ps_under"
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "; ".join([begin, sets, *(sql for sql, _ in statements), back]),
                [*names, *(value for _, parameters in statements for value in parameters)],
            )
        except DatabaseError:
            cursor.execute(back)
            raise
        cursor.nextset()  # of the savepoint to that of the settings
        for _ in statements:
            cursor.nextset()
            found.append(list(cursor.fetchall()))
    return found


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


class OfColumn(Expression):
    """An expression over one `column` of what is queried."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.column: Any = F(path)

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.column,) = exprs


class KeyIn(OfColumn):
    """`key = ANY(array)`: one parameter for any number of products, where IN would take one each."""

    output_field: BooleanField[bool, bool] = BooleanField()
    conditional = True

    def __init__(self, path: str, keys: Sequence[Any] | _Keys, more: str | QuerySet[Any, Any] = "{}") -> None:
        """`more` are further keys that were never taken apart here: an array as PostgreSQL writes it, or a query."""
        super().__init__(path)
        self.keys: Any = keys if isinstance(keys, _Keys) else list(keys)
        self.more = more

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, parameters = compiler.compile(self.column)
        kind = key_type(connection)
        keys = KEYS if self.keys is KEYS else array_of(self.keys, connection)
        if self.more == "{}":
            return f"{sql} = ANY(%s::{kind}[])", (*parameters, keys)
        more, values = f"%s::{kind}[]", (self.more,)
        if isinstance(self.more, QuerySet):
            rows, values = self.more.query.get_compiler(connection=connection).as_sql()
            more = f"ARRAY({rows})"
        # From a subquery, so that the planner does not look at each of many thousand keys before the first is read.
        return f"{sql} = ANY((SELECT %s::{kind}[] || {more})::{kind}[])", (*parameters, keys, *values)


class Place(OfColumn):
    """Where `key` stands among `keys`, 0 first; for any other key their number. A look-up for each row, no search."""

    output_field: IntegerField[int, int] = IntegerField()

    def __init__(self, path: str, keys: Sequence[Any]) -> None:
        super().__init__(path)
        self.places = {str(key): place for place, key in reversed(list(enumerate(keys)))}

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, parameters = compiler.compile(self.column)
        found = f"coalesce((%s::jsonb ->> {sql}::text)::int, %s)"
        return found, (json.dumps(self.places), *parameters, len(self.places))
