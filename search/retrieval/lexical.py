"""The keyword leg: BM25F over stored terms, in one expression over the stored arrays.

Matching is by GIN (`terms && rarest words`); scoring runs over matched rows only. Weights, k1, b and idf come with the
query, so none of them needs a re-index (Robertson, Zaragoza, Taylor: Simple BM25 extension to multiple weighted
fields, 2004).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, Expression, F, FloatField, OuterRef, Q, QuerySet

from ..documents import ProductDocument
from ..models import Corpus, Tag, TagState, TermFrequency, Text
from .attributes import Attribute
from .serving import Serving
from .snapshot import KeyIn
from .understanding import Alternatives, Query

K1 = 1.2
B = 0.75


@dataclass(frozen=True)
class KeywordMatch:
    """What the words say of one product.

    `share` of the query's idf that it covers, in 0..1 (1: every word); `strength` is BM25F over the most that the query
    could give, in 0..1; `raw` is BM25F itself; `exact` when one field consists of exactly the query's words.
    """

    raw: float
    share: float
    strength: float
    exact: bool

    @property
    def complete(self) -> bool:
        """Whether it has every word of the query."""
        return self.share >= 1.0


@dataclass(frozen=True)
class KeywordLeg:
    """Words of one query over the serving texts of one language.

    `alternatives` are other ways in which texts may say a term: a text that has all of one has the term.
    """

    rows: QuerySet[Text]
    terms: Mapping[str, int]
    alternatives: Alternatives
    idf: Mapping[str, float]
    evidence: KeywordEvidence
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
            idf = inverse_frequencies(list(query.terms), query.language, serving, alternatives, using=using)
            idf = _less_what_is_tagged(idf, attributes, serving, using=using)
        rows = Text.objects.using(using).filter(generation=serving.generation, language=query.language)
        # Frequencies lie in the order of the fields that were indexed; until a changed document's texts are complete,
        # those are the fields of the document before it.
        fields = serving.generation.declaration.get("fields") or list(shop.texts)
        weights = [shop.texts[field].weight if field in shop.texts else 1.0 for field in fields]
        means = mean_lengths(serving.corpus, len(weights))
        evidence = KeywordEvidence(query.terms, idf, weights, means, alternatives)
        return cls(rows, query.terms, alternatives, idf, evidence, frozenset(query.foreign), attributes)

    def find(self, products: QuerySet[Any], floor: float) -> dict[Any, KeywordMatch]:
        """Of `products`, those that cover a share of at least `floor` of the query, or all of it."""
        deciding = self.every_way(deciding_terms(self.idf, floor))
        matches = self.read(self.rows.filter(terms__overlap=deciding, product__in=products.values("pk")))
        tagged = self._tagged(Q(product__in=products.values("pk")))
        if unread := [key for key in tagged if key not in matches]:
            matches |= self.read(self.rows.filter(KeyIn("product", unread)))
        matches = _with_tags(matches, tagged)
        return {key: match for key, match in matches.items() if match.share >= floor or match.complete}

    def score(self, keys: Sequence[Any]) -> dict[Any, KeywordMatch]:
        """What the words say of each of `keys`; one that has none of them is absent."""
        # Found by their keys alone: beside them the index of a frequent word would list every text that has it.
        matches = self.read(self.rows.filter(KeyIn("product", keys)))
        return _with_tags(matches, self._tagged(Q(KeyIn("product", keys))))

    def _tagged(self, which: Q) -> dict[Any, float]:
        """The share of the query's idf that tags say of products and their texts do not, as surely as they say it."""
        most, found = sum(self.idf.values()), dict[Any, float]()
        for each in self.attributes:
            texts = self.rows.filter(product=OuterRef("product"), terms__contains=list(each.terms))
            tags = Tag.objects.using(self.rows.db).filter(which, ~Exists(texts), said_by_tags(each))
            share = sum(self.idf[term] for term in set(each.terms)) / most
            best: dict[Any, float] = {}
            for key, probability, state in tags.values_list("product", "probability", "state"):
                sure = 1.0 if state == TagState.ACCEPTED else probability
                best[key] = max(best.get(key, 0.0), sure)
            for key, sure in best.items():
                found[key] = found.get(key, 0.0) + share * sure
        return found

    def every_way(self, terms: Iterable[str]) -> list[str]:
        """`terms` and all terms of their alternatives."""
        ways = (way for term in terms for way in ((term,), *self.alternatives.get(term, ())))
        return list(dict.fromkeys(term for way in ways for term in way))

    def read(self, rows: QuerySet[Text]) -> dict[Any, KeywordMatch]:
        """What the words say of each of `rows`, by product."""
        most = sum(self.idf.values())
        matches: dict[Any, KeywordMatch] = {}
        for key, (raw, covered, having, exact) in rows.annotate(ps_evidence=self.evidence).values_list(
            "product", "ps_evidence"
        ):
            if not having:
                continue
            # Counted, not summed: a sum of floats may fall short of the whole by its last digit.
            share = 1.0 if having == len(self.terms) else covered / most
            matches[key] = KeywordMatch(raw, share, raw / (most * (K1 + 1)), exact > 0)
        return matches


