"""The second way in, for shops that choose it: database triggers that mark what bulk updates and raw SQL change.

One function for each table that the document reads, called once for each statement with the rows that it changed. It
inserts the same marks as the signals do, in the statement's own transaction; they wait behind people's saves, and the
sweep finds them. A function whose column is gone marks every product instead of failing the shop's write.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, ProgrammingError, connections, transaction
from django.db.models import Field, Model

from ..errors import ProductSearchError
from ..models import Mark
from .watching import Link, Owner, Watch, watches

PREFIX = "product_search_"
#: Trigger names, their place in pg_trigger.tgtype, when they fire, and the rows that they see.
EVENTS = {
    "insert": (4, "AFTER INSERT", "NEW TABLE AS new_rows"),
    "update": (16, "AFTER UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    "delete": (8, "AFTER DELETE", "OLD TABLE AS old_rows"),
    # Before it, while a TRUNCATE of our own table as well still takes the mark along.
    "truncate": (34, "BEFORE TRUNCATE", ""),
}
#: A table's writers wait behind us at most so long; then we let them pass and try again.
LOCK_TIMEOUT_MS = 2000
TRIES = 10
LOCK_NOT_AVAILABLE, NO_RIGHT = "55P03", "42501"


class TriggersNotInstalled(ProductSearchError):
    """The triggers could not be made or removed; the message says what to do first."""


@dataclass(frozen=True)
class Definition:
    """What one table has when its triggers are in step: a function, and one trigger for each of EVENTS."""

    table: str
    function: str
    body: str


@dataclass
class _Statements:
    """The marks that a table's function inserts: a SELECT of (source, key) each, by event."""

    insert: list[str] = field(default_factory=list)
    update: list[str] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)


def expected(using: str) -> list[Definition]:
    """The definitions that the document in use asks for, by table; views have none, for they hold no rows."""
    quote = connections[using].ops.quote_name
    found: defaultdict[str, _Statements] = defaultdict(_Statements)
    known = watches()
    for watch in known.by_label.values():
        _follow_rows(quote, watch, found[watch.model._meta.db_table])
    for links in known.links.values():
        for link in links:
            if link.through._meta.label_lower not in known.by_label:
                _follow_links(quote, link, found[link.through._meta.db_table])
    mark = _mark_table(using)
    return [
        Definition(table, _function_name(table), _body(mark, statements))
        for table, statements in sorted(found.items())
        if _kind(using, table) not in ("v", "m", "f")
    ]


def _follow_rows(quote: Any, watch: Watch, into: _Statements) -> None:
    """A row's own key; and where a row belongs to another, the key of the one that it leaves."""
    key = _pk(watch.model)
    pk, label = quote(key.column), _literal(watch.label)
    into.insert.append(f"SELECT {label}, n.{pk}::text FROM new_rows AS n")
    changed = f"o.{pk} IS NULL OR n.{pk} IS NULL"
    columns = [quote(column.column) for column in _columns(watch) if column != key]
    if columns:
        old, new = (", ".join(f"{row}.{column}" for column in columns) for row in "on")
        # Compared by their bytes: not every type has an equality.
        changed += f" OR record_image_ne(ROW({old}), ROW({new}))"
    into.update.append(
        f"SELECT {label}, coalesce(n.{pk}, o.{pk})::text"
        f" FROM old_rows AS o FULL JOIN new_rows AS n ON n.{pk} = o.{pk} WHERE {changed}"
    )
    if not watch.owners:
        into.delete.append(f"SELECT {label}, o.{pk}::text FROM old_rows AS o")
    for owner in watch.owners:
        leaving = _owner_field(watch, owner)
        column = quote(leaving.column)
        into.delete.append(_other_end(quote, owner.label, leaving, "old_rows AS o", f"o.{column}"))
        moved = f"old_rows AS o LEFT JOIN new_rows AS n ON n.{pk} = o.{pk}"
        into.update.append(
            _other_end(quote, owner.label, leaving, moved, f"o.{column}")
            + f" AND (n.{pk} IS NULL OR n.{column} IS DISTINCT FROM o.{column})"
        )


def _follow_links(quote: Any, link: Link, into: _Statements) -> None:
    """A many-to-many table without a model of its own: the near end of each row that comes, changes or goes."""
    near: Any = link.through._meta.get_field(link.near.column)
    column = quote(near.column)
    new = _other_end(quote, link.near.label, near, "new_rows AS n", f"n.{column}")
    old = _other_end(quote, link.near.label, near, "old_rows AS o", f"o.{column}")
    into.insert.append(new)
    into.update.extend((new, old))
    into.delete.append(old)


