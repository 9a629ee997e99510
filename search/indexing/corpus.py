"""Word statistics of each language: a snapshot that is rebuilt as a whole, never rows that two workers update."""

from __future__ import annotations

from django.db import connections, transaction

from ..documents import document
from ..models import Corpus, Entry, Generation, TermFrequency, Text
from . import vocabulary

#: Share of the texts that may change before the snapshot is rebuilt at once ...
CHANGED = 0.05
#: ... and how old it may get while anything has changed.
OLDEST_SECONDS = 600.0

CORPUS = Corpus._meta.db_table
TERMS = TermFrequency._meta.db_table
TEXT = Text._meta.db_table


def rebuild_if_due(using: str, generation: Generation) -> bool:
    """Rebuild the snapshot when 5 % of the products were indexed since, or it is old and any was, or tags are called
    otherwise than searches know.
    """
    if not (_due(using, generation) or vocabulary.is_behind(using, generation, document().languages)):
        return False
    rebuild(using, generation)
    return True


def _due(using: str, generation: Generation) -> bool:
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT min(built_at), max(documents), count(*),"
            f" extract(epoch FROM clock_timestamp() - min(built_at))::float8 FROM {CORPUS} WHERE generation_id = %s",
            [generation.pk],
        )
        row = cursor.fetchone()
        if row is None or row[2] < len(document().languages):
            return True
        built_at, documents, languages, seconds = row
        cursor.execute(f"SELECT count(*) FROM {TEXT} WHERE generation_id = %s", [generation.pk])
        texts = cursor.fetchone()[0]
        cursor.execute(f"SELECT count(*) FROM {Entry._meta.db_table} WHERE indexed_at > %s", [built_at])
        indexed = cursor.fetchone()[0]
    missing = abs(texts // languages - documents)
    changed = max(indexed, missing)
    return bool(changed > CHANGED * documents or (changed and seconds > OLDEST_SECONDS))


def rebuild(using: str, generation: Generation) -> None:
    """Count every term of `generation` anew, and gather its words; searches see the old snapshot until it commits.

    One pass over the texts of each language; only counts that differ are written.
    """
    for language in document().languages:
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('product_search.corpus'))")
            scope: list[int | str] = [generation.pk, language]
            cursor.execute(
                f"""
                INSERT INTO {CORPUS} AS corpus
                    (generation_id, language, documents, mean_lengths, version, built_at)
                SELECT %s, %s, (SELECT count(*) FROM {TEXT} WHERE generation_id = %s AND language = %s),
                    ARRAY(SELECT avg(length)::float8 FROM {TEXT}, unnest(lengths) WITH ORDINALITY AS each(length, field)
                          WHERE generation_id = %s AND language = %s GROUP BY field ORDER BY field),
                    1, statement_timestamp()
                ON CONFLICT (generation_id, language) DO UPDATE SET documents = excluded.documents,
                    mean_lengths = excluded.mean_lengths, version = corpus.version + 1,
                    built_at = excluded.built_at
                """,
                scope * 3,
            )
            cursor.execute(
                f"""
                WITH counted AS MATERIALIZED (
                    SELECT term, count(*) AS documents FROM {TEXT}, unnest(terms) AS each(term)
                    WHERE generation_id = %s AND language = %s GROUP BY term
                ), gone AS (
                    DELETE FROM {TERMS} AS known WHERE generation_id = %s AND language = %s
                        AND NOT EXISTS (SELECT FROM counted WHERE counted.term = known.term)
                )
                INSERT INTO {TERMS} AS known (generation_id, language, term, documents)
                SELECT %s, %s, term, documents FROM counted
                ON CONFLICT (generation_id, language, term) DO UPDATE SET documents = excluded.documents
                    WHERE known.documents <> excluded.documents
                """,
                scope * 3,
            )
            vocabulary.rebuild(using, generation, language)
