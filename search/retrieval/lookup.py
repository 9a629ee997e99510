"""Words as staff type them: in any of the shop's languages at once, and not always to the end.

"SKU-00" means every SKU that begins so, and "mu" will be a mug: the last word is completed from the words of the
shop's own texts, while it is typed or where no text has it as it stands.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet

from ..documents import document
from ..models import Corpus, TermFrequency, Text
from ..text import terms, tokens
from .beginnings import FREQUENT, WithoutIndex, matching, terms_begun
from .lexical import KeywordLeg, deciding_terms, idf
from .matches import KeywordMatch
from .serving import Serving
from .snapshot import local_settings
from .understanding import Query

#: Products with every word that are listed by key; of more than these, a query says which they are.
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

    `known` are the words that some text has, by the word statistics; all of them where those know none. `frequent` when
    there is one word, which a large share of all texts has.
    """

    leg: KeywordLeg
    rows: QuerySet[Text]
    every: tuple[str, ...]
    ends: tuple[str, ...]
    known: tuple[str, ...]
    frequent: bool

    def complete(self) -> QuerySet[Text]:
        """The texts that have every word."""
        return matching(self.rows, self.every, self.ends)

    def partial(self) -> Iterator[QuerySet[Text]]:
        """Texts that have every word that is known, and texts that have a telling part of those."""
        yield self.rows.filter(terms__contains=list(self.known))
        telling = {term: self.leg.idf[term] for term in self.known}
        yield self.rows.filter(terms__overlap=deciding_terms(telling, WORTH_READING))


@dataclass(frozen=True)
class Complete:
    """Products with every word: the `newest` keys, and `rows` with the keys of all.

    `rows` is PostgreSQL's own array, or where they are very many a query; that is to be read within `settings(using)`.
    """

    newest: tuple[Any, ...]
    rows: str | QuerySet[Text, tuple[Any, ...]]

    def settings(self, using: str) -> AbstractContextManager[None]:
        """Keeps the planner, who takes reading a text's terms to cost nothing, from reading those of every text."""
        return nullcontext() if isinstance(self.rows, str) else local_settings(using, enable_seqscan="off")


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
        whole_words = {language: terms(words[last.start :], language)[:1] for language in own}
        said = any((language, term) in counts for language, whole in whole_words.items() for term in whole)
        for language, every in own.items():
            whole = whole_words[language]
            ends: list[str] = []
            if unfinished or not said:
                begun = terms_begun(last.text, language, serving.generation, using=using)
                longer = list(begun.values_list("term", "documents")[:COMPLETIONS])
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
                own_texts = WithoutIndex(Q(generation=serving.generation, language=language))
                rows = Text.objects.using(using).filter(own_texts)
                if products is not None:
                    rows = rows.filter(product__in=products.order_by().values("pk"))
                known = tuple(term for term in scored if (language, term) in counts)
                frequent = (
                    products is None
                    and not ends
                    and len(every) == 1
                    and counts.get((language, every[0]), 0) > FREQUENT * documents > 0
                )
                readings.append(Reading(leg, rows, every, tuple(ends), known, frequent))
        # A language that has none of the words need not be read where another has some.
        spoken = [reading for reading in readings if reading.known] or [
            dataclasses.replace(reading, known=tuple(reading.leg.terms)) for reading in readings
        ]
        return cls(tuple(spoken), using)

    def complete(self, size: int) -> Complete:
        """The products with every word; the newest `size` of them, of the first LISTED where they are more."""
        if not self.readings:
            return Complete((), "{}")
        first, *others = (reading.complete().order_by().values_list("product") for reading in self.readings)
        rows = first.union(*others)
        if all(reading.frequent for reading in self.readings):
            first, *others = (each.order_by("-product")[:size] for each in (first, *others))
            with local_settings(self.using, enable_seqscan="off", enable_bitmapscan="off"):
                walked = first.union(*others).order_by("-product")[:size] if others else first
                return Complete(tuple(key for (key,) in walked), rows)
        with self._by_terms(), connections[self.using].cursor() as cursor:
            sql, parameters = rows.query.get_compiler(self.using).as_sql()
            cursor.execute(
                "SELECT coalesce(array_agg(product), '{}')::text, count(*), (array_agg(product))[:%s]"  # noqa: S608
                f" FROM (SELECT product FROM ({sql} LIMIT %s) AS listed(product) ORDER BY product DESC) AS sorted",
                [size, *parameters, LISTED + 1],
            )
            array, count, newest = cursor.fetchone() or ("{}", 0, None)
        field: Any = Text._meta.get_field("product")
        keys = tuple(field.to_python(key) for key in newest or ())
        return Complete(keys, rows if count > LISTED else array)

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
