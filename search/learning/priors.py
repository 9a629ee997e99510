"""Priors steer searches: what is clicked more than is usual comes a little earlier, what is clicked less later.

Nothing enters or leaves what is found, so totals and facets stay, and however much is clicked moves a product no
further than `priors_weight`. Popularity is one row and a query's own priors are another; a process reads each once for
each time that they are fitted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from ..conf import settings
from ..models import PRIORS, Prior
from ..models.event import normal_query
from ..retrieval.answer import Deed, Steered
from ..retrieval.steering import Asked, Course, Found, Move, Steerer

#: A product that is clicked so many times as often as is usual (or as seldom) is moved as far as any.
MOST_TIMES = 4.0
#: What clicks for other queries count beside those for this one.
POPULARITY_SHARE = 0.5
#: Moves are of so many steps either way: products that are moved alike are one move.
STEPS = 20
#: Queries whose priors one process keeps.
KEPT_QUERIES = 2_048

Times = Mapping[Any, float]
_NONE: Times = MappingProxyType({})


class Priors(Steerer):
    """The one who steers by what all shoppers click."""

    def course(self, asked: Asked) -> Course | None:
        """Nothing while browsing (the shop has its own order), while switched off, or before anything is fitted."""
        fitted = asked.revisions.get(PRIORS)
        if fitted is None or asked.request.browsing or settings().priors_weight <= 0:
            return None
        return Course(on_set=partial(_moves, asked.request.q, asked.language, fitted))


def _moves(words: str, language: str, fitted: str, found: Found) -> Sequence[Move]:
    weight = settings().priors_weight
    popular = _times("", "", fitted, found.using)
    asked = normal_query(found.query.corrected or words)
    own = _times(language, asked, fitted, found.using) if asked else _NONE
    if not popular and not own:
        return ()
    steps: defaultdict[tuple[int, bool], list[Any]] = defaultdict(list)
    there = set(found.keys or ())
    for key in own.keys() & there:
        steps[step(own[key]), True].append(key)
    for key in (popular.keys() & there) - own.keys():
        steps[step(popular[key] ** POPULARITY_SHARE), False].append(key)
    return [
        Move(_steered(number, for_query, weight), keys)
        for (number, for_query), keys in steps.items()
        if number
    ]


def step(times: float) -> int:
    """How far a product moves that is clicked so many `times` as often as is usual: -STEPS to STEPS, 0 not at all."""
    share = math.log(max(times, 1e-9)) / math.log(MOST_TIMES)
    return round(STEPS * min(max(share, -1.0), 1.0))


def _steered(number: int, for_query: bool, weight: float) -> Steered:
    times = MOST_TIMES ** (number / STEPS)
    said = (
        _("clicked about %(times).1f times as often as is usual for this query")
        if for_query
        else _("clicked about %(times).1f times as often as is usual, whatever is searched for")
    )
    if not for_query:
        times **= 1 / POPULARITY_SHARE
    points = weight * number / STEPS
    did: Deed = "boost" if number > 0 else "bury"
    return Steered("clicks", _("clicks of shoppers"), did, points, said % {"times": times})


@lru_cache(maxsize=KEPT_QUERIES)
def _times(language: str, query: str, fitted: str, using: str) -> Times:
    """Of one query, or of all for none: how many times as often as is usual each product is clicked. `fitted` never
    comes twice, so nothing old is kept.
    """
    row = Prior.objects.using(using).filter(language=language, query=query).first()
    return _NONE if row is None else MappingProxyType(dict(zip(row.products, row.times, strict=True)))
