"""What a shopper may mean while typing: queries of others, values of facets, and products with their cards.

Everything offered leads somewhere for this very scope. What is typed is taken as it stands first, and mended only
where the shop has nothing that begins so.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models.expressions import Col

from ..conf import settings
from ..documents import SearchScope, document
from ..models import Corpus, FacetName, TermFrequency, Text, Word
from ..text import fold
from .answer import Hit
from .beginnings import FREQUENT, HAS_WORDS, MOST_ENDINGS, Beginning, Endings
from .completions import MOST_TRIED, answered, checked_limit, offered, serving_corpus
from .engine import DISABLED, NOT_INDEXED
from .filters import Choices
from .grouping import browse_order, group_text
from .lexical import KeywordLeg
from .lexical import idf as inverse_frequency
from .page import hits
from .request import SearchRequest
from .serving import Serving
from .snapshot import KeyIn, transaction_without
from .sold import Sold
from .understanding import Query

#: Texts with all words that are scored for the products offered.
MOST_SCORED = 60
#: A text with more words is no query that is being typed.
MOST_WORDS = 20

_NAMES = f"""
    SELECT facet, value, label FROM {FacetName._meta.db_table}
    WHERE {HAS_WORDS} AND generation_id = %s AND language = %s AND facet = ANY(%s::text[])
    ORDER BY length(label), label, facet, value LIMIT %s
"""  # noqa: S608 - names of ours
_KNOWN = f"""
    SELECT term, documents FROM {TermFrequency._meta.db_table}
    WHERE generation_id = %s AND language = %s AND term = ANY(%s::text[])
"""  # noqa: S608 - a name of ours
#: Written words that begin so, and stems, among which are numbers and codes.
_BEGUN = f"""
    (SELECT term, documents FROM {Word._meta.db_table}
    WHERE generation_id = %s AND language = %s AND word LIKE %s ORDER BY documents DESC, word LIMIT %s)
    UNION ALL
    (SELECT term, documents FROM {TermFrequency._meta.db_table}
    WHERE generation_id = %s AND language = %s AND term LIKE %s ORDER BY documents DESC, term LIMIT %s)