def said_by_tags(attribute: Attribute) -> Q:
    """Tags that say what is wanted of `attribute`, unless somebody has said that it is not so."""
    return Q(attribute=attribute.name, value__in=attribute.values) & ~Q(state=TagState.REJECTED)


def _with_tags(matches: dict[Any, KeywordMatch], tagged: Mapping[Any, float]) -> dict[Any, KeywordMatch]:
    """`matches` with the shares that tags add; what is all said is complete, whatever the last digits say."""
    found = dict(matches)
    for key, share in tagged.items():
        match = found.get(key, KeywordMatch(0.0, 0.0, 0.0, exact=False))
        both = match.share + share
        found[key] = replace(match, share=1.0 if both > 1 - 1e-9 else both)
    return found


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


class KeywordEvidence(Expression):
    """For one row of `Text`: `ARRAY[BM25F, idf covered, words covered, 1 if a field is exactly the query]`.

    One pass over the query's words for each row. A word's frequencies in all fields lie side by side, so its place
    among the sorted terms is looked up once.
    """

    output_field: ArrayField[Any, Any] = ArrayField(FloatField())

    def __init__(
        self,
        terms: Mapping[str, int],
        idf: Mapping[str, float],
        weights: Sequence[float],
        mean_lengths: Sequence[float] | None,
        alternatives: Alternatives | None = None,
    ) -> None:
        super().__init__()
        self.query = terms
        self.alternatives = alternatives or {}
        self.idf = idf
        self.weights = weights
        self.means = mean_lengths
        self.columns: list[Any] = [F("terms"), F("frequencies"), F("lengths")]

    def get_source_expressions(self) -> list[Any]:
        return self.columns

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.columns = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        terms, frequencies, lengths = (compiler.compile(column)[0] for column in self.columns)
        fields = range(1, len(self.weights) + 1)
        # Only numbers of ours are written into the SQL (hence no S608); words are parameters.
        frequency = {f: f"{frequencies}[(at - 1) * {len(fields)} + {f}]" for f in fields}
        weighted = " + ".join(
            f"{weight!r}::float8 * {frequency[f]} / {self._length(f'{lengths}[{f}]', f - 1)}"
            for f, weight in zip(fields, map(float, self.weights), strict=True)
        )
        score = f"idf * tf * {K1 + 1}::float8 / ({K1}::float8 + tf)"
        written = sum(self.query.values())
        each_exact = (
            f"min(({frequency[f]} = times)::int) * ({lengths}[{f}] = {written})::int" for f in fields
        )
        exact = f"CASE WHEN count(at) = {len(self.query)} THEN greatest({', '.join(each_exact)}) ELSE 0 END"
        found = f"LATERAL array_position({terms}, term) AS at"
        counted = f"LATERAL (SELECT ({weighted})::float8) AS weighted(tf)"
        own: list[Any] = [list(self.query), list(self.query.values())]
        weights = [self.idf[term] for term in self.query]
        if not self.alternatives:
            sql = f"""(
                SELECT ARRAY[coalesce(sum({score}), 0), coalesce(sum(idf), 0), count(at), {exact}]::float8[]
                FROM unnest(%s::text[], %s::int[], %s::float8[]) AS word(term, times, idf), {found}, {counted}
                WHERE at IS NOT NULL
            )"""  # noqa: S608
            return sql, (*own, weights)
        # The best way in which a text says each word: of one of several terms, it must have them all.
        sql = f"""(
            SELECT ARRAY[coalesce(sum(best), 0), coalesce(sum(idf), 0), count(*), (
                SELECT {exact} FROM unnest(%s::text[], %s::int[]) AS word(term, times), {found} WHERE at IS NOT NULL
            )]::float8[]
            FROM (
                SELECT idf, max(said) AS best FROM (
                    SELECT place, idf, sum({score}) / size AS said
                    FROM unnest(%s::int[], %s::int[], %s::int[], %s::text[], %s::float8[])
                        AS word(place, way, size, term, idf), {found}, {counted}
                    WHERE at IS NOT NULL GROUP BY place, way, size, idf HAVING count(*) = size
                ) AS ways GROUP BY place, idf
            ) AS words
        )"""  # noqa: S608
        rows = [
            (place, number, len(way), term, self.idf[word])
            for place, word in enumerate(self.query)
            for number, way in enumerate(((word,), *self.alternatives.get(word, ())))
            for term in dict.fromkeys(way)
        ]
        return sql, (*own, *(list(column) for column in zip(*rows, strict=True)))

    def score(self, terms: Sequence[str], frequencies: Sequence[int], lengths: Sequence[int]) -> float:
        """The same BM25F of one row that was read: sooner than in SQL where a word has many ways and rows are few."""
        fields, places = len(self.weights), {term: at for at, term in enumerate(terms)}
        weights = [
            weight / (1.0 - B + B * length / mean if mean > 0 else 1.0)
            for weight, length, mean in zip(self.weights, lengths, self.means or [0.0] * fields, strict=True)
        ]

        def said(way: Sequence[str]) -> float:
            total = 0.0
            for term in set(way):
                at = places.get(term)
                if at is None:
                    return 0.0
                own = frequencies[at * fields : (at + 1) * fields]
                tf = sum(weight * times for weight, times in zip(weights, own, strict=True) if times)
                total += tf * (K1 + 1) / (K1 + tf)
            return total / len(set(way))

        return sum(
            self.idf[word] * max(said(way) for way in ((word,), *self.alternatives.get(word, ())))
            for word in self.query
        )

    def _length(self, length: str, field: int) -> str:
        """How far a field's length counts against it; without statistics not at all."""
        mean = self.means[field] if self.means is not None else 0.0
        return "1.0::float8" if mean <= 0 else f"({1 - B}::float8 + {B / mean!r}::float8 * {length})"


def inverse_frequencies(
    terms: Sequence[str],
    language: str,
    serving: Serving,
    alternatives: Alternatives | None = None,
    *,
    using: str,
) -> dict[str, float]:
    """Each term's idf, above 0; a term in no text has the highest. Without a snapshot all count the same.

    A term stands in as many texts as it and its `alternatives` do together, whichever of them are rare.
    """
    ways = {term: ((term,), *(alternatives or {}).get(term, ())) for term in terms}
    corpus = serving.corpus
    if corpus is None or corpus.documents == 0:
        return dict.fromkeys(terms, 1.0)
    known = dict(
        TermFrequency.objects.using(using)
        .filter(
            generation=serving.generation,
            language=language,
            term__in={part for each in ways.values() for way in each for part in way},
        )
        .values_list("term", "documents")
    )
    return {
        term: idf(corpus.documents, sum(min(known.get(part, 0) for part in way) for way in each))
        for term, each in ways.items()
    }


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
