"""Words as staff type them: in any of the shop's languages at once, and not always to the end.

"SKU-00" means every SKU that begins so, and "mu" will be a mug: the last word is completed from the words of the
shop's own texts, while it is typed, or where no text has it as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from ..documents import ProductDocument, document
from ..models import TermFrequency, Text
from ..text import terms, tokens
from .lexical import KeywordLeg, KeywordMatch, deciding_terms
from .serving import Serving
from .understanding import Query

#: Texts that are scored for each language, of the newest products where more have the words.
SCORED = 400
#: A text with only some of the words is worth reading where it covers this share of what the query says.
WORTH_READING = 0.5
#: Known words that an unfinished one may become, the most common first.
COMPLETIONS = 50


@dataclass(frozen=True)
class Reading:
    """The words in one language: a text that is complete has `every` one of them, and one of `ends` if there are any.

    `known` are the words that any text has, by the word statistics.
    """

    leg: KeywordLeg
    rows: QuerySet[Text]
    every: tuple[str, ...]
    ends: tuple[str, ...]
    known: tuple[str, ...]

    @classmethod
    def of(
        cls,
        words: str,
        language: str,
        shop: ProductDocument,
        products: QuerySet[Any] | None,
        *,
        unfinished: bool,
        using: str,
    ) -> Reading | None:
        """`words` in `language` over `products`, None for all; None where nothing is indexed or there is no word."""
        serving = Serving.now(language, using=using)
        written = tokens(words)
        if serving.generation is None or not written:
            return None
        corpus = TermFrequency.objects.using(using).filter(generation=serving.generation, language=language)
        last = next(token for token in written if token.word == written[-1].word)
        every, ends = terms(words, language), list[str]()
        whole = terms(words[last.start :], language)[:1]
        if unfinished or not corpus.filter(term__in=whole).exists():
            found = corpus.filter(term__startswith=last.text).order_by("-documents", "term")
            ends = [*whole, *found.values_list("term", flat=True)[:COMPLETIONS]]
            every = terms(words[: last.start], language)
        asked = dict.fromkeys((*every, *ends), 1)
        leg = KeywordLeg.of(Query(words, language, asked, None), serving, shop, using=using)
        if leg is None:
            return None
        counted = set(corpus.filter(term__in=list(asked)).values_list("term", flat=True))
        rows = leg.rows if products is None else leg.rows.filter(product__in=products.order_by().values("pk"))
        known = tuple(term for term in asked if term in counted) or tuple(asked)
        return cls(leg, rows, tuple(dict.fromkeys(every)), tuple(dict.fromkeys(ends)), known)

    def complete(self) -> QuerySet[Text]:
        """The texts that have every word."""
        rows = self.rows.filter(terms__contains=list(self.every)) if self.every else self.rows
        return rows.filter(terms__overlap=list(self.ends)) if self.ends else rows

    def best_complete(self) -> dict[Any, KeywordMatch]:
        """At most SCORED products that have every word."""
        return self.leg.read(self._newest(self.complete()))

    def best_partial(self) -> dict[Any, KeywordMatch]:
        """Products that have every word that the shop knows, and such as have a telling part of them."""
        telling = {term: self.leg.idf[term] for term in self.known}
        some = self.rows.filter(terms__overlap=deciding_terms(telling, WORTH_READING))
        found = self.leg.read(self._newest(some))
        if not self.ends:
            found |= self.leg.read(self._newest(self.rows.filter(terms__contains=list(self.known))))
        return found

    def _newest(self, rows: QuerySet[Text]) -> QuerySet[Text]:
        return rows.order_by("-product")[:SCORED]


@dataclass(frozen=True)
class StaffWords:
    """The same words read in each of the document's languages; of a product counts what its best language says."""

    readings: tuple[Reading, ...]

    @classmethod
    def of(cls, words: str, products: QuerySet[Any] | None, *, unfinished: bool, using: str) -> StaffWords:
        """`words` over `products`, None for all; `unfinished` while the last one is being typed."""
        shop = document()
        readings = (
            Reading.of(words, language, shop, products, unfinished=unfinished, using=using)
            for language in shop.languages
        )
        return cls(tuple(reading for reading in readings if reading is not None))

    def complete(self) -> tuple[dict[Any, KeywordMatch], Q | None]:
        """Products with every word that were scored; and the condition for all of them, None if those were all."""
        found = [reading.best_complete() for reading in self.readings]
        cut = any(len(matches) >= SCORED for matches in found)
        every = (Q(pk__in=reading.complete().values("product")) for reading in self.readings)
        return _best(found), reduce(or_, every) if cut else None

    def partial(self) -> dict[Any, KeywordMatch]:
        """Products that have a telling part of the words."""
        return _best(reading.best_partial() for reading in self.readings)

    def score(self, keys: Sequence[Any]) -> dict[Any, KeywordMatch]:
        """What the words say of each of `keys`; one that has none of them is absent."""
        return _best(reading.leg.score(keys) for reading in self.readings)


def _best(found: Iterable[Mapping[Any, KeywordMatch]]) -> dict[Any, KeywordMatch]:
    best: dict[Any, KeywordMatch] = {}
    for matches in found:
        for key, match in matches.items():
            if key not in best or match.raw > best[key].raw:
                best[key] = match
    return best
