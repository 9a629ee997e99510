"""The shop's own words and the names of its facets' values and tags, gathered with each language's word statistics.

Nothing here decides what a shopper may be told: drafts' words are in it too, and searches look whether the scope sees a
product that has them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.db import connections

from ..documents import document
from ..documents.facet_values import branch_labels, branches_of, facet_label, facet_value
from ..models import AttributeValue, FacetName, Generation, Tag, Text, Word, findable
from ..text import inflections, stem, terms, tokens
from ..text.spelling import MAX_LETTERS, ONE_EDIT, stored_keys

WORD = Word._meta.db_table
NAME = FacetName._meta.db_table
TEXT = Text._meta.db_table
#: Characters of a text whose words are gathered; PostgreSQL refuses the words of a megabyte.
MOST_CHARACTERS = 200_000
#: A longer value, or one with a longer name, is no name that a shopper would write.
MOST_NAME_CHARACTERS = 100
MOST_NAMES = 50_000


def rebuild(using: str, generation: Generation, language: str) -> None:
    """Bring words and names of `language` up to date, within the caller's transaction; only what differs is written."""
    names = sorted(set(_names(using, language)))
    _rebuild_words(using, generation, language, [label for _, _, label, _, _ in names])
    _rebuild_names(using, generation, language, names)


def _rebuild_words(using: str, generation: Generation, language: str, labels: Iterable[str]) -> None:
    """Words of texts, and of the `labels` of facets' values, which may stand in no text."""
    scope: list[Any] = [generation.pk, language]
    counts: Counter[str] = Counter()
    with connections[using].cursor() as cursor:
        # PostgreSQL's own parser cuts and counts, in C; only distinct words come here to be folded and stemmed.
        cursor.execute(
            f"""
            SELECT lexeme, count(*) FROM {TEXT},
                LATERAL unnest(jsonb_to_tsvector('simple', fields, '["string"]')) AS each(lexeme, positions, weights)
            WHERE generation_id = %s AND language = %s AND length(fields::text) < {MOST_CHARACTERS} GROUP BY lexeme
            """,
            scope,
        )
        for lexeme, documents in cursor.fetchall():
            for word in _words(lexeme):
                counts[word] += documents
        for label in labels:
            for piece in label.split():
                for word in _words(piece):
                    counts[word] = counts[word] or 1
        cursor.execute(
            f"SELECT word, documents FROM {WORD} WHERE generation_id = %s AND language = %s", scope
        )
        known = dict(cursor.fetchall())
        cursor.execute(
            f"DELETE FROM {WORD} WHERE generation_id = %s AND language = %s AND word = ANY(%s)",
            [*scope, [word for word in known if word not in counts]],
        )
        changed = {word: count for word, count in counts.items() if known.get(word, count) != count}
        cursor.execute(
            f"UPDATE {WORD} AS known SET documents = fresh.documents FROM unnest(%s::text[], %s::int[])"
            " AS fresh(word, documents)"
            " WHERE generation_id = %s AND language = %s AND known.word = fresh.word",
            [list(changed), list(changed.values()), *scope],
        )
        new = [word for word in counts if word not in known]
        cursor.execute(
            f"INSERT INTO {WORD} (generation_id, language, word, term, documents, deletions)"
            " SELECT %s, %s, word, term, documents, deletions::int[]"
            " FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[]) AS fresh(word, term, documents, deletions)",
            [
                *scope,
                new,
                [stem(word, language) for word in new],
                [counts[word] for word in new],
                [
                    "{" + ",".join(map(str, stored_keys(word, inflections(word, language)))) + "}"
                    for word in new
                ],
            ],
        )


@lru_cache(maxsize=65536)
def _words(lexeme: str) -> tuple[str, ...]:
    """The written words in what PostgreSQL took for one: folded; no numbers, codes or what is no correction."""
    found = tokens(lexeme)
    if "-" in lexeme:  # its parts come by themselves
        found = found[:1]
    coded = {token.word for token in found if token.kind in ("code", "number")}
    return tuple(
        token.text
        for token in found
        if token.kind == "word" and token.word not in coded and ONE_EDIT - 1 <= len(token.text) <= MAX_LETTERS
    )


