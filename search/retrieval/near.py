"""Near misses: products that have some of the words of a search that found little, set apart from what it found.

They count in no total, facet or page. A product with none of the words is none: a model puts everything near something.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .candidates import Candidates, Judge, Legs
from .filters import Choices
from .lexical import KeywordLeg, deciding_terms
from .page import counted, rank
from .snapshot import KeyIn

#: With so many results nobody need look further.
ENOUGH = 10
#: Near misses that are shown, and products that are looked at for them.
MOST = 12
MOST_READ = 200
#: They have so much of what the words that some product has say.
TELLING = 0.5


def near_misses(
    legs: Legs,
    choices: Choices,
    judge: Judge,
    found: Candidates,
    groups: Collection[str],
    hiding: Callable[[Sequence[Any]], Collection[Any]],
) -> tuple[Candidates, tuple[Any, ...]]:
    """What comes near besides what was `found`: candidates, and the keys to show, the best first, one of each group.

    `groups` are those that are shown already, and of some keys `hiding` gives those that are not to be shown.
    """
    keys = [] if legs.keywords is None else _partial(legs.keywords, choices, found)
    hidden = hiding(keys)
    keys = [key for key in keys if key not in hidden]
    if not keys:
        return found, ()
    evidence = legs.evidence(keys)
    belongs, scores = judge(evidence)
    (places,) = np.nonzero(~belongs & (evidence.share > 0))
    belonging = tuple(keys[place] for place in places.tolist())
    near = replace(found, keys=belonging, scores=scores[places], seen=None)
    left = counted(choices, near)
    return left.candidates, rank(left.candidates, left.rows.without(groups), 1, MOST).keys


def _partial(leg: KeywordLeg, choices: Choices, found: Candidates) -> list[Any]:
    """Keys of products within the filters that have a telling part of the words and were not found."""
    known = {term: leg.idf[term] for term in leg.terms if term not in leg.foreign}
    if not known:
        return []
    rows = leg.by_terms.filter(
        ~KeyIn("product", found.keys),
        terms__overlap=leg.every_way(deciding_terms(known, TELLING)),
        product__in=choices.products().values("pk"),
    )
    return list(rows.order_by("product").values_list("product", flat=True)[:MOST_READ])