"""  # noqa: S608 - names of ours
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
    corpus = serving_corpus(language, using=choices.visible.db)
    if corpus is None:
        return Suggestions(notices=(NOT_INDEXED,))
    # A space after the last word finishes it; the request has taken it away.
    beginning = Beginning.of(words + " " * (bool(words) and text[-1].isspace()), language)
    suggester = _Suggester(Sold(choices, corpus.generation, language), corpus, scope, limit)
    queries, categories, products = suggester.offers(beginning)
    if words and not (queries or categories or products):
        mended = beginning.respelt(suggester.sold)
        if mended is not None:
            queries, categories, products = suggester.offers(mended)
    took_ms = (time.perf_counter() - started) * 1000
    return Suggestions(queries, categories, products, took_ms=took_ms)


@dataclass(frozen=True)
class _Suggester:
    """Offers to one scope what begins like a text."""

    sold: Sold
    corpus: Corpus
    scope: SearchScope
    limit: int

    def offers(
        self, typed: Beginning
    ) -> tuple[tuple[str, ...], tuple[CategorySuggestion, ...], tuple[Hit, ...]]:
        """Queries, categories and products for what is `typed`."""
        words = len(typed.finished) + bool(typed.last or typed.meant)
        if words > MOST_WORDS or (typed.text and not words):
            return (), (), ()
        asked, names, known, begun = self._look_up(typed)
        text = fold(typed.text.strip())
        queries = sorted((query for query, _ in asked), key=lambda query: not fold(query).startswith(text))
        shown = answered([query for query in queries if fold(query) != text], self.sold, self.limit)
        if not words:
            return shown, (), ()
        return shown, self._categories(names, text), self._products(typed, typed.endings(known, begun))

    def _look_up(self, typed: Beginning) -> Sequence[list[list[Any]]]:
        """Queries with their sessions, names of values, and terms with how many texts have them: those that are
        finished, and those that the last word may become. All from our own tables, in one statement.
        """
        sold, language, most = self.sold, typed.language, MOST_TRIED * self.limit
        own: list[Any] = [sold.generation.pk, language]
        words, like = typed.query(), typed.patterns()
        parts = [("query, sessions", *offered(words, language, most))]
        if words:
            facets = list(sold.choices.document.facets)
            parts += [
                ("facet, value, label", _NAMES, [words, *own, facets, most]),
                ("term, documents", _KNOWN, [*own, typed.asked()]),
                ("term, documents", _BEGUN, [*own, like, MOST_ENDINGS, *own, like, MOST_ENDINGS]),
            ]
        selects = [_FOLDED.format(columns=columns, rows=sql) for columns, sql, _ in parts]
        with connections[sold.using].cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(selects)}", [value for *_, values in parts for value in values]
            )
            row: Sequence[str] = cursor.fetchone() or ()
        return [json.loads(cell) for cell in row] + [[]] * (4 - len(parts))

    def _categories(self, rows: list[list[str]], begun: str) -> tuple[CategorySuggestion, ...]:
        """Of the values that were read those that some visible product has."""
        found = [CategorySuggestion(*row) for row in rows]
        found.sort(key=lambda each: not fold(each.label).startswith(begun))
        shown: list[CategorySuggestion] = []
        for start in range(0, len(found), self.limit):
            some = found[start : start + self.limit]
            inside = {
                str(at): self.sold.inside([FacetName(facet=each.facet, value=each.value)])
                for at, each in enumerate(some)
            }
            seen = self.sold.any(inside)
            shown += [each for at, each in enumerate(some) if seen[str(at)]]
            if len(shown) >= self.limit:
                break
        return tuple(shown[: self.limit])

    def _products(self, typed: Beginning, endings: Endings) -> tuple[Hit, ...]:
        """The best visible products that have every word, one of each group; the shop's own order between equals."""
        matches = self._matches(typed, endings)
        if not matches:
            return ()
        choices = self.sold.choices
        ordered = choices.visible.filter(KeyIn("pk", list(matches))).order_by(*browse_order(choices.document))
        keys = sorted(ordered.values_list("pk", flat=True), key=lambda key: -matches[key][1])
        best: dict[str, Any] = {}
        for key in keys:
            best.setdefault(matches[key][0], key)
        return hits(list(best.values())[: self.limit], choices, self.scope, None)

    def _matches(self, typed: Beginning, endings: Endings) -> dict[Any, tuple[str, float]]:
        """Some visible products that have all words, each with its group and BM25F.

        Where a large share of the texts has them, those of the newest keys: the index of terms would list them all.
        """
        leg, sold, share = self._leg(typed, endings), self.sold, endings.share(self.corpus.documents)
        if leg is None or not share:  # some word is in no text that was counted
            return {}
        connection = connections[sold.using]
        visible = sold.choices.visible.annotate(ps_own=group_text(sold.choices.document))
        try:
            products, seen = visible.values_list("pk", "ps_own").query.get_compiler(sold.using).as_sql()
        except EmptyResultSet:  # Django knows that nothing is visible
            return {}
        column_of: Any = Text._meta.get_field
        leg.evidence.set_source_expressions([Col("said", column_of(column)) for column in _COLUMNS])
        compiler = leg.rows.query.get_compiler(sold.using)
        evidence, weights = leg.evidence.as_sql(compiler, connection)
        conditions = [("terms @> %s::text[]", list(endings.every))] * bool(endings.every)
        conditions += [("terms && %s::text[]", list(endings.ends))] * bool(endings.ends)
        # A look-up of the product for each text, and no join: the planner would read every visible one to find a few.
        # And no index of generation and language, which would list every text.
        sql = f"""
            SELECT product, grp, ({evidence})[1] FROM (
                SELECT product, {", ".join(_COLUMNS)},
                    (SELECT grp FROM ({products}) AS seen(pk, grp) WHERE seen.pk = product LIMIT 1) AS grp
                FROM {Text._meta.db_table} WHERE (generation_id = %s AND language = %s) IS TRUE
                    AND {" AND ".join(condition for condition, _ in conditions)}
            ) AS said WHERE grp IS NOT NULL
        """  # noqa: S608
        frequent = share > FREQUENT
        sql += f"{'ORDER BY product DESC' if frequent else ''} LIMIT {MOST_SCORED}"
        parameters = [*weights, *seen, sold.generation.pk, typed.language]
        parameters += [value for _, value in conditions]
        off = ("jit", "enable_seqscan", "enable_bitmapscan" if frequent else "enable_indexscan")
        with transaction_without(sold.using, off), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found = cursor.fetchall()
        key_of = column_of("product")
        return {key_of.to_python(key): (group, raw) for key, group, raw in found}

    def _leg(self, typed: Beginning, endings: Endings) -> KeywordLeg | None:
        """The words as a leg; the unfinished one counts as whichever of its endings a text says best."""
        terms = dict.fromkeys(endings.every, 1)
        ways: dict[str, tuple[tuple[str, ...], ...]] = {}
        if endings.ends:
            last, *others = endings.ends
            terms.setdefault(last, 1)
            ways[last] = tuple((other,) for other in others)
        counts, documents = endings.counts, self.corpus.documents
        idf = {
            term: inverse_frequency(
                documents, counts.get(term, 0) + sum(counts.get(other, 0) for (other,) in ways.get(term, ()))
            )
            for term in terms
        }
        query = Query(typed.text, typed.language, terms, None, alternatives=ways)
        serving = Serving(self.sold.generation, None, self.corpus, False, False)
        return KeywordLeg.of(query, serving, self.sold.choices.document, using=self.sold.using, idf=idf)
