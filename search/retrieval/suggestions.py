"""What a shopper may mean while typing: queries of others, values of facets, and products with their cards.

Everything offered leads somewhere for this very scope. What is typed is taken as it stands first, and mended only
where the shop has nothing that begins so.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connections

from ..conf import settings
from ..documents import SearchScope, document
from ..models import Corpus, FacetName, TermFrequency, Text, Word
from ..replicas.reading import from_replica
from ..text import fold
from .answer import Hit
from .beginnings import FREQUENT, HAS_WORDS, MOST_ENDINGS, Beginning, Sought
from .completions import MOST_TRIED, SERVING, answered, checked_limit, corpus_of, offered, serving
from .engine import DISABLED, NOT_INDEXED
from .filters import Choices
from .lexical import KeywordLeg
from .lexical import idf as inverse_frequency
from .page import hits
from .request import SearchRequest
from .serving import Serving
from .snapshot import read_without
from .sold import Sold
from .understanding import Query

#: Texts with all words that are scored for the products offered.
MOST_SCORED = 30
#: A text with more words is no query that is being typed.
MOST_WORDS = 20

_NAMES = f"""
    SELECT facet, value, label FROM {FacetName._meta.db_table}
    WHERE {HAS_WORDS} AND {{own}} AND facet = ANY(%s::text[])
    ORDER BY length(label), label, facet, value LIMIT %s
"""  # noqa: S608 - names of ours
_KNOWN = f"""
    SELECT term, documents FROM {TermFrequency._meta.db_table}
    WHERE {{own}} AND term = ANY(%s::text[])
"""  # noqa: S608 - a name of ours
#: The most common words that begin so. What stands in one text alone (numbers, codes) may be many times as much as all
#: else, and is as common as another: of that the first will do, and nothing is sorted.
_BEGUN = """
    (SELECT term, documents FROM {table} WHERE {own} AND {word} LIKE %s AND documents > 1
    ORDER BY documents DESC, {word} LIMIT %s)
    UNION ALL
    (SELECT term, documents FROM {table} WHERE {own} AND {word} LIKE %s AND documents <= 1 ORDER BY {word} LIMIT %s)
"""
#: Written words that begin so, and stems, among which are numbers and codes.
_ENDINGS = " UNION ALL ".join(
    _BEGUN.format(table=table._meta.db_table, word=word, own="{own}")
    for table, word in ((Word, "word"), (TermFrequency, "term"))
)
_OWN = "generation_id = (SELECT id FROM serving) AND language = %s"
_COLUMNS = ("terms", "frequencies", "lengths")
_FOLDED = "(SELECT coalesce(json_agg(json_build_array({columns})), '[]')::text FROM ({rows}) AS each)"


@dataclass(frozen=True)
class CategorySuggestion:
    """A value of a facet by its name, as a place to browse: `value` is what the facet's filter takes."""

    facet: str
    value: str
    label: str


@dataclass(frozen=True)
class Suggestions:
    """Up to `limit` of each kind, the likeliest first. `notices` as those of `SearchAnswer`."""

    queries: tuple[str, ...] = ()
    categories: tuple[CategorySuggestion, ...] = ()
    products: tuple[Hit, ...] = ()
    notices: tuple[str, ...] = ()
    took_ms: float = 0.0

    @property
    def empty(self) -> bool:
        """Whether nothing is offered."""
        return not (self.queries or self.categories or self.products)


@from_replica
def suggest(text: str, scope: SearchScope, *, limit: int = 6) -> Suggestions:
    """What `text` may become, at most `limit` (1 to 20) of each kind; a space finishes its last word.

    Without words, what is searched for most. Raises `InvalidRequest` for another limit, and for too many words.
    """
    started = time.perf_counter()
    words = SearchRequest(q=text).q
    checked_limit(limit)
    if not settings().enabled:
        return Suggestions(notices=(DISABLED,))
    shop = document()
    choices, language = Choices.of(shop, scope, {}), scope.search_language(shop.languages)
    # A space after the last word finishes it; the request has taken it away.
    typed = Beginning.of(words + " " * (bool(words) and text[-1].isspace()), language)
    known = _Known.read(typed, choices, limit)
    if known is None:
        return Suggestions(notices=(NOT_INDEXED,))
    found = _Suggester(Sold(choices, known.corpus.generation, language), scope, limit)
    queries, categories, products = found.offers(typed, known)
    if words and not (queries or categories or products):
        mended = typed.respelt(found.sold)
        more = None if mended is None else _Known.read(mended, choices, limit)
        if mended is not None and more is not None:
            queries, categories, products = found.offers(mended, more)
    took_ms = (time.perf_counter() - started) * 1000
    return Suggestions(queries, categories, products, took_ms=took_ms)


@dataclass(frozen=True)
class _Known:
    """What our own tables know of the words: the word statistics that serve, queries with their sessions, names of
    values, and terms with how many texts have them: those that are finished, and those that the last word may become.
    """

    corpus: Corpus
    queries: Sequence[Any] = ()
    names: Sequence[Any] = ()
    terms: Sequence[Any] = ()
    endings: Sequence[Any] = ()

    @classmethod
    def read(cls, typed: Beginning, choices: Choices, limit: int) -> _Known | None:
        """All in one statement; None before anything was counted. Of no words, and of too many, only queries."""
        language, most = typed.language, MOST_TRIED * limit
        words, like = typed.query(), typed.patterns()
        parts = [("query, sessions", *offered(words, language, most))]
        if words and typed.words <= MOST_WORDS:
            begun = [language, like, MOST_ENDINGS]
            parts += [
                ("facet, value, label", _NAMES, [words, language, list(choices.document.facets), most]),
                ("term, documents", _KNOWN, [language, typed.asked()]),
                ("term, documents", _ENDINGS, begun * 4),
            ]
        selects = [_FOLDED.format(columns=columns, rows=sql.format(own=_OWN)) for columns, sql, _ in parts]
        values = [value for *_, values in parts for value in values]
        with connections[choices.visible.db].cursor() as cursor:
            cursor.execute(
                f"WITH serving (id, declaration, documents, mean_lengths) AS MATERIALIZED ({SERVING})"  # noqa: S608
                f" SELECT serving.*, {', '.join(selects)} FROM serving",
                [*serving(language), *values],
            )
            row: Sequence[Any] | None = cursor.fetchone()
        return None if row is None else cls(corpus_of(row[:4], language), *map(json.loads, row[4:]))


