"""Words as staff type them: in any of the shop's languages at once, and not always to the end.

"SKU-00" means every SKU that begins so, and "mu" will be a mug: the last word is completed from the words of the
shop's own texts, while it is typed or where no text has it as it stands.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet

from ..documents import document
from ..models import Corpus, TermFrequency, Text
from ..text import terms, tokens
from .lexical import KeywordLeg, KeywordMatch, deciding_terms, idf
from .serving import Serving
from .snapshot import local_settings
from .understanding import Query

#: Products with every word that are listed by key; of more than these, a condition finds them all.
LISTED = 20_000
#: Products with only some of the words that are worth reading, for each language.
PARTIAL = 100
#: They cover this share of what the query says.
WORTH_READING = 0.5
#: Known words that an unfinished one may become, the most common first.
COMPLETIONS = 50


@dataclass(frozen=True)
class Reading:
    """The words in one language: a text that is complete has `every` one of them, and one of `ends` if there are any.

    `known` are the words that some text has, by the word statistics; all of them where those know none.
    """

    leg: KeywordLeg
    rows: QuerySet[Text]
    every: tuple[str, ...]
    ends: tuple[str, ...]
    known: tuple[str, ...]

    def complete(self) -> QuerySet[Text]:
        """The texts that have every word."""
        rows = self.rows.filter(terms__contains=list(self.every)) if self.every else self.rows
        return rows.filter(terms__overlap=list(self.ends)) if self.ends else rows

    def partial(self) -> Iterator[QuerySet[Text]]:
        """Texts that have every word that is known, and texts that have a telling part of those."""
        yield self.rows.filter(terms__contains=list(self.known))
        telling = {term: self.leg.idf[term] for term in self.known}
        yield self.rows.filter(terms__overlap=deciding_terms(telling, WORTH_READING))


@dataclass(frozen=True)
class Complete:
    """Products with every word: `newest` keys, and the keys of all `count` of them as PostgreSQL's own array.

    Where they are more than LISTED, `condition` finds them all.
    """

    newest: tuple[Any, ...]
    array: str
    count: int
    condition: Q | None


@dataclass(frozen=True)
class StaffWords:
    """The same words read in each of the document's languages; of a product counts what its best language says."""

    readings: tuple[Reading, ...]
    using: str

    @classmethod
    def of(
        cls, words: str, products: QuerySet[Any] | None, serving: Serving, *, unfinished: bool, using: str
    ) -> StaffWords:
        """`words` over `products`, None for all; `unfinished` while the last one is being typed."""
        written, shop = tokens(words), document()
        if serving.generation is None or not written:
            return cls((), using)
        last = next(token for token in written if token.word == written[-1].word)
        own = {language: tuple(dict.fromkeys(terms(words, language))) for language in shop.languages}
        statistics = TermFrequency.objects.using(using).filter(generation=serving.generation)
        asked = list({term for found in own.values() for term in found})
        counts = {
            (language, term): count
            for language, term, count in statistics.filter(term__in=asked).values_list(
                "language", "term", "documents"
            )
        }
        corpora = {
            corpus.language: corpus
            for corpus in Corpus.objects.using(using).filter(generation=serving.generation)
        }
        readings = []
        for language, every in own.items():
            whole = terms(words[last.start :], language)[:1]
            ends: list[str] = []
            if unfinished or not any((language, term) in counts for term in whole):
                begun = statistics.filter(language=language, term__startswith=last.text)
                longer = list(
                    begun.order_by("-documents", "term").values_list("term", "documents")[:COMPLETIONS]
                )
                ends = list(dict.fromkeys((*whole, *(term for term, _ in longer))))
                every = tuple(dict.fromkeys(terms(words[: last.start], language)))
                counts |= {(language, term): count for term, count in longer}
            # Of all the words that an unfinished one may become, its own and the most common count in the score: a
            # text is no better for having several of them.
            scored = dict.fromkeys((*every, *ends[:2]), 1)
            if not scored:
                continue
            corpus = corpora.get(language)
            documents = 0 if corpus is None else corpus.documents
            weights = {
                term: idf(documents, counts.get((language, term), 0)) if documents else 1.0 for term in scored
            }
            leg = KeywordLeg.of(
                Query(words, language, scored, None),
                dataclasses.replace(serving, corpus=corpus),
                shop,
                using=using,
                idf=weights,
            )
            if leg is not None:
                rows = leg.rows
                if products is not None:
                    rows = rows.filter(product__in=products.order_by().values("pk"))
                known = tuple(term for term in scored if (language, term) in counts)
                readings.append(Reading(leg, rows, every, tuple(ends), known))
        # A language that has none of the words need not be read where another has some.
        spoken = [reading for reading in readings if reading.known] or [
            dataclasses.replace(reading, known=tuple(reading.leg.terms)) for reading in readings
        ]
        return cls(tuple(spoken), using)

    def complete(self, size: int) -> Complete:
        """The products with every word: of `size` of them, the newest, the keys."""
        if not self.readings:
            return Complete((), "{}", 0, None)
        first, *others = (reading.complete().order_by().values_list("product") for reading in self.readings)
        with self._by_terms(), connections[self.using].cursor() as cursor:
            sql, parameters = first.union(*others).query.get_compiler(self.using).as_sql()
            cursor.execute(
                f"WITH found AS MATERIALIZED (SELECT product FROM ({sql}) AS every(product) LIMIT %s)"  # noqa: S608
                " SELECT coalesce(array_agg(product)::text, '{}'), count(*),"
                " ARRAY(SELECT product FROM found ORDER BY product DESC LIMIT %s) FROM found",
                [*parameters, LISTED + 1, size],
            )
            literal, count, newest = cursor.fetchone() or ("{}", 0, [])
        field: Any = Text._meta.get_field("product")
        keys = tuple(field.to_python(key) for key in newest)
        conditions = (Q(pk__in=reading.complete().values("product")) for reading in self.readings)
        return Complete(keys, literal, count, reduce(or_, conditions) if count > LISTED else None)

    def partial(self) -> list[Any]:
        """Keys of products that have a telling part of the words, the more of them first."""
        with self._by_terms():
            found = [
                list(rows.values_list("product", flat=True)[:PARTIAL])
                for reading in self.readings
                for rows in reading.partial()
            ]
        return list(dict.fromkeys(key for keys in found for key in keys))

    def score(self, keys: Sequence[Any]) -> dict[Any, KeywordMatch]:
        """What the words say of each of `keys`; one that has none of them is absent."""
        best: dict[Any, KeywordMatch] = {}
        for reading in self.readings:
            for key, match in reading.leg.score(keys).items():
                if key not in best or match.raw > best[key].raw:
                    best[key] = match
        return best

    def _by_terms(self) -> Any:
        """Only the index of terms knows which texts have a word; without this the planner, who takes reading a text's
        terms to cost nothing, may read those of every text.
        """
        return local_settings(self.using, enable_seqscan="off", enable_indexscan="off")
