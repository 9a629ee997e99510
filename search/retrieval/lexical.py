"""The keyword leg: which texts have enough of a query's words, and BM25F of those.

Matching is by GIN: a text has all of one of the sets of words that suffice. Scoring runs over matched rows only.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Exists, OuterRef, Q, QuerySet

from ..documents import ProductDocument
from ..models import Corpus, Tag, TagState, TermFrequency, Text
from .attributes import Attribute
from .beginnings import WithoutIndex
from .bm25f import K1, KeywordEvidence
from .matches import KeywordMatch, KeywordMatches
from .selectivity import Keys
from .serving import Serving
from .snapshot import KeyIn, array_of, key_type
from .understanding import Alternatives, Query

_OWN = "generation_id = %s AND language = %s"
#: Sets of words, one of which a text must have whole, that the index of terms is asked for.
MOST_SETS = 12
#: Snapshots of word statistics of which a process remembers the terms that it was asked for.
KEPT_SNAPSHOTS = 8


@dataclass(frozen=True)
class KeywordLeg:
    """Words of one query over the serving texts of one language.

    `alternatives` are other ways in which texts may say a term: a text that has all of one has the term.
    """

    generation: int
    language: str
    rows: QuerySet[Text]
    #: The same to be found by their terms alone: beside them the planner would read an index that lists every text.
    by_terms: QuerySet[Text]
    terms: Mapping[str, int]
    alternatives: Alternatives
    idf: Mapping[str, float]
    evidence: KeywordEvidence
    #: About how many texts there are.
    documents: int = 0
    #: Terms that no visible product has.
    foreign: Collection[str] = ()
    #: What tags may say in the place of texts.
    attributes: tuple[Attribute, ...] = ()

    @classmethod
    def of(
        cls,
        query: Query,
        serving: Serving,
        shop: ProductDocument,
        *,
        using: str,
        idf: Mapping[str, float] | None = None,
    ) -> KeywordLeg | None:
        """The leg for `query`, with `idf` where that was read; None when it has no words or nothing is indexed."""
        if not query.terms or serving.generation is None:
            return None
        alternatives = query.alternatives
        attributes = tuple(
            each for each in query.attributes if each.wanted and set(each.terms) <= set(query.terms)
        )
        if idf is None:
            idf = inverse_frequencies(
                list(query.terms), query.language, serving, alternatives, query.foreign, using=using
            )
            idf = _less_what_is_tagged(idf, attributes, serving, using=using)
        own = Q(generation=serving.generation, language=query.language)
        texts = Text.objects.using(using)
        # Frequencies lie in the order of the fields that were indexed; until a changed document's texts are complete,
        # those are the fields of the document before it.
        fields = serving.generation.declaration.get("fields") or list(shop.texts)
        weights = [shop.texts[field].weight if field in shop.texts else 1.0 for field in fields]
        means = mean_lengths(serving.corpus, len(weights))
        evidence = KeywordEvidence(query.terms, idf, weights, means, alternatives)
        documents = 0 if serving.corpus is None else serving.corpus.documents
        rows, by_terms = texts.filter(own), texts.filter(WithoutIndex(own))
        foreign = frozenset(query.foreign)
        where = (serving.generation.pk, query.language)
        return cls(
            *where, rows, by_terms, query.terms, alternatives, idf, evidence, documents, foreign, attributes
        )

    def find(self, products: QuerySet[Any] | None, floor: float) -> KeywordMatches:
        """Of `products` (None: of all), those that cover a share of at least `floor` of the query, or all of it."""
        which, passing = Q(), ("", ())
        if products is not None:
            try:
                keys = Keys.of(products)
            except EmptyResultSet:  # Django knows that there are none
                return KeywordMatches.of({})
            which, passing = Q(product__in=keys.products), (f" AND product IN ({keys.sql})", keys.parameters)
        covering, parameters = self._covering(floor)
        # By their terms alone: beside them the planner would read an index that lists every text.
        where = f"({_OWN}) IS TRUE AND ({covering}){passing[0]}"
        asked = (*self._own, *parameters, *passing[1])
        if not self.attributes:
            return self._read(where, asked, floor)
        matches, tagged = self._read(where, asked), self._tagged(which)
        if unread := [key for key in tagged if key not in matches]:
            matches |= self._of(unread)
        return _with_tags(matches, tagged).reaching(floor)

    def score(self, keys: Sequence[Any]) -> KeywordMatches:
        """What the words say of each of `keys`; one that has none of them is absent."""
        return _with_tags(self._of(keys), self._tagged(Q(KeyIn("product", keys))))

    @property
    def _own(self) -> tuple[Any, ...]:
        return self.generation, self.language

    def _of(self, keys: Sequence[Any]) -> KeywordMatches:
        # Found by their keys alone: beside them the index of a frequent word would list every text that has it.
        connection = connections[self.rows.db]
        where = f"{_OWN} AND product = ANY(%s::{key_type(connection)}[])"
        return self._read(where, (*self._own, array_of(keys, connection)))

    def _tagged(self, which: Q) -> dict[Any, float]:
        """The share of the query's idf that tags say of products and their texts do not, as surely as they say it."""
        most, found = sum(self.idf.values()), dict[Any, float]()
        for each, best in self._by_attribute(which):
            share = sum(self.idf[term] for term in set(each.terms)) / most
            for key, sure in best.items():
                found[key] = found.get(key, 0.0) + share * sure
        return found

    def tagged_terms(self, keys: Sequence[Any]) -> dict[Any, set[str]]:
        """The terms that tags say of each of `keys` and its text does not; without those of which they say none."""
        found: dict[Any, set[str]] = {}
        for each, best in self._by_attribute(Q(KeyIn("product", keys))):
            for key in best:
                found.setdefault(key, set()).update(each.terms)
        return found

    def _by_attribute(self, which: Q) -> Iterator[tuple[Attribute, dict[Any, float]]]:
        """Of each attribute the products whose tags say it and whose texts do not, with how surely the tags do."""
        for each in self.attributes:
            texts = self.rows.filter(product=OuterRef("product"), terms__contains=list(each.terms))
            tags = Tag.objects.using(self.rows.db).filter(which, ~Exists(texts), said_by_tags(each))
            best: dict[Any, float] = {}
            for key, probability, state in tags.values_list("product", "probability", "state"):
                sure = 1.0 if state == TagState.ACCEPTED else probability
                best[key] = max(best.get(key, 0.0), sure)
            yield each, best

    def _covering(self, floor: float) -> tuple[str, tuple[Any, ...]]:
        """That a text may cover a share of `floor`, as far as the index of terms can tell: SQL with parameters."""
        has_one, has_all = "terms && %s::text[]", "terms @> %s::text[]"
        alone: list[str] = []
        covering: list[str] = []
        parameters: list[Any] = []
        for words in sufficient_words(self.idf, floor):
            if len(words) == 1:
                alone += self.every_way(words)
            elif any(self.alternatives.get(word) for word in words):
                covering.append(f"({' AND '.join([has_one] * len(words))})")
                parameters += (self.every_way([word]) for word in words)
            else:
                covering.append(has_all)
                parameters.append(list(words))
        if alone or not covering:
            covering.append(has_one)
            parameters.append(alone)
        return " OR ".join(covering), tuple(parameters)

    def every_way(self, terms: Iterable[str]) -> list[str]:
        """`terms` and all terms of their alternatives."""
        ways = (way for term in terms for way in ((term,), *self.alternatives.get(term, ())))
        return list(dict.fromkeys(term for way in ways for term in way))

    def _read(self, where: str, parameters: Sequence[Any], floor: float = 0.0) -> KeywordMatches:
        """What the words say of each text that meets `where` and covers a share of at least `floor`, or all of it."""
        said = self.evidence.read(where, parameters, using=self.rows.db)
        most, every = sum(self.idf.values()), len(self.terms)
        # Counted, not summed: a sum of floats may fall short of the whole by its last digit.
        share = np.where(said.having == every, 1.0, said.covered / most)
        return KeywordMatches(said.keys, said.raw, share, said.raw / (most * (K1 + 1)), said.exact).reaching(
            floor
        )