@dataclass(frozen=True)
class _Suggester:
    """Offers to one scope what begins like a text."""

    sold: Sold
    scope: SearchScope
    limit: int

    def offers(
        self, typed: Beginning, known: _Known
    ) -> tuple[tuple[str, ...], tuple[CategorySuggestion, ...], tuple[Hit, ...]]:
        """Queries, categories and products for what is `typed`."""
        if typed.words > MOST_WORDS or (typed.text and not typed.words):
            return (), (), ()
        text = fold(typed.text.strip())
        queries = sorted(
            (query for query, _ in known.queries), key=lambda query: not fold(query).startswith(text)
        )
        shown = answered([query for query in queries if fold(query) != text], self.sold, self.limit)
        if not typed.words:
            return shown, (), ()
        return shown, self._categories(known.names, text), self._products(typed, known)

    def _categories(self, rows: Sequence[Any], begun: str) -> tuple[CategorySuggestion, ...]:
        """Of the values that were read those that some visible product has."""
        found = [CategorySuggestion(*row) for row in rows]
        found.sort(key=lambda each: not fold(each.label).startswith(begun))
        shown: list[CategorySuggestion] = []
        for start in range(0, len(found), self.limit):
            some = found[start : start + self.limit]
            names = (FacetName(facet=each.facet, value=each.value) for each in some)
            seen = self.sold.hold([self.sold.some(self.sold.keys_inside([name])) for name in names])
            shown += [each for each, there in zip(some, seen, strict=True) if there]
            if len(shown) >= self.limit:
                break
        return tuple(shown[: self.limit])

    def _products(self, typed: Beginning, known: _Known) -> tuple[Hit, ...]:
        """The best visible products that have every word, one of each group; the shop's own order between equals."""
        best: dict[str, Any] = {}
        key_of: Any = Text._meta.get_field("product")
        for key, group in self._matches(typed, known):
            best.setdefault(group, key)
        keys = [key_of.to_python(key) for key in islice(best.values(), self.limit)]
        return hits(keys, self.sold.choices, self.scope, None) if keys else ()

    def _matches(self, typed: Beginning, known: _Known) -> list[tuple[Any, str]]:
        """Some visible products that have all words, the best by BM25F first, each with its group.

        Where a large share of the texts has them, those of the newest keys: the index of terms would list them all.
        """
        sold, corpus, sought = self.sold, known.corpus, typed.sought(known.terms, known.endings)
        share, placed = sought.share(corpus.documents), sold.placed
        leg = _leg(typed, sought, corpus, sold) if share else None
        if leg is None or placed is None:  # some word is in no text that was counted, or nothing is visible
            return []
        conditions, terms = sought.conditions()
        frequent = share > FREQUENT
        # A look-up of the product for each text, and no join: the planner would read every visible one to find a few.
        # And no index of generation and language, which would list every text.
        sql = f"""
            SELECT said.pk, said.grp, {", ".join(f"array_to_string(said.{column}, ' ')" for column in _COLUMNS)}
            FROM (
                SELECT {", ".join(_COLUMNS)}, seen.*
                FROM {Text._meta.db_table} AS own,
                    LATERAL (SELECT * FROM ({placed[0]}) AS one WHERE one.pk = own.product LIMIT 1) AS seen
                WHERE (generation_id = %s AND language = %s) IS TRUE AND {conditions}
                {"ORDER BY product DESC" if frequent else ""} LIMIT {MOST_SCORED}
            ) AS said ORDER BY {placed[2]}
        """  # noqa: S608
        off = ("jit", "enable_seqscan", "enable_bitmapscan" if frequent else "enable_indexscan")
        rows = read_without(sold.using, off, sql, [*placed[1], sold.generation.pk, typed.language, *terms])
        score = {
            key: leg.evidence.score(
                said.split(" "), [*map(int, frequencies.split())], [*map(int, lengths.split())]
            )
            for key, _, said, frequencies, lengths in rows
        }
        # Equals stay in the shop's own order.
        return [(key, group) for key, group, *_ in sorted(rows, key=lambda row: -score[row[0]])]


def _leg(typed: Beginning, sought: Sought, corpus: Corpus, sold: Sold) -> KeywordLeg | None:
    """The words as a leg; one that can be said in several ways counts as whichever a text says best."""
    terms, ways, idf = {}, {}, {}
    for first, *others in sought.groups:
        if first in terms:
            continue
        terms[first], ways[first] = 1, tuple((other,) for other in others)
        having = sum(sought.counts.get(term, 0) for term in (first, *others))
        idf[first] = inverse_frequency(corpus.documents, having)
    alternatives = {term: others for term, others in ways.items() if others}
    query = Query(typed.text, typed.language, terms, None, alternatives=alternatives)
    serving = Serving(corpus.generation, None, corpus, False, False)
    return KeywordLeg.of(query, serving, sold.choices.document, using=sold.using, idf=idf)
