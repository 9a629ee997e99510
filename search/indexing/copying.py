"""Rows into our own tables by COPY: one message for a whole batch, where an INSERT is parsed and planned row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections


def copy_rows(
    using: str,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    binary: Sequence[str] | None = None,
) -> None:
    """Insert `rows` into the `columns` of `table`, in the transaction that is open.

    In text, an array is given as `array_of` writes it. In `binary`, the columns' types in Postgres, a vector is given
    as bytes, as the server's own `halfvec_send` writes it, and its type is "bytea". Raises what an INSERT would:
    `IntegrityError`, `OperationalError`, ...
    """
    connection = connections[using]
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT {'BINARY' if binary else 'TEXT'})"
    # Django wraps what execute() raises, and knows nothing of copy().
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        if binary:
            copy.set_types(binary)
        for row in rows:
            copy.write_row(row)


def array_of(items: Iterable[Any]) -> str:
    """An array as Postgres reads it in text; no item is NULL or holds a NUL, which no column does."""
    inside = "\0".join(map(str, items))
    if not inside:
        return "{}"
    escaped = inside.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
    return f'{{"{escaped}"}}'
