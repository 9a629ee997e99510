"""What the shop's own staff finds: products of any queryset, drafts among them, ranked and without a floor.

A shopper's search ends where relevance ends. Staff look for a product that they know is there, so the nearest come
too; but every product that has all the words is found, whatever its rank.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from .lexical import KeywordMatch
from .lookup import StaffWords
from .request import SearchRequest
from .serving import Serving
from .snapshot import KeyIn, Place, transaction_of_a_search
from .understanding import understand
from .vectors import VectorMatch

#: With so many products that have every word, those with some of them are not looked for.
ENOUGH = 100
#: Products whose key or unique column is just the words.
EXACT = 10


@dataclass(frozen=True)
class Ranking:
    """`keys` of the products found, best first; `complete` finds the rest that has every word, None when there is none.

    `notice` says what staff should know, beginning with a code as those of `SearchAnswer` do; empty when all is well.
    """

    keys: tuple[Any, ...]
    complete: Q | None = None
    notice: str = ""

    def within(self, products: QuerySet[Any]) -> QuerySet[Any]:
        """Those of `products` that were found, in the order that `products` has."""
        found = Q(KeyIn("pk", self.keys))
        return products.filter(found if self.complete is None else found | self.complete)

    def sorted(self, products: QuerySet[Any]) -> QuerySet[Any]:
        """The same, best first; what was not ranked comes last, in the order that `products` has."""
        found = self.within(products)
        return found.order_by(Place("pk", self.keys), *found.query.order_by)


def is_searchable(using: str) -> bool:
    """Whether search is switched on and anything is indexed; if not, staff need another way to find products."""
    return settings().enabled and Serving.now(document().languages[0], using=using).generation is not None


def look_up(products: QuerySet[Any], words: str) -> Ranking:
    """The products of `products` that have all of `words`, the last of which may be unfinished; no model is asked.

    Where none has them all, those that have some. Raises `InvalidRequest` for words that are too many.
    """
    words, using = SearchRequest(q=words).q, products.db
    with transaction_of_a_search(using):
        said = StaffWords.of(words, _restricting(products), unfinished=True, using=using)
        matches, rest = said.complete()
        first = exact_keys(products, words)
        if not matches and not first:
            matches = said.partial()
    ordered = sorted(matches, key=lambda key: -matches[key].raw)
    return Ranking(tuple(dict.fromkeys((*first, *ordered))), rest)


def rank(
    products: QuerySet[Any], scope: SearchScope, *, words: str = "", picture: Image.Image | None = None
) -> Ranking:
    """The products of `products` that are nearest to `words`, to `picture`, or to both; one at least is given.

    First comes a product whose key or unique column is just the words. Raises `InvalidRequest` for words that are too
    many, `EncoderUnavailable` for a picture alone without its encoder.
    """
    request, conf, using = SearchRequest(q=words, picture=picture), settings(), products.db
    language = scope.search_language(document().languages)
    serving = Serving.now(language, using=using)
    encoded = encode(understand(request, language), serving.space)
    restricting = _restricting(products)
    with transaction_of_a_search(using):
        said = StaffWords.of(request.q, restricting, unfinished=False, using=using)
        keywords, rest = said.complete()
        if len(keywords) < ENOUGH:
            keywords = said.partial() | keywords
        legs = vector_legs(encoded, serving, language, conf, using=using)
        vectors = {leg.name: leg.nearest(restricting) for leg in legs}
        nominated = list(dict.fromkeys((*keywords, *(key for found in vectors.values() for key in found))))
        if said.readings and (unread := [key for key in nominated if key not in keywords]):
            keywords |= said.score(unread)
        for leg in legs:
            if unread := [key for key in nominated if key not in vectors[leg.name]]:
                vectors[leg.name].update(leg.score(unread))
        first = exact_keys(products, request.q) if request.q else ()
    scores = _scores(nominated, keywords, vectors, words=bool(request.q), picture=encoded.picture is not None)
    best = [nominated[index] for index in np.argsort(-scores, kind="stable").tolist()]
    return Ranking(tuple(dict.fromkeys((*first, *best))), rest, encoded.notice)


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
    vectors: dict[LegName, dict[Any, VectorMatch]],
    *,
    words: bool,
    picture: bool,
) -> Any:
    evidence = Evidence.of(nominated, keywords, vectors)
    fused = fuse(evidence, words=words, picture=picture, vector_weight=settings().vector_weight)
    return fused.scores
