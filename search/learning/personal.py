"""One shopper's taste steers a search: among products that fit alike, what resembles those that were looked at comes
a little earlier. The host says what was looked at, with each search; nothing of it is stored here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from ..conf import settings
from ..documents import ProductDocument, document
from ..models import FacetName
from ..retrieval.answer import Steered
from ..retrieval.attributes import Attribute
from ..retrieval.candidates import Candidates
from ..retrieval.composition import found_of, looks_of
from ..retrieval.differences import known_of
from ..retrieval.request import MAX_VIEWED
from ..retrieval.serving import Serving
from ..retrieval.steering import Asked, Course, Found, Move, Steerer
from .taste import Known, Liking, liking

BY = "personal"
#: Views that are taken into account, the latest; and products of the set that are compared with them, the best.
LATEST, MOST_COMPARED = 20, 100
#: Products that are to somebody's taste alike are one move.
STEPS = 20


class Personal(Steerer):
    """The one who steers by what this shopper looked at."""

    def course(self, asked: Asked) -> Course | None:
        """Nothing while switched off by the shop or by the shopper, while browsing, or for a picture, which says by
        itself what is liked.
        """
        request = asked.request
        if settings().personal_weight <= 0 or not request.personal:
            return None
        if not request.q or request.picture is not None or request.examples:
            return None
        kept = document().recently_viewed(asked.scope)
        if kept is None:
            return None
        viewed = list(dict.fromkeys([*request.viewed, *kept[:MAX_VIEWED]]))[:LATEST]
        return Course(on_set=partial(_moves, viewed, request.explain, asked.language)) if viewed else None


def _moves(viewed: Sequence[Any], explain: bool, language: str, found: Found) -> Sequence[Move]:
    candidates, serving = found.candidates, found.serving
    if (
        candidates is None
        or serving is None
        or len(candidates.keys) < 2
        or _is_name(found, candidates, serving)
    ):
        return ()
    seen = [each.key for each in found_of(found.choices, viewed)]
    if not seen:
        return ()
    best = np.argsort(-candidates.scores, kind="stable")[:MOST_COMPARED]
    keys = [candidates.keys[place] for place in best.tolist()]
    every = list(dict.fromkeys([*seen, *keys]))
    known = _known(every, found)
    liked = liking(seen, keys, known, looks_of(every, serving, using=found.using))
    return _moved(keys, liked, _labels(liked, serving, language, found.using) if explain else None)


def _is_name(found: Found, candidates: Candidates, serving: Serving) -> bool:
    """Whether the query is just the name of a product: then no taste is asked for. A brand or category names many."""
    if not any(match.exact for match in map(candidates.keywords.get, candidates.keys) if match is not None):
        return False
    many = FacetName.objects.using(found.using).filter(
        generation=serving.generation,
        language=found.query.language,
        terms=" ".join(found.query.terms),
    )
    return not many.exists()


def _moved(
    keys: Sequence[Any], liked: Liking, labels: Mapping[tuple[str, str], str] | None
) -> Sequence[Move]:
    weight = settings().personal_weight
    alike: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
    for key, share, reasons, look in zip(
        keys, liked.shares.tolist(), liked.reasons, liked.looks.tolist(), strict=True
    ):
        because = "" if labels is None else _because([labels[each] for each in reasons], look)
        alike[round(STEPS * share), because].append(key)
    notice = "personal: " + _("The order follows what you looked at; personal=off takes that back.")
    return [
        Move(Steered(BY, _("your taste"), "boost", weight * number / STEPS, because), own, notice)
        for (number, because), own in alike.items()
        if number
    ]


def _because(labels: Sequence[str], look: float) -> str:
    liked = [*labels, *([_("things that look like it")] if look > 0 else [])]
    return _("because you looked at: %(liked)s") % {"liked": ", ".join(liked)} if liked else ""


def _known(keys: Sequence[Any], found: Found) -> Mapping[Any, Known]:
    """The facets of products that a taste may be of, each level of a tree with its branches."""
    shop = found.choices.document
    names = tastes(shop)
    asked = [Attribute(name, ()) for name in names]
    known = known_of(keys, asked, found.choices) if asked else {}
    deep = {name for name in names if name in shop.facets and shop.facets[name].hierarchical}
    if not deep:
        return known
    return {
        key: {name: _with_branches(values) if name in deep else values for name, values in own.items()}
        for key, own in known.items()
    }


def tastes(shop: ProductDocument) -> tuple[str, ...]:
    """The facets that a taste may be of: brand, category, colour; not price, size, stock or how many."""
    return tuple(
        getattr(facet, "attribute", name)
        for name, facet in shop.facets.items()
        if facet.kind == "value" and facet.meaning(name) is None
    )


def _with_branches(values: Mapping[str, float]) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for path, sure in values.items():
        steps = path.split("/")
        for length in range(1, len(steps) + 1):
            branch = "/".join(steps[:length])
            found[branch] = max(sure, found.get(branch, 0.0))
    return found


def _labels(liked: Liking, serving: Serving, language: str, using: str) -> Mapping[tuple[str, str], str]:
    """What people call the values that count; a value by itself where nobody calls it anything."""
    wanted = {reason for reasons in liked.reasons for reason in reasons}
    rows = FacetName.objects.using(using).filter(
        generation=serving.generation,
        language=language,
        facet__in={facet for facet, _ in wanted},
        value__in={value for _, value in wanted},
    )
    called = {(facet, value): label for facet, value, label in rows.values_list("facet", "value", "label")}
    return {each: called.get(each, each[1].rpartition("/")[2]) for each in wanted}