def _other_end(quote: Any, label: str, relation: Any, rows: str, value: str) -> str:
    """SELECT of the primary key that a foreign key's value leads to; more conditions may follow with AND."""
    if relation.target_field.primary_key:
        return f"SELECT DISTINCT {_literal(label)}, {value}::text FROM {rows} WHERE {value} IS NOT NULL"
    target = relation.target_field
    table, column, pk = (
        quote(name) for name in (target.model._meta.db_table, target.column, _pk(target.model).column)
    )
    return (
        f"SELECT DISTINCT {_literal(label)}, e.{pk}::text FROM {rows} JOIN {table} AS e ON e.{column} = {value}"
        f" WHERE {value} IS NOT NULL"
    )


def _body(mark: str, statements: _Statements) -> str:
    """The function's text. `bulk` is always true: what a person saves has a mark of the signals' as well."""

    def inserts(selects: Sequence[str]) -> str:
        into = f"    INSERT INTO {mark} (source, key, bulk) SELECT source, key, true"
        return "\n".join(f"{into} FROM ({select}) AS found(source, key);" for select in selects)

    every = f"INSERT INTO {mark} (source, key, bulk) VALUES ({_literal(Mark.EVERY)}, '', true);"
    return f"""
BEGIN
  IF TG_OP = 'INSERT' THEN
{inserts(statements.insert)}
  ELSIF TG_OP = 'UPDATE' THEN
{inserts(statements.update)}
  ELSIF TG_OP = 'DELETE' THEN
{inserts(statements.delete)}
  ELSE
    {every}
  END IF;
  RETURN NULL;
EXCEPTION WHEN undefined_column OR undefined_table OR undefined_function THEN
  RAISE WARNING 'product_search: %; every product is read again. Run manage.py triggers install.', SQLERRM;
  BEGIN
    {every}
  EXCEPTION WHEN undefined_table THEN
    NULL;  -- the plugin's tables are gone: nothing to mark, and no reason to fail the shop's write
  END;
  RETURN NULL;
END
"""


def statements(using: str, definition: Definition) -> Iterator[str]:
    """The SQL that makes one table's function and triggers, or makes them anew."""
    quote = connections[using].ops.quote_name
    schema = _schema(using)
    function = f"{quote(schema)}.{quote(definition.function)}()"
    # With its owner's rights: a role that writes the shop's tables need not have any on ours.
    yield (
        f"CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = pg_catalog, {quote(schema)}, pg_temp AS $product_search${definition.body}$product_search$"
    )
    yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"
    for event, (_, moment, rows) in EVENTS.items():
        yield (
            f"CREATE OR REPLACE TRIGGER {PREFIX}{event} {moment} ON {quote(definition.table)}"
            f"{f' REFERENCING {rows}' if rows else ''} FOR EACH STATEMENT EXECUTE FUNCTION {function}"
        )


def install(using: str) -> list[str]:
    """Make all triggers, or make them anew, and drop those no longer asked for; returns the tables.

    Each table in a transaction of its own that waits for its lock for LOCK_TIMEOUT_MS, so that no writer is held up
    for long. Raises `TriggersNotInstalled`.
    """
    definitions = expected(using)
    missing = [each.table for each in definitions if not _kind(using, each.table)]
    if missing:
        raise TriggersNotInstalled(
            f"These tables are not there: {', '.join(missing)}. Run manage.py migrate first."
        )
    wanted = {definition.function for definition in definitions}
    for function in {row[0] for row in _functions(using)} - wanted:
        _run(using, _drop(using, function), function)
    for definition in definitions:
        _run(using, list(statements(using, definition)), definition.table)
    return [definition.table for definition in definitions]


def remove(using: str) -> int:
    """Drop every function of ours with its triggers; returns how many. Raises `TriggersNotInstalled`."""
    functions = [row[0] for row in _functions(using)]
    for function in functions:
        _run(using, _drop(using, function), function)
    return len(functions)


def is_installed(using: str) -> bool:
    """Whether any of our functions is there."""
    return bool(_functions(using))


def differences(using: str) -> list[str]:
    """What of the installed triggers is not as the document asks for, one sentence each; empty when in step."""
    bodies = {name: (body, is_definer) for name, body, is_definer in _functions(using)}
    found = _installed_triggers(using)
    said = []
    definitions = expected(using)
    for definition in definitions:
        there = found.pop(definition.table, {})
        lacking = [event for event in EVENTS if f"{PREFIX}{event}" not in there]
        if lacking:
            said.append(f"{definition.table} has no trigger for {', '.join(lacking)}.")
        for event, (kind, _, rows) in EVENTS.items():
            row = there.get(f"{PREFIX}{event}")
            if row is None:
                continue
            seen = (row.kind, row.function, row.rows)
            if seen != (kind, definition.function, rows):
                said.append(f"The trigger {PREFIX}{event} of {definition.table} was changed.")
            elif row.enabled not in ("O", "A"):
                said.append(f"The trigger {PREFIX}{event} of {definition.table} is disabled.")
        if definition.function in bodies and bodies[definition.function] != (definition.body, True):
            said.append(f"The function {definition.function} marks something else than the document reads.")
    said.extend(f"{table} has triggers, but the document no longer reads it." for table in found)
    return said


