"""How alike two embedding spaces find: the nearest ten of sampled titles in each, and how many they share.

It needs neither model: the titles' own vectors, stored in both spaces, are the queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction

from ..documents import document
from ..models import Generation, PictureVector, Space, TextVector
from .claim import from_db

#: Titles compared unless told, and results looked at.
SAMPLE = 200
NEAREST = 10
#: Rows read for ten products: one has several pictures.
ROWS = 60

TEXT_VECTOR = TextVector._meta.db_table
PICTURE_VECTOR = PictureVector._meta.db_table


@dataclass(frozen=True)
class Overlap:
    """Mean share of the nearest ten that both spaces find, 0 to 1; None where neither holds any of the kind.

    `titles` were compared. `least_alike` holds (product, share) of those whose results differ most.
    """

    titles: int
    among_titles: float | None
    among_pictures: float | None
    least_alike: tuple[tuple[Any, float], ...]


def compare(one: Space, other: Space, *, using: str, sample: int = SAMPLE) -> Overlap:
    """Compare two spaces over up to `sample` titles in the shop's first language; the same ones on every run."""
    generation = Generation.serving(using)
    if generation is None:
        return Overlap(0, None, None, ())
    language = document().languages[0]
    texts: list[float] = []
    pictures: list[float] = []
    alike: list[tuple[Any, float]] = []
    products = _sample(using, one, other, generation, language, sample)
    for product in products:
        shares = []
        for table, found in ((TEXT_VECTOR, texts), (PICTURE_VECTOR, pictures)):
            first = _nearest(using, table, one, generation, language, product)
            second = _nearest(using, table, other, generation, language, product)
            most = min(NEAREST, max(len(first), len(second)))
            if most:
                found.append(len(first & second) / most)
                shares.append(found[-1])
        if shares:
            alike.append((from_db(product), sum(shares) / len(shares)))
    alike.sort(key=lambda each: each[1])
    return Overlap(len(products), _mean(texts), _mean(pictures), tuple(alike[:NEAREST]))


def _sample(
    using: str, one: Space, other: Space, generation: Generation, language: str, sample: int
) -> list[Any]:
    """Products with a title in both spaces, in the order of the titles' digests: as good as random, and repeatable."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT product FROM {TEXT_VECTOR} AS title WHERE space_id = %s AND generation_id = %s"
            " AND language = %s AND product IS NOT NULL AND EXISTS ("
            f" SELECT FROM {TEXT_VECTOR} AS same WHERE same.space_id = %s AND same.generation_id = %s"
            " AND same.product = title.product AND same.language = title.language)"
            " ORDER BY digest, product LIMIT %s",
            [one.pk, generation.pk, language, other.pk, generation.pk, sample],
        )
        return [row[0] for row in cursor.fetchall()]


def _nearest(
    using: str, table: str, space: Space, generation: Generation, language: str, product: Any
) -> set[Any]:
    """The nearest products to the title of `product`, without itself; by the space's index where there is one."""
    kind = "language = %s AND generation_id = %s AND " if table == TEXT_VECTOR else ""
    scope: list[Any] = [language, generation.pk] if table == TEXT_VECTOR else []
    dim = int(space.dim)
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT vector::text FROM {TEXT_VECTOR}"
            " WHERE space_id = %s AND generation_id = %s AND language = %s AND product = %s",
            [space.pk, generation.pk, language, product],
        )
        row = cursor.fetchone()
        if row is None:
            return set()
        cursor.execute("SELECT set_config('hnsw.ef_search', '200', true)")
        cursor.execute(
            f"SELECT product FROM {table} WHERE space_id = %s AND {kind}product IS NOT NULL"
            f" ORDER BY vector::halfvec({dim}) <#> %s::halfvec({dim}) LIMIT {ROWS}",
            [space.pk, *scope, str(row[0])],
        )
        nearest = dict.fromkeys(found for (found,) in cursor.fetchall() if found != product)
    return set(list(nearest)[:NEAREST])


def _mean(shares: list[float]) -> float | None:
    return sum(shares) / len(shares) if shares else None
