"""What a database holds, from PostgreSQL's own catalogue: as much of it as a schema dump would show."""

from __future__ import annotations

from typing import Any

from psycopg import sql

#: One row for each thing of the schema `public`, with everything that defines it.
_STATEMENTS = {
    "relations": "SELECT relname, relkind, relpersistence, reloptions, relacl::text FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
    "columns": "SELECT relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,"
    " pg_get_expr(adbin, adrelid) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
    " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
    " WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped ORDER BY 1, 2",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "sequences": "SELECT sequencename, data_type::text, start_value, increment_by, cycle FROM pg_sequences"
    " WHERE schemaname = 'public' ORDER BY 1",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE NOT tgisinternal ORDER BY 1, 2",
    # What an extension brought belongs to the extension, which is listed by itself.
    "functions": "SELECT oid::regprocedure::text, md5(prosrc) FROM pg_proc"
    " WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend"
    " WHERE objid = pg_proc.oid AND deptype = 'e') ORDER BY 1",
    "types": "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND NOT EXISTS"
    " (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e') ORDER BY 1",
    "extensions": "SELECT extname FROM pg_extension ORDER BY 1",
}


def schema(connection: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Everything of the schema but rows."""
    return {name: connection.execute(statement).fetchall() for name, statement in _STATEMENTS.items()}


def contents(connection: Any, *prefixes: str) -> dict[str, tuple[Any, ...]]:
    """Number and digest of the rows of every table whose name begins with one of `prefixes`."""
    names = [
        row[0] for row in schema(connection)["relations"] if row[1] == "r" and row[0].startswith(prefixes)
    ]
    return {
        name: connection.execute(
            sql.SQL(
                "SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {} AS t"
            ).format(sql.Identifier(name))
        ).fetchone()
        for name in names
    }
