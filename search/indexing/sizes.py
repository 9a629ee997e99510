"""How large the plugin's tables are; read from the catalog, no row is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connections


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


def sizes(using: str) -> tuple[Size, ...]:
    """Every table of the plugin's that holds rows, the largest first."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, greatest(coalesce(s.n_live_tup, 0), c.reltuples::bigint, 0),
                pg_table_size(c.oid), pg_indexes_size(c.oid)
            FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
            WHERE c.relkind = 'r' AND starts_with(c.relname, 'product_search_') AND pg_table_is_visible(c.oid)
            ORDER BY pg_total_relation_size(c.oid) DESC, c.relname
            """
        )
        rows: Sequence[tuple[str, int, int, int]] = cursor.fetchall()
    return tuple(Size(*row) for row in rows)
