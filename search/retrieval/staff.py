"""What the shop's own staff finds: products of any queryset, drafts among them, ranked and without a floor.

A shopper's search ends where relevance ends. Staff look for a product that they know is there, so the nearest come
too; but every product that has all the words is found, whatever its rank.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from PIL import Image

from ..conf import settings
from ..documents import SearchScope, document
from .answer import LegName
from .encoding import encode
from .engine import vector_legs
from .fusion import Evidence, fuse
from .lookup import Complete, StaffWords
from .matches import NO_MATCHES, KeywordMatch, VectorMatches
from .request import SearchRequest
from .serving import Serving
from .snapshot import KeyIn, Place, transaction_of_a_search
from .understanding import plain

#: Products with every word that are ranked, those of the newest keys.
RANKED = 100
#: With so many of them, products with only some of the words are not looked for.
ENOUGH = 50
#: Rows of each vector leg, and LEG_SIZE at most.
NEAREST = 50
#: Products whose key or unique column is just the words.
EXACT = 10


@dataclass(frozen=True)
class Ranking:
    """`best` come first, then all others that have every word, `complete`.

    `notice` says what staff should know, beginning with a code as those of `SearchAnswer` do; empty when all is well.
    """

    best: tuple[Any, ...]
    complete: Complete | None = None
    notice: str = ""

    def settings(self, using: str) -> AbstractContextManager[None]:
        """Under these the products are read from a query of `within` or `sorted`, inside a transaction."""
        return nullcontext() if self.complete is None else self.complete.settings(using)

    def within(self, products: QuerySet[Any]) -> QuerySet[Any]:
        """Those of `products` that were found, in the order that `products` has."""
        return products.filter(KeyIn("pk", self.best, "{}" if self.complete is None else self.complete.rows))

    def foremost(self, products: QuerySet[Any]) -> QuerySet[Any]:
        """The `best` alone, in their order: what `sorted` begins with, read without looking at all the others."""
        return products.filter(KeyIn("pk", self.best)).order_by(Place("pk", self.best))

    def sorted(self, products: QuerySet[Any]) -> QuerySet[Any]:
        """The same, best first; what was not ranked comes last, in the order that `products` has."""
        found = self.within(products)
        return found.order_by(Place("pk", self.best), *found.query.order_by)


def look_up(products: QuerySet[Any], words: str) -> Ranking | None:
    """The products of `products` that have all of `words`, the last of which may be unfinished; no model is asked.

    Where none has them all, those that have some. None while nothing is indexed or search is switched off. Raises
    `InvalidRequest` for words that are too many.
    """
    words, using = SearchRequest(q=words).q, products.db
    serving = Serving.now(document().languages[0], using=using)
    if not settings().enabled or serving.generation is None:
        return None
    with transaction_of_a_search(using):
        said = StaffWords.of(words, _restricting(products), serving, unfinished=True, using=using)
        complete = said.complete(RANKED)
        first = exact_keys(products, words)
        matches = said.score(complete.newest if complete.newest or first else said.partial())
    best = sorted(matches, key=lambda key: -matches[key].raw)
    return Ranking(tuple(dict.fromkeys((*first, *best))), complete)


def rank(
    products: QuerySet[Any], scope: SearchScope, *, words: str = "", picture: Image.Image | None = None
) -> Ranking | None:
    """The products of `products` that are nearest to `words`, to `picture`, or to both; one at least is given.

    First comes a product whose key or unique column is just the words. None while nothing is indexed or search is
    switched off. Raises `InvalidRequest` for words that are too many, `EncoderUnavailable` for a picture alone without
    its encoder.
    """
    request, conf, using = SearchRequest(q=words, picture=picture), settings(), products.db
    language = scope.search_language(document().languages)
    serving = Serving.now(language, using=using)
    if not conf.enabled or serving.generation is None:
        return None
    encoded = encode(plain(request, language), serving.space)
    restricting = _restricting(products)
    # The nearest are offered, not searched through: fewer than a shopper's search needs.
    legs = vector_legs(
        encoded, serving, language, replace(conf, leg_size=min(conf.leg_size, NEAREST)), using=using
    )
    with transaction_of_a_search(using):
        said = StaffWords.of(request.q, restricting, serving, unfinished=False, using=using)
        complete = said.complete(RANKED)
        partial = said.partial() if len(complete.newest) < ENOUGH else []
        # Where more have every word than are ranked, nobody looks for what else is near.
        crowded = encoded.picture is None and len(complete.newest) == RANKED
        vectors = {leg.name: NO_MATCHES if crowded else leg.nearest(restricting) for leg in legs}
        nearest = (key for found in vectors.values() for key in found)
        nominated = list(dict.fromkeys((*complete.newest, *partial, *nearest)))
        keywords = said.score(nominated)
        for leg in legs:
            if unread := [key for key in nominated if key not in vectors[leg.name]]:
                vectors[leg.name] |= leg.score(unread)
        first = exact_keys(products, request.q) if request.q else ()
    scores = _scores(nominated, keywords, vectors, words=bool(request.q), picture=encoded.picture is not None)
    best = [nominated[index] for index in np.argsort(-scores, kind="stable").tolist()]
    return Ranking(tuple(dict.fromkeys((*first, *best))), complete, encoded.notice)


def exact_keys(products: QuerySet[Any], words: str) -> tuple[Any, ...]:
    """Keys of the products whose primary key, or whose unique column (a SKU, an EAN), is just `words`."""
    conditions = []
    for field in products.model._meta.fields:
        if field.unique and not field.is_relation:
            try:
                value = field.get_prep_value(field.to_python(words))
            except (ValidationError, ValueError, TypeError, OverflowError):
                continue  # not of this column's type
            conditions.append(Q(**{field.attname: value}))
    if not conditions:
        return ()
    return tuple(products.order_by().filter(reduce(or_, conditions)).values_list("pk", flat=True)[:EXACT])


def _restricting(products: QuerySet[Any]) -> QuerySet[Any] | None:
    """`products` where it may lack some of the shop's; None where a leg need not ask."""
    query = products.query
    return products if query.where or query.is_sliced or query.combinator or query.distinct else None


def _scores(
    nominated: list[Any],
    keywords: dict[Any, KeywordMatch],
    vectors: dict[LegName, VectorMatches],
    *,
    words: bool,
    picture: bool,
) -> Any:
    evidence = Evidence.of(nominated, keywords, vectors)
    fused = fuse(evidence, settings(), words=words, picture=picture)
    return fused.scores