def _rebuild_names(
    using: str, generation: Generation, language: str, rows: Sequence[tuple[str, str, str, str, str]]
) -> None:
    scope: list[Any] = [generation.pk, language]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH fresh AS MATERIALIZED (
                SELECT DISTINCT ON (facet, value) facet, value, label, terms, string_to_array(words, ' ') AS words
                FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
                    AS fresh(facet, value, label, terms, words)
                ORDER BY facet, value, label
            ), gone AS (
                DELETE FROM {NAME} AS known WHERE generation_id = %s AND language = %s AND NOT EXISTS
                    (SELECT FROM fresh WHERE fresh.facet = known.facet AND fresh.value = known.value)
            )
            INSERT INTO {NAME} AS known (generation_id, language, facet, value, label, terms, words)
            SELECT %s, %s, facet, value, label, terms, words FROM fresh
            ON CONFLICT (generation_id, language, facet, value) DO UPDATE
                SET label = excluded.label, terms = excluded.terms, words = excluded.words
                WHERE (known.label, known.terms, known.words)
                    IS DISTINCT FROM (excluded.label, excluded.terms, excluded.words)
            """,
            [*columns, *scope, *scope],
        )


def _names(using: str, language: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Facet, value, label, and the label's terms and words to find it by, of every value that some product has.

    A tag is called as the vocabulary says, else as its value is written; its attribute stands for the facet. In a
    hierarchy what stands above a tag is a name too.
    """
    shop = document()
    known: set[tuple[str, str]] = set()
    for name, facet in shop.facets.items():
        if facet.kind != "value" or facet.is_tag:
            continue
        value: Any = facet_value(shop, facet)
        products = shop.queryset().order_by().using(using).annotate(ps_value=value)
        products = products.annotate(ps_label=facet_label(facet, language) or value)
        rows = list(products.values_list("ps_value", "ps_label").distinct()[:MOST_NAMES])
        if facet.hierarchical:  # "Kitchen" has no product of its own, but all those of its mugs
            named = dict(rows)
            above = {branch for value in named if value for branch in branches_of(value)} - set(named)
            rows += branch_labels(shop, facet, above, language, using=using).items()
        for found, label in rows:
            if not found or not label or max(len(found), len(label)) > MOST_NAME_CHARACTERS:
                continue
            if said := " ".join(terms(label, language)):
                known.add((name, found))
                yield name, found, label, said, " ".join(findable(label, language))
    for attribute, value, label, said in _tag_names(_tagged(using), using, language):
        if (attribute, value) not in known:
            yield attribute, value, label, said, " ".join(findable(label, language))


def is_behind(using: str, generation: Generation, languages: Iterable[str]) -> bool:
    """Whether tags have values, or names, that nobody gathered yet, or had ones that are gone.

    They are made after the texts that they are gathered with, and change when no text does.
    """
    own = {name for name, facet in document().facets.items() if not facet.is_tag}

    def named(facet: str, value: str, label: str) -> tuple[str, str, str]:
        return facet, value, "" if facet in own else label  # the shop's own label comes first

    tagged = _tagged(using)
    for language in languages:
        rows = FacetName.objects.using(using).filter(generation=generation, language=language)
        known = {named(*row) for row in rows.values_list("facet", "value", "label")}
        fresh = {named(*row[:3]) for row in _tag_names(tagged, using, language)}
        if fresh - known or any(facet not in own for facet, _, _ in known - fresh):
            return True
    return False


def _tagged(using: str) -> Sequence[tuple[str, str]]:
    """Attribute and value of every tag, and in a hierarchy of what stands above it."""
    facets = document().facets
    tags = (
        Tag.objects.using(using).order_by("attribute", "value").values_list("attribute", "value").distinct()
    )
    found: set[tuple[str, str]] = set()
    for attribute, value in tags[:MOST_NAMES]:
        facet = facets.get(attribute)
        branches = branches_of(value) if facet is not None and facet.hierarchical else [value]
        found.update((attribute, branch) for branch in branches)
    return sorted(found)


def _tag_names(
    tagged: Iterable[tuple[str, str]], using: str, language: str
) -> Iterator[tuple[str, str, str, str]]:
    """Attribute, value, label and its terms of what is `tagged`."""
    worded = AttributeValue.objects.using(using).select_related("attribute")
    labels = {(row.attribute.name, row.value): row.label_in(language) for row in worded}
    for attribute, value in tagged:
        label = labels.get((attribute, value)) or value
        said = " ".join(terms(label, language))
        if said and max(len(value), len(label)) <= MOST_NAME_CHARACTERS:
            yield attribute, value, label, said
