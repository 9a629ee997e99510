"""How large the plugin's tables are; read from the catalog, no row is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connections

TABLES = """
    FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
    WHERE c.relkind = 'r' AND starts_with(c.relname, 'product_search_') AND pg_table_is_visible(c.oid)
"""
#: What was written since, or else what the last ANALYZE saw.
ROWS = "greatest(coalesce(s.n_live_tup, 0), c.reltuples::bigint, 0)"


@dataclass(frozen=True)
class Size:
    """One table: rows (about), bytes of the table, of its indexes."""

    name: str
    rows: int
    table: int
    indexes: int

    @property
    def all(self) -> int:
        """Bytes on disk."""
        return self.table + self.indexes


def rows(using: str) -> dict[str, int]:
    """About how many rows each table of the plugin's holds, by name; sizes, which ask the disk, cost more."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT c.relname, {ROWS} {TABLES}")
        return dict(cursor.fetchall())


def sizes(using: str) -> tuple[Size, ...]:
    """Every table of the plugin's that holds rows, the largest first."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT c.relname, {ROWS}, pg_table_size(c.oid), pg_indexes_size(c.oid) {TABLES}"
            " ORDER BY pg_total_relation_size(c.oid) DESC, c.relname"
        )
        found: Sequence[tuple[str, int, int, int]] = cursor.fetchall()
    return tuple(Size(*row) for row in found)
