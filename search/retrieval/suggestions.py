"""What a shopper may mean while typing: queries of others, values of facets, and products with their cards.

Everything offered leads somewhere for this very scope. What is typed is taken as it stands first, and mended only
where the shop has nothing that begins so.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, OuterRef, Q, QuerySet, Subquery, TextField, Value, Window
from django.db.models.functions import Cast, Length, RowNumber

from ..conf import settings
from ..documents import SearchScope, document
from ..models import Corpus, FacetName, Text
from ..text import fold
from .answer import Hit
from .beginnings import FREQUENT, Beginning, Endings, HasWords, WithoutIndex, matching
from .completions import MOST_TRIED, answered, checked_limit, offered, serving_corpus
from .engine import DISABLED, NOT_INDEXED
from .filters import Choices
from .grouping import browse_order, group_text
from .lexical import KeywordLeg, KeywordMatch
from .lexical import idf as inverse_frequency
from .page import hits, read_key
from .request import SearchRequest
from .serving import Serving
from .snapshot import KeyIn, Part, local_settings, read
from .sold import Sold
from .understanding import Query

#: Texts with all words that are scored for the products offered.
MOST_SCORED = 60
#: A text with more words is no query that is being typed.
MOST_WORDS = 20

_QUERIES = "SELECT json_build_array(query) AS cells FROM {part}"
_NAMES = "SELECT json_build_array(facet, value, label) AS cells FROM {part}"
_ROWS = "SELECT json_build_array(key, grp, place) AS cells FROM {part}"


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
        using = self.sold.using
        parts = {"queries": self._queries(typed)}
        if words:
            parts |= {"names": self._names(typed)} | typed.counts(self.sold.generation, using=using)
        rows = read(parts, using=using)
        begun = fold(typed.text.strip())
        queries = [query for (query,) in rows["queries"]]
        queries.sort(key=lambda query: not fold(query).startswith(begun))
        shown = answered([query for query in queries if fold(query) != begun], self.sold, self.limit)
        if not words:
            return shown, (), ()
        endings = typed.endings(rows)
        return shown, self._categories(rows["names"], begun), self._products(typed, endings)

    def _queries(self, typed: Beginning) -> Part:
        rows = offered(typed.language, using=self.sold.using)
        if typed.finished or typed.last:
            rows = rows.filter(HasWords.typed(typed))
        return Part(rows.values_list("query")[: MOST_TRIED * self.limit], ("query",), _QUERIES)

    def _names(self, typed: Beginning) -> Part:
        rows = FacetName.objects.using(self.sold.using).filter(
            HasWords.typed(typed),
            generation=self.sold.generation,
            language=typed.language,
            facet__in=list(self.sold.choices.document.facets),
        )
        shortest = rows.order_by(Length("label"), "label", "facet", "value")
        columns = ("facet", "value", "label")
        return Part(shortest.values_list(*columns)[: MOST_TRIED * self.limit], columns, _NAMES)

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
        """The best visible products that have every word, one of each group."""
        matches = self._matches(typed, endings)
        if not matches:
            return ()
        choices, using = self.sold.choices, self.sold.using
        order = Window(RowNumber(), order_by=list(browse_order(choices.document)))
        rows = choices.visible.filter(KeyIn("pk", list(matches))).annotate(
            ps_key=Cast("pk", TextField()), ps_group=group_text(choices.document), ps_place=order
        )
        part = Part(rows.values_list("ps_key", "ps_group", "ps_place"), ("key", "grp", "place"), _ROWS)
        found = [
            (read_key(key), group, place) for key, group, place in read({"rows": part}, using=using)["rows"]
        ]
        found.sort(key=lambda row: (-matches[row[0]].raw, row[2]))
        best: dict[str, Any] = {}
        for key, group, _ in found:
            best.setdefault(group, key)
        return hits(list(best.values())[: self.limit], choices, self.scope, None)

    def _matches(self, typed: Beginning, endings: Endings) -> Mapping[Any, KeywordMatch]:
        """What the words say of some visible products that have them all.

        Where a large share of the texts has them, those of the newest keys: the index of terms would list them all.
        """
        documents, using = self.corpus.documents, self.sold.using
        frequent = endings.share(documents) > FREQUENT
        rows = matching(self._visible_texts(), endings.every, endings.ends)
        if frequent:
            rows, planned = rows.order_by("-product"), {"enable_seqscan": "off", "enable_bitmapscan": "off"}
        else:
            planned = {"enable_seqscan": "off", "enable_indexscan": "off"}
        leg = self._leg(typed, endings)
        if leg is None:
            return {}
        with transaction.atomic(using=using), local_settings(using, jit="off", **planned):
            return leg.read(rows[:MOST_SCORED])

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

    def _visible_texts(self) -> QuerySet[Text]:
        own = WithoutIndex(Q(generation=self.sold.generation, language=self.sold.language))
        # A look-up for each text, and no join: the planner would read every visible product to find a few.
        seen = self.sold.choices.visible.filter(pk=OuterRef("product")).annotate(ps_seen=Value(True))
        one: Any = Subquery(seen.values("ps_seen")[:1], output_field=BooleanField())
        return Text.objects.using(self.sold.using).filter(own, one)