def said_by_tags(attribute: Attribute) -> Q:
    """Tags that say what is wanted of `attribute`, unless somebody has said that it is not so."""
    return Q(attribute=attribute.name, value__in=attribute.values) & ~Q(state=TagState.REJECTED)


def _with_tags(matches: KeywordMatches, tagged: Mapping[Any, float]) -> KeywordMatches:
    """`matches` with the shares that tags add; what is all said is complete, whatever the last digits say."""
    if not tagged:
        return matches
    nothing = KeywordMatch(0.0, 0.0, 0.0, exact=False)
    matches |= KeywordMatches.of({key: nothing for key in tagged if key not in matches})
    both = matches.share.copy()
    for key, share in tagged.items():
        place = matches.places[key]
        both[place] = 1.0 if both[place] + share > 1 - 1e-9 else both[place] + share
    return replace(matches, share=both)


def _less_what_is_tagged(
    idf_of: Mapping[str, float], attributes: Sequence[Attribute], serving: Serving, *, using: str
) -> dict[str, float]:
    """`idf_of` with less for terms that tags say: those that are in few texts may be in many tags."""
    found = dict(idf_of)
    if serving.corpus is None or not serving.corpus.documents:
        return found
    for each in attributes:
        tagged = Tag.objects.using(using).filter(said_by_tags(each)).values("product").distinct().count()
        for term in each.terms:
            found[term] = min(found[term], idf(serving.corpus.documents, tagged))
    return found


