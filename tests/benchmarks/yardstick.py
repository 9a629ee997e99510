"""Runs `yardstick.sql`: its statements by name, and its tables filled with the titles and vectors of the products."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from .vectors import Vectors, written

FILE = Path(__file__).with_suffix(".sql")
#: As wide as its legs are long, so that an index scan can give that many rows.
EF_SEARCH = 200


def statements() -> dict[str, str]:
    """The statements of the file by their names."""
    _, *parts = re.split(r"^-- name: (.+)$", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name.strip(): sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


class Yardstick:
    """The hand-written search over tables of its own."""

    def __init__(self) -> None:
        self.sql = statements()

    def make(self, rows: str, parameters: Sequence[Any]) -> int:
        """Fill its table with what the query `rows` gives (id, title, text, picture); returns how many there are."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql["make"])
            cursor.execute(f"INSERT INTO yardstick (id, title, text, picture) {rows}", parameters)
            filled = cursor.rowcount
            for name in ("index words", "index texts", "index pictures"):
                cursor.execute(self.sql[name])
            cursor.execute("VACUUM ANALYZE yardstick")
        return filled

    def drop(self) -> None:
        """Leave nothing behind."""
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS yardstick")

    def run(self, name: str, vector: Vectors, words: str = "", *, ef_search: int = EF_SEARCH) -> list[int]:
        """Ids that the statement `name` gives, best first."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL jit = off; SET LOCAL hnsw.ef_search = {ef_search:d}")
            cursor.execute(self.sql[name], {"words": words, "vector": written(vector)})
            return [row[0] for row in cursor.fetchall()]