@dataclass(frozen=True)
class _Trigger:
    function: str
    kind: int
    rows: str
    enabled: str


def _installed_triggers(using: str) -> dict[str, dict[str, _Trigger]]:
    """By table and name, every trigger that calls a function of ours."""
    found: defaultdict[str, dict[str, _Trigger]] = defaultdict(dict)
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT class.relname, trigger.tgname, proc.proname, trigger.tgtype, trigger.tgoldtable,"
            " trigger.tgnewtable, trigger.tgenabled::text FROM pg_trigger AS trigger"
            " JOIN pg_proc AS proc ON proc.oid = trigger.tgfoid JOIN pg_class AS class ON class.oid = trigger.tgrelid"
            " WHERE NOT trigger.tgisinternal AND starts_with(proc.proname, %s)"
            " AND proc.pronamespace = to_regnamespace(quote_ident(%s))",
            [PREFIX, _schema(using)],
        )
        for table, name, function, kind, old, new, enabled in cursor.fetchall():
            rows = " ".join(
                f"{which} TABLE AS {rows}" for which, rows in (("OLD", old), ("NEW", new)) if rows
            )
            found[table][name] = _Trigger(function, kind, rows, enabled)
    return found


def _functions(using: str) -> list[tuple[str, str, bool]]:
    """Name, text and whether it runs with its owner's rights, of each trigger function of ours."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosrc, prosecdef FROM pg_proc WHERE starts_with(proname, %s)"
            " AND prorettype = 'trigger'::regtype AND pronamespace = to_regnamespace(quote_ident(%s)) ORDER BY 1",
            [PREFIX, _schema(using)],
        )
        return list(cursor.fetchall())


def _drop(using: str, function: str) -> list[str]:
    quote = connections[using].ops.quote_name
    return [f"DROP FUNCTION {quote(_schema(using))}.{quote(function)}() CASCADE"]


def _run(using: str, commands: Sequence[str], what: str) -> None:
    """Run `commands` in one transaction, again where a lock was not to be had in time."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic(using=using), connections[using].cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_TIMEOUT_MS}ms"])
                for command in commands:
                    cursor.execute(command)
            return
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            if attempt == TRIES:
                raise TriggersNotInstalled(
                    f"{what} was locked for {TRIES} times {LOCK_TIMEOUT_MS / 1000:g} s. Look for a long transaction in"
                    " pg_stat_activity, and run the command again: it goes on where it stopped."
                ) from error
            time.sleep(0.2 * attempt)
        except ProgrammingError as error:
            if getattr(error.__cause__, "sqlstate", "") != NO_RIGHT:
                raise
            raise TriggersNotInstalled(
                f"This role may not change the triggers of {what}: {str(error).strip()}. Run the command as the owner"
                " of the shop's tables, or hand `manage.py triggers install --sql` to whoever is."
            ) from error


def _columns(watch: Watch) -> list[Field[Any, Any]]:
    """The declared columns that lie in the model's own table; a parent's are in the parent's."""
    local = watch.model._meta.local_concrete_fields
    if watch.columns is None:
        return list(local)
    return [each for each in local if each.name in watch.columns or each.attname in watch.columns]


def _owner_field(watch: Watch, owner: Owner) -> Any:
    return watch.model._meta.get_field(owner.key_path.removesuffix("__pk"))


def _pk(model: type[Model]) -> Any:
    return model._meta.pk


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _function_name(table: str) -> str:
    """PREFIX and the table, within PostgreSQL's 63 bytes."""
    name = f"{PREFIX}{table}"
    if len(name.encode()) <= 63:
        return name
    return f"{PREFIX}{hashlib.sha256(table.encode()).hexdigest()[:40]}"


def _schema(using: str) -> str:
    """Where our tables are; before they are made, where they would be."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT nspname FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace"
            " WHERE pg_class.oid = to_regclass(%s)), current_schema())",
            [Mark._meta.db_table],
        )
        return str(cursor.fetchone()[0])


def _mark_table(using: str) -> str:
    quote = connections[using].ops.quote_name
    return f"{quote(_schema(using))}.{quote(Mark._meta.db_table)}"


def _kind(using: str, table: str) -> str:
    """PostgreSQL's letter for a table, partitioned table, view, ...; empty where there is no such relation."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT relkind::text FROM pg_class WHERE oid = to_regclass(quote_ident(%s))", [table])
        row = cursor.fetchone()
    return "" if row is None else str(row[0])
