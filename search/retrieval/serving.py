"""What serves searches now: a request reads it once, and encodes, matches and scores with that alone.

To measure a space before it serves, a search may name it in the place of the serving one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from ..models import Corpus, Generation, PictureVector, Revision, Space, State, TextVector


@dataclass(frozen=True)
class Serving:
    """The serving generation of texts and embedding space; either is None before the first indexing.

    `corpus` holds the word statistics of the language searched in, None before they were first counted. The two after
    it say about how many rows the HNSW indexes of the space's pictures and of this language's texts have, 0 where there
    is none. `revisions` are those of what processes keep compiled, by name.
    """

    generation: Generation | None
    space: Space | None
    corpus: Corpus | None
    pictures_indexed: int
    texts_indexed: int
    revisions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def now(cls, language: str, *, using: str, space: int | None = None) -> Serving:
        """What serves at this moment for searches in `language`, read by one statement; with `space` that space."""
        connection = connections[using]
        with connection.cursor() as cursor:
            cursor.execute(_SERVING, [State.SERVING, space, State.SERVING, space, language, language])
            row: Sequence[Any] = cursor.fetchone() or ()
        found: list[Any] = []
        for model in _MODELS:
            own, row = row[: len(model._meta.concrete_fields)], row[len(model._meta.concrete_fields) :]
            found.append(None if own[0] is None else _instance(model, own, using))
        *indexed, known = row
        pictures, texts = map(int, indexed)
        generation, searched, corpus = found
        return cls(generation, searched, corpus, pictures, texts, known or {})


_MODELS: tuple[Any, ...] = (Generation, Space, Corpus)


def _instance(model: Any, row: Sequence[Any], using: str) -> Any:
    """The object of a row with all columns of `model`, as a queryset makes it."""
    connection, values = connections[using], []
    columns = model._meta.concrete_fields
    for column, value in zip(columns, row, strict=True):
        for convert in column.get_db_converters(connection):
            value = convert(value, None, connection)
        values.append(value)
    return model.from_db(using, [column.attname for column in columns], values)


def _columns() -> str:
    return ", ".join(
        f"{model._meta.model_name}.{column.column}"
        for model in _MODELS
        for column in model._meta.concrete_fields
    )


# About how many of the space's pictures, and of its texts in the language, a valid HNSW index has; 0 without one.
# `manage.py spaces` makes one where the rows justify it: partial, for one language's texts. What was built over an
# empty table counts as one row until the next VACUUM.
_SERVING = f"""
    SELECT {_columns()}, indexed.pictures, indexed.texts,
        (SELECT json_object_agg(name, value) FROM {Revision._meta.db_table})
    FROM (SELECT) AS now
    LEFT JOIN {Generation._meta.db_table} AS generation ON generation.state = %s
    LEFT JOIN {Space._meta.db_table} AS space
        ON CASE WHEN %s::bigint IS NULL THEN space.state = %s ELSE space.id = %s END
    LEFT JOIN {Corpus._meta.db_table} AS corpus ON corpus.generation_id = generation.id AND corpus.language = %s,
    LATERAL (
        SELECT to_regclass('{PictureVector._meta.db_table}_' || space.id) AS pictures,
            to_regclass('{TextVector._meta.db_table}_' || space.id) AS texts
    ) AS part,
    LATERAL (
        SELECT
            coalesce(max(greatest(reltuples, 1)) FILTER (WHERE indrelid = part.pictures), 0)::bigint AS pictures,
            coalesce(max(greatest(reltuples, 1)) FILTER (WHERE indrelid = part.texts
                AND strpos(pg_get_expr(indpred, indrelid), quote_literal(%s) || '::') > 0), 0)::bigint AS texts
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
        WHERE indrelid IN (part.pictures, part.texts) AND indisvalid AND amname = 'hnsw'
    ) AS indexed
"""  # noqa: S608 - names of ours
