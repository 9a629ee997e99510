"""What an embedding space lacks or holds too much of, against the texts and pictures that are recorded: all in SQL.

A vector belongs where its digest is that of the text or picture in its place. So an interrupted fill, a worker without
the space's model and a row altered by hand all show in the same way, and filling again mends them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from ..models import Entry, Generation, Picture, PictureVector, Space, State, Text, TextVector
from .claim import from_db, key_type
from .content import text_digest

ENTRY = Entry._meta.db_table
TEXT = Text._meta.db_table
PICTURE = Picture._meta.db_table
TEXT_VECTOR = TextVector._meta.db_table
PICTURE_VECTOR = PictureVector._meta.db_table
#: What is not embedded: a text without any word.
NO_TEXT = text_digest("")


@dataclass(frozen=True)
class Coverage:
    """How many products a space holds as they are recorded (`complete`) of all that are (`products`).

    `failing` products are not indexed at present, for an error of their own: no fill can help them.
    """

    complete: int
    products: int
    failing: int

    @property
    def missing(self) -> int:
        """Products that a fill would bring in."""
        return self.products - self.complete - self.failing


def vector_differences(using: str, space: Space, keys: Sequence[Any]) -> list[tuple[str, Any]]:
    """(kind, product) of each difference among `keys`: `missing_vector`, `stale_vector` or `extra_vector`.

    Stale is a vector of another text or picture than its place has now; extra, one in a place that has none.
    """
    generations = _live(using)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH given AS MATERIALIZED (SELECT unnest(%s::{key_type(using)}[]) AS product),
            wanted AS (
                SELECT 't' || generation_id || language AS place, product, digest FROM {TEXT} JOIN given USING (product)
                WHERE generation_id = ANY(%s) AND digest <> %s
                UNION ALL
                SELECT 'p' || picture, product, digest FROM {PICTURE} JOIN given USING (product) WHERE reason = ''
            ), held AS (
                SELECT 't' || generation_id || language AS place, product, digest
                FROM {TEXT_VECTOR} JOIN given USING (product) WHERE space_id = %s AND generation_id = ANY(%s)
                UNION ALL
                SELECT 'p' || picture, product, digest
                FROM {PICTURE_VECTOR} JOIN given USING (product) WHERE space_id = %s
            )
            SELECT CASE WHEN held.digest IS NULL THEN 'missing_vector' WHEN wanted.digest IS NULL THEN 'extra_vector'
                ELSE 'stale_vector' END, product
            FROM wanted FULL JOIN held USING (product, place)
            WHERE held.digest IS DISTINCT FROM wanted.digest ORDER BY product
            """,
            [list(keys), generations, NO_TEXT, space.pk, generations, space.pk],
        )
        return [(kind, from_db(product)) for kind, product in cursor.fetchall()]


def coverage(using: str, space: Space) -> Coverage:
    """The whole space against all that is recorded: one pass over both, seconds in a shop of a million products."""
    generations = _live(using)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH wanted AS (
                SELECT product, digest, generation_id, language, NULL AS picture FROM {TEXT}
                WHERE generation_id = ANY(%s) AND digest <> %s
                UNION ALL
                SELECT product, digest, NULL, NULL, picture FROM {PICTURE} WHERE reason = ''
            ), lacking AS (
                SELECT DISTINCT product FROM wanted WHERE NOT EXISTS (
                    SELECT FROM {TEXT_VECTOR} AS held WHERE held.space_id = %s
                        AND held.generation_id = wanted.generation_id AND held.product = wanted.product
                        AND held.language = wanted.language AND held.digest = wanted.digest
                ) AND NOT EXISTS (
                    SELECT FROM {PICTURE_VECTOR} AS held WHERE held.space_id = %s
                        AND held.product = wanted.product AND held.picture = wanted.picture
                        AND held.digest = wanted.digest
                )
            )
            SELECT count(*), count(lacking.product),
                count(lacking.product) FILTER (WHERE parked OR attempts > 0)
            FROM {ENTRY} LEFT JOIN lacking USING (product) WHERE done > 0
            """,
            [generations, NO_TEXT, space.pk, space.pk],
        )
        products, lacking, failing = cursor.fetchone()
    return Coverage(products - lacking, products, failing)


def _live(using: str) -> list[int]:
    """Generations whose texts are searched or are about to be."""
    live = Generation.objects.using(using).exclude(state=State.RETIRED)
    return list(live.values_list("pk", flat=True))
