"""Queries of other shoppers: what may complete one that is being typed, and what is searched for beside it.

A query is offered when enough sessions made it, when it looks like nobody's address, number or key, and when a product
that this shopper may see says all its words. So no query tells of what a scope may not see, whoever made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet

from ..documents import SearchScope, document
from ..errors import InvalidRequest
from ..models import OFFERED_FROM, Completion, Corpus, Generation, State
from ..replicas.reading import from_replica
from ..text import is_function_word, located_terms, looks_personal, terms
from . import grammar
from .beginnings import HAS_WORDS, words_query
from .filters import Choices
from .naming import runs
from .request import SearchRequest
from .sold import Sold, Sql, keys_of
from .steering import known_synonyms, revisions
from .synonyms import having as having_synonyms

#: Queries that are looked at for each one offered.
MOST_TRIED = 4
#: Of a query's words, other ways to say one that are looked for.
MOST_WAYS = 4
MAX_LIMIT = 20
_TABLE = Completion._meta.db_table
#: What serves searches in a language: its word statistics, with their generation. Its parameters: `serving(language)`.
SERVING = f"""
    SELECT generation.id, generation.declaration::text, corpus.documents, corpus.mean_lengths
    FROM {Generation._meta.db_table} AS generation JOIN {Corpus._meta.db_table} AS corpus
        ON corpus.generation_id = generation.id
    WHERE generation.state = %s AND corpus.language = %s
"""  # noqa: S608 - names of ours


def offered(words: str, language: str, most: int) -> tuple[str, list[Any]]:
    """SQL for the queries that so many sessions made that they may be shown to others, those of most sessions first.

    Rows `(query, sessions)`, `most` of them; `words` as `words_query` writes them, or "" for any.
    """
    fitting = f" AND {HAS_WORDS}" if words else ""
    sql = (
        f"SELECT query, sessions FROM {_TABLE} WHERE language = %s AND sessions >= {OFFERED_FROM}{fitting}"  # noqa: S608
        " ORDER BY sessions DESC, last_seen DESC, key LIMIT %s"
    )
    return sql, [language, *([words] if words else []), most]


def answered(queries: Sequence[str], sold: Sold, limit: int) -> tuple[str, ...]:
    """The first `limit` of `queries` that may be shown to whoever sees what is `sold`."""
    return tuple(
        islice(_answered([query for query in queries if not looks_personal(query)], sold, limit), limit)
    )


@from_replica
def related(q: str, scope: SearchScope, *, limit: int = 8) -> tuple[str, ...]:
    """Up to `limit` (1 to 20) other queries of shoppers that share words with `q`, the nearest first.

    Raises `InvalidRequest` for another limit, and for words that are too many.
    """
    asked = SearchRequest(q=q).q
    checked_limit(limit)
    shop = document()
    choices, language = Choices.of(shop, scope, {}), scope.search_language(shop.languages)
    using = choices.visible.db
    own = _subject(asked, language)
    with connections[using].cursor() as cursor:
        cursor.execute(SERVING, serving(language))
        serves = cursor.fetchone()
        if not own or serves is None:
            return ()
        words = words_query([[(term, False) for term in sorted(own)]])
        cursor.execute(*offered(words, language, MOST_TRIED * MAX_LIMIT))
        others: list[tuple[str, int]] = cursor.fetchall()
    near: list[tuple[float, int, str]] = []
    for query, sessions in others:
        said = _subject(query, language)
        if own & said and terms(query, language) != terms(asked, language):
            near.append((-len(own & said) / len(own | said), -sessions, query))
    sold = Sold(choices, corpus_of(serves, language).generation, language)
    return answered([query for _, _, query in sorted(near)], sold, limit)


def _subject(query: str, language: str) -> set[str]:
    """The terms of what `query` is about: neither a price nor the words between."""
    return set(_named(grammar.blanked(query, grammar.read(query, language, {"price"})), language))


def _named(words: str, language: str) -> dict[str, None]:
    """The terms of `words` that name something, in order, each once."""
    located = located_terms(words, language)
    return dict.fromkeys(term for term, token in located if not is_function_word(token.text, language))


def serving(language: str) -> list[str]:
    """The parameters of `SERVING`."""
    return [State.SERVING.value, language]


def corpus_of(row: Sequence[Any], language: str) -> Corpus:
    """The word statistics, with their generation, out of a row of `SERVING`.

    Made by hand: while somebody types this is asked for every letter, and the ORM takes as long as all the rest.
    """
    key, declaration, documents, mean_lengths = row
    generation = Generation(pk=key, declaration=json.loads(declaration), state=State.SERVING)
    return Corpus(generation=generation, language=language, documents=documents, mean_lengths=mean_lengths)


def checked_limit(limit: int) -> int:
    """`limit` itself; raises `InvalidRequest` where it is not 1 to 20."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidRequest("out_of_range", "limit", f"limit is {limit}; expected 1 to {MAX_LIMIT}.")
    return limit


