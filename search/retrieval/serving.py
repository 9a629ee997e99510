"""What serves searches now: a request reads it once, and encodes, matches and scores with that alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections

from ..indexing import spaces
from ..models import Corpus, Generation, PictureVector, Space, State, TextVector


@dataclass(frozen=True)
class Serving:
    """The serving generation of texts and embedding space; either is None before the first indexing.

    `corpus` holds the word statistics of the language searched in, None before they were first counted. The last two
    say about how many rows the HNSW indexes of the space's pictures and of this language's texts have, 0 where there is
    none.
    """

    generation: Generation | None
    space: Space | None
    corpus: Corpus | None
    pictures_indexed: int
    texts_indexed: int

    @classmethod
    def now(cls, language: str, *, using: str) -> Serving:
        """What serves at this moment for searches in `language`."""
        generation = Generation.objects.using(using).filter(state=State.SERVING).first()
        space = Space.objects.using(using).filter(state=State.SERVING).first()
        corpus = None
        if generation is not None:
            corpus = Corpus.objects.using(using).filter(generation=generation, language=language).first()
        pictures, texts = (0, 0) if space is None else _indexed(space, language, using=using)
        return cls(generation, space, corpus, pictures, texts)


def _indexed(space: Space, language: str, *, using: str) -> tuple[int, int]:
    """About how many of the space's pictures, and of its texts in `language`, a valid HNSW index has; 0 without one.

    `manage.py spaces` makes one where the rows justify it: partial, for one language's texts. What was built over an
    empty table counts as one row until the next VACUUM.
    """
    pictures = spaces.partition(PictureVector._meta.db_table, space)
    texts = spaces.partition(TextVector._meta.db_table, space)
    with connections[using].cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(max(greatest(reltuples, 1)) FILTER (WHERE indrelid = to_regclass(%s)), 0)::bigint,
                coalesce(max(greatest(reltuples, 1)) FILTER (WHERE indrelid = to_regclass(%s)
                    AND strpos(pg_get_expr(indpred, indrelid), quote_literal(%s) || '::') > 0), 0)::bigint
            FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
            WHERE indrelid IN (to_regclass(%s), to_regclass(%s)) AND indisvalid AND amname = 'hnsw'
            """,
            [pictures, texts, language, pictures, texts],
        )
        row = cursor.fetchone() or (0, 0)
    return int(row[0]), int(row[1])