def inverse_frequencies(
    terms: Sequence[str],
    language: str,
    serving: Serving,
    alternatives: Alternatives | None = None,
    foreign: Collection[str] = (),
    *,
    using: str,
) -> dict[str, float]:
    """Each term's idf, above 0; a term in no text has the highest. Without a snapshot all count the same.

    A term stands in as many texts as it and its `alternatives` do together, whichever of them are rare. One that is
    `foreign` stands in none: how often products say it that can't be seen is not to be told from a score.
    """
    ways = {term: ((term,), *(alternatives or {}).get(term, ())) for term in terms}
    corpus = serving.corpus
    if corpus is None or corpus.documents == 0:
        return dict.fromkeys(terms, 1.0)
    known = _documents(
        {part for each in ways.values() for way in each for part in way}, language, serving, using=using
    )
    return {
        term: idf(
            corpus.documents,
            sum(
                min(known.get(part, 0) for part in way)
                for way in each
                if way != (term,) or term not in foreign
            ),
        )
        for term, each in ways.items()
    }


@lru_cache(maxsize=KEPT_SNAPSHOTS)
def _counted(*snapshot: Any) -> dict[str, int]:
    """In how many texts of a snapshot each term stands that was read so far."""
    return {}


def _documents(asked: Collection[str], language: str, serving: Serving, *, using: str) -> dict[str, int]:
    """In how many texts each of the terms `asked` stands, as counted in the serving snapshot: that never changes, so a
    process reads each of its terms once.
    """
    corpus: Any = serving.corpus
    terms = _counted(connections[using].settings_dict["NAME"], corpus.pk, corpus.version, corpus.built_at)
    if unread := [term for term in asked if term not in terms]:
        rows = TermFrequency.objects.using(using).filter(
            generation=serving.generation, language=language, term__in=unread
        )
        terms.update(rows.values_list("term", "documents"))
    return {term: terms[term] for term in asked if term in terms}


def idf(documents: int, having: int) -> float:
    """BM25's inverse document frequency of a term that stands in `having` of `documents` texts, above 0."""
    having = min(having, documents)  # the snapshot's two tables may be of different moments
    return math.log(1 + (documents - having + 0.5) / (having + 0.5))


def mean_lengths(corpus: Corpus | None, fields: int) -> list[float] | None:
    """Mean number of terms of each field; None without a snapshot, or with one of another declaration."""
    if corpus is None or len(corpus.mean_lengths) != fields:
        return None
    return list(corpus.mean_lengths)


def deciding_terms(idf: Mapping[str, float], floor: float) -> list[str]:
    """The rarest terms, so many that a text without any of them can't cover a share of `floor`."""
    rest = sum(idf.values())
    needed = floor * rest
    chosen: list[str] = []
    for term in sorted(idf, key=lambda term: (-idf[term], term)):
        if chosen and rest < needed - 1e-9:
            break
        chosen.append(term)
        rest -= idf[term]
    return chosen


def sufficient_words(idf: Mapping[str, float], floor: float) -> list[tuple[str, ...]]:
    """Sets of terms, one of which every text has whole that covers a share of `floor`, or all.

    So a text with one frequent word out of three need not be looked at. Where those sets are many, they are of fewer
    words each, which more texts have; of one word each they are the `deciding_terms`.
    """
    terms = sorted(idf, key=lambda term: (-idf[term], term))
    rest = [0.0]  # what each term and all that are more frequent cover together, from the last to the first
    for term in reversed(terms):
        rest.append(rest[-1] + idf[term])
    rest.reverse()
    needed = min(floor, 1.0) * rest[0] - 1e-6

    def sets(begun: tuple[str, ...], covered: float, start: int, size: int) -> Iterator[tuple[str, ...]]:
        if begun and (covered >= needed or len(begun) == size):
            yield begun
            return
        for at in range(start, len(terms)):
            if covered + rest[at] >= needed:
                yield from sets((*begun, terms[at]), covered + idf[terms[at]], at + 1, size)

    found = list(sets((), 0.0, 0, 1))
    for size in range(2, min(len(terms), MOST_SETS) + 1):
        closer = list(islice(sets((), 0.0, 0, size), MOST_SETS + 1))
        if len(closer) > MOST_SETS:
            break
        found = closer
    return found