def _answered(queries: Sequence[str], sold: Sold, at_once: int) -> Iterator[str]:
    for start in range(0, len(queries), at_once):
        read = {query: _Asked.of(query, sold) for query in queries[start : start + at_once]}
        asked = {query: each for query, each in read.items() if each is not None}
        found = _said(list(asked.values()), sold)
        if missing := [each for each in asked.values() if each not in found]:
            found |= _said_otherwise(missing, sold)
        yield from (query for query, each in asked.items() if each in found)


@dataclass(frozen=True)
class _Asked:
    """What an answer to a query must have: every term of `said`, which names something, and a price in `filters`."""

    said: tuple[str, ...]
    filters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, query: str, sold: Sold) -> _Asked | None:
        """None for a query that is not simply words and a price."""
        shop = sold.choices.document
        price = next((name for name, facet in shop.facets.items() if facet.meaning(name) == "price"), "")
        beside = grammar.read(query, sold.language, {"price"} if price else ())
        if len(beside) > 1 or any(each.kind != "price" for each in beside):
            return None
        words = grammar.blanked(query, beside)
        said = tuple(_named(words, sold.language) or dict.fromkeys(terms(words, sold.language)))
        if not said and not beside:
            return None
        return cls(said, tuple((price, each.value) for each in beside))

    def keys(self, sold: Sold) -> Sql | None:
        """A query for their keys; None without a price."""
        return keys_of(self.within(sold)) if self.filters else None

    def within(self, sold: Sold) -> QuerySet[Any]:
        """The visible products of that price."""
        return replace(sold.choices, filters={name: (value,) for name, value in self.filters}).products()


def _said(asked: Sequence[_Asked], sold: Sold) -> set[_Asked]:
    """Those of `asked` that some visible product says word for word.

    One statement with a subquery for each, planned for its own words.
    """
    found = sold.hold([sold.saying(each.said, inside=each.keys(sold)) for each in asked])
    return {each for each, said in zip(asked, found, strict=True) if said}


def _said_otherwise(asked: Sequence[_Asked], sold: Sold) -> set[_Asked]:
    """Those of `asked` that some visible product says with synonyms."""
    every_run = (each.said[first:end] for each in asked for first, end in runs(each.said))
    known = known_synonyms(sold.language, revisions(sold.using), sold.using)
    ways = having_synonyms(every_run, known)
    if not ways:
        return set()
    questions: dict[_Asked, Sql] = {}
    for each in asked:
        others: dict[str, list[tuple[str, ...]]] = {}
        for first, end in runs(each.said):
            for means in ways.get(each.said[first:end], ())[:MOST_WAYS]:
                for term in each.said[first:end]:
                    others.setdefault(term, []).append(means)
        if not others:
            continue
        plain = [term for term in each.said if term not in others]
        having = sold.having(plain, within=each.within(sold) if each.filters else None)
        for term, means_of in others.items():
            conditions = (Q(terms__contains=list(way)) for way in ((term,), *means_of))
            having = having.filter(reduce(or_, conditions))
        questions[each] = sold.some(keys_of(having))
    found = sold.hold(list(questions.values()))
    return {each for each, said in zip(questions, found, strict=True) if said}
