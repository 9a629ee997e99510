"""Queries of other shoppers: what may complete one that is being typed, and what is searched for beside it.

A query is offered when enough sessions made it, when it looks like nobody's address, number or key, and when a product
that this shopper may see says all its words. So no query tells of what a scope may not see, whoever made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from ..documents import SearchScope, document
from ..errors import InvalidRequest
from ..models import OFFERED_FROM, Completion, Corpus, State
from ..text import looks_personal, terms
from . import grammar
from .beginnings import HasWords
from .filters import Choices
from .naming import runs
from .request import SearchRequest
from .sold import Sold
from .synonyms import synonyms

#: Queries that are looked at for each one offered.
MOST_TRIED = 4
#: Of a query's words, other ways to say one that are looked for.
MOST_WAYS = 4
MAX_LIMIT = 20


def offered(language: str, *, using: str) -> QuerySet[Completion]:
    """The queries that so many sessions made that they may be shown to others, those of most sessions first."""
    rows = Completion.objects.using(using).filter(language=language, sessions__gte=OFFERED_FROM)
    return rows.order_by("-sessions", "-last_seen", "key")


def answered(queries: Sequence[str], sold: Sold, limit: int) -> tuple[str, ...]:
    """The first `limit` of `queries` that may be shown to whoever sees what is `sold`."""
    return tuple(
        islice(_answered([query for query in queries if not looks_personal(query)], sold, limit), limit)
    )


def related(q: str, scope: SearchScope, *, limit: int = 8) -> tuple[str, ...]:
    """Up to `limit` (1 to 20) other queries of shoppers that share words with `q`, the nearest first.

    Raises `InvalidRequest` for another limit, and for words that are too many.
    """
    asked = SearchRequest(q=q).q
    checked_limit(limit)
    shop = document()
    choices, language = Choices.of(shop, scope, {}), scope.search_language(shop.languages)
    using = choices.visible.db
    own = set(terms(asked, language))
    corpus = serving_corpus(language, using=using)
    if not own or corpus is None:
        return ()
    others = offered(language, using=using).filter(HasWords([[(term, False) for term in sorted(own)]]))
    near: list[tuple[float, int, str]] = []
    for query, sessions in others.values_list("query", "sessions")[: MOST_TRIED * MAX_LIMIT]:
        said = set(terms(query, language))
        if said != own:
            near.append((-len(own & said) / len(own | said), -sessions, query))
    return answered(
        [query for _, _, query in sorted(near)], Sold(choices, corpus.generation, language), limit
    )


def serving_corpus(language: str, *, using: str) -> Corpus | None:
    """The word statistics that serve searches in `language`, with their generation; None before they were counted."""
    rows = Corpus.objects.using(using).select_related("generation")
    return rows.filter(generation__state=State.SERVING, language=language).first()


def checked_limit(limit: int) -> int:
    """`limit` itself; raises `InvalidRequest` where it is not 1 to 20."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidRequest("out_of_range", "limit", f"limit is {limit}; expected 1 to {MAX_LIMIT}.")
    return limit


def _answered(queries: Sequence[str], sold: Sold, at_once: int) -> Iterator[str]:
    for start in range(0, len(queries), at_once):
        read = {query: _Asked.of(query, sold) for query in queries[start : start + at_once]}
        asked = {query: each for query, each in read.items() if each is not None}
        every_run = (each.said[first:end] for each in asked.values() for first, end in runs(each.said))
        ways = synonyms(every_run, sold.language, using=sold.using)
        found = sold.any({query: each.answers(sold, ways) for query, each in asked.items()})
        yield from (query for query in asked if found[query])


@dataclass(frozen=True)
class _Asked:
    """What an answer to a query must have: every term of `said`, and to be among the products `within`."""

    said: tuple[str, ...]
    within: QuerySet[Any] | None

    @classmethod
    def of(cls, query: str, sold: Sold) -> _Asked | None:
        """None for a query that is not simply words and a price."""
        shop = sold.choices.document
        price = next((name for name, facet in shop.facets.items() if facet.meaning(name) == "price"), "")
        beside = grammar.read(query, sold.language, {"price"} if price else ())
        if len(beside) > 1 or any(each.kind != "price" for each in beside):
            return None
        said = tuple(dict.fromkeys(terms(grammar.blanked(query, beside), sold.language)))
        if not beside:
            return cls(said, None) if said else None
        return cls(said, replace(sold.choices, filters={price: (beside[0].value,)}).products())

    def answers(
        self, sold: Sold, ways: Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]]
    ) -> QuerySet[Any]:
        """Texts of visible products that say all of it, each word as it is or as a synonym of it."""
        if not self.said:
            return sold.choices.visible if self.within is None else self.within
        others: dict[str, list[tuple[str, ...]]] = {}
        for first, end in runs(self.said):
            for term in self.said[first:end]:
                others.setdefault(term, []).extend(ways.get(self.said[first:end], ())[:MOST_WAYS])
        rows = sold.having([term for term in self.said if not others.get(term)], within=self.within)
        for term, means in others.items():
            if means:
                rows = rows.filter(reduce(or_, (Q(terms__contains=list(way)) for way in ((term,), *means))))
        return rows
