"""Fine differences: the first hits are ranked once more, by the attributes that the query names.

Two shirts that differ in their neck alone lie at nearly one place in any embedding space. The shop's own facets and the
tags of products tell them apart. Nothing is added or taken away, and what is not among the first stays behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db.models import F, TextField
from django.db.models.functions import Cast

from ..documents.facet_values import facet_value
from ..models import Tag, TagState
from .attributes import Attribute
from .candidates import Candidates
from .filters import Choices
from .page import Rows, read_key
from .snapshot import KeyIn, Part, read

#: Hits that are ranked once more.
RERANKED = 50
#: What having one attribute for sure counts in a score, in which all of the query's words together count 1.
ATTRIBUTE_SHARE = 0.5

#: By attribute, how surely a product has each value that something is known of, in 0..1.
Known = Mapping[str, Mapping[str, float]]

_TAGS = "SELECT json_build_array(key, attribute, value, probability, state) AS cells FROM {part}"
_VALUES = "SELECT json_build_array(key, value) AS cells FROM {part}"


def reranked(candidates: Candidates, rows: Rows, asked: Sequence[Attribute], choices: Choices) -> Candidates:
    """`candidates` with scores that put the first RERANKED of `rows` in the order of what is
    `asked` of attributes, too. A text that is just the query has all of it.
    """
    if not asked or len(rows.keys) < 2:
        return candidates
    places = rows.at
    order = np.argsort(-candidates.scores[places], kind="stable")
    first, rest = places[order[:RERANKED]], places[order[RERANKED:]]
    known = known_of([candidates.keys[place] for place in first.tolist()], asked, choices)
    most = sum(each.wanted for each in asked)
    fits = [
        most if _is_exact(candidates, key) else fit(asked, known.get(key, {}))
        for key in (candidates.keys[place] for place in first.tolist())
    ]
    scores = candidates.scores.copy()
    scores[first] += ATTRIBUTE_SHARE * np.array(fits)
    if rest.size:
        scores[first] += max(scores[rest].max() - scores[first].min(), 0.0) + 1e-9
    return candidates.scored(scores)


def fit(asked: Sequence[Attribute], known: Known) -> float:
    """How well a product of which so much is `known` has what is asked: 1 for each attribute that it surely has, -1
    for one that it surely has not, and 0 where nothing is known.

    Of an attribute that may have several values, another one speaks against a value that is not known itself, unless
    that is asked too.
    """
    total = 0.0
    for each in asked:
        own = known.get(each.name, {})
        having = [own[value] for value in each.values if value in own]
        if having:
            total += 2 * max(having) - 1 if each.wanted else -max(having)
        elif each.wanted:
            wanted = {value for other in asked if other.name == each.name for value in other.values}
            total -= max((sure for value, sure in own.items() if value not in wanted), default=0.0)
    return total


def known_of(keys: Sequence[Any], asked: Sequence[Attribute], choices: Choices) -> Mapping[Any, Known]:
    """What facets and tags say of the attributes asked, by product."""
    shop, using = choices.document, choices.visible.db
    names = {each.name for each in asked}
    tags = Tag.objects.using(using).filter(KeyIn("product", keys), attribute__in=names)
    tags = tags.annotate(ps_key=Cast(F("product"), TextField()))
    columns = ("attribute", "value", "probability", "state")
    parts = {"tags": Part(tags.values_list("ps_key", *columns), ("key", *columns), _TAGS)}
    products = choices.visible.order_by().filter(KeyIn("pk", keys)).annotate(ps_key=Cast("pk", TextField()))
    for name in names & {name for name, facet in shop.facets.items() if not facet.is_tag}:
        values = products.annotate(ps_value=facet_value(shop, shop.facets[name]))
        parts[f"facet {name}"] = Part(values.values_list("ps_key", "ps_value"), ("key", "value"), _VALUES)
    rows = read(parts, using=using)
    known: dict[Any, dict[str, dict[str, float]]] = {}
    for key, name, value, probability, state in rows.pop("tags"):
        sure = {TagState.ACCEPTED: 1.0, TagState.REJECTED: 0.0}.get(state, probability)
        known.setdefault(read_key(key), {}).setdefault(name, {})[value] = sure
    for part, found in rows.items():
        for key, value in found:
            if value:
                known.setdefault(read_key(key), {}).setdefault(part.removeprefix("facet "), {})[value] = 1.0
    return known


def _is_exact(candidates: Candidates, key: Any) -> bool:
    match = candidates.keywords.get(key)
    return match is not None and match.exact
