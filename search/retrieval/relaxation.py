"""Ways out of an empty answer: which filter to drop, and how many that would give.

Counted over the same candidates in the same snapshot, each filter lifted by itself; and all of them where none helps
alone. Filters that words have set are dropped by asking for other words.
"""

from __future__ import annotations

from collections.abc import Collection

from ..text import terms
from .answer import Relation, Relaxation
from .candidates import Candidates
from .filters import Choices
from .page import groups_of
from .request import SearchRequest
from .snapshot import KeyIn, read
from .understanding import Query

_ALL = ""


def relaxations(
    request: SearchRequest, query: Query, choices: Choices, candidates: Candidates | None
) -> tuple[Relaxation, ...]:
    """What is found without one of the filters of `choices`, the narrowest first; without any, if that alone helps.

    `candidates` are those of the search that found nothing, None while browsing. Reads inside its transaction.
    """
    names = tuple(choices.filters)
    if not names:
        return ()
    less = {name: choices.products(lifted=name) for name in names}
    if len(names) > 1:
        less[_ALL] = choices.visible
    if candidates is not None:
        less = {name: products.filter(KeyIn("pk", candidates.visible)) for name, products in less.items()}
    parts = {name: groups_of(choices.document, products) for name, products in less.items()}
    totals = {name: int(rows[0][0]) for name, rows in read(parts, using=choices.visible.db).items()}
    helping = sorted((name for name in names if totals[name]), key=lambda name: totals[name])
    if not helping and totals.get(_ALL):
        helping = [_ALL]
    relation: Relation = "eq" if candidates is None else candidates.relation
    found = []
    for name in helping:
        facets = names if name == _ALL else (name,)
        found.append(Relaxation(facets, *_asked_without(facets, request, query), totals[name], relation))
    return tuple(found)


def _asked_without(
    facets: Collection[str], request: SearchRequest, query: Query
) -> tuple[str, tuple[str, ...]]:
    """The words, and the facets that words may not set, with which words set no filter of `facets`.

    A name that goes on counting as words stays where it is; all else that was read as a filter is taken away.
    """
    q, plain = query.corrected or request.q, [*request.plain]
    for facet, words in dict.fromkeys((each.facet, each.words) for each in query.understood):
        if facet in facets:
            counting = set(terms(words, query.language)) <= set(query.terms)
            if counting or words not in q:
                plain.append(facet)
            else:
                q = q.replace(words, " ", 1)
    return " ".join(q.split()), tuple(dict.fromkeys(plain))
