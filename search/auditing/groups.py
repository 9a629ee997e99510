"""Whether some products are seen worse than others: rates by the values of the shop's own facets.

A group is held against the other products of the same values: that cups are harder than sofas is no bias against
whoever makes cups, but that one maker's red cups are seen worse than all others' is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..documents import document
from ..documents.facet_values import facet_value
from ..errors import ProductSearchError
from .answers import Answers
from .chance import LEVEL, holm, stratified

#: Products of a known value that a group must have, and groups of one facet that are looked at, the largest.
FEWEST, MOST = 20, 40
#: How much less often a group must be right before it is named, in 0..1.
LEAST_GAP = 0.05


class NoSuchFacet(ProductSearchError):
    """There is no such facet to group products by; the message names those there are."""


@dataclass(frozen=True)
class GroupRates:
    """Of the products with one value of a facet: how many are known, of how many something is said, how much of that
    is right, and how often they are seen for what they are, beside others of the same values.

    `chance`: how probable so large a difference is by chance alone, over all groups that were looked at.
    """

    facet: str
    value: str
    known: int
    said: float
    precision: float | None
    right: float
    others_right: float
    chance: float

    @property
    def is_worse(self) -> bool:
        """Whether it is seen worse than others, by more than chance."""
        return self.others_right - self.right >= LEAST_GAP and self.chance < LEVEL


def group_facets(names: Sequence[str], besides: Collection[str]) -> tuple[str, ...]:
    """The facets to group by: `names`, else all of the shop's own with values, but `besides`. Raises `NoSuchFacet`."""
    known = [name for name, facet in document().facets.items() if facet.kind == "value" and not facet.is_tag]
    for name in names:
        if name not in known:
            raise NoSuchFacet(
                f"No facet {name!r} to group products by; there is {', '.join(known) or 'none'}."
            )
    return tuple(names or (name for name in known if name not in besides))


def groups_of(keys: Sequence[Any], facets: Sequence[str], *, using: str) -> dict[str, dict[Any, set[str]]]:
    """By facet, the values of each product; of a hierarchy its topmost branches."""
    shop, found = document(), {}
    for name in facets:
        facet = shop.facets[name]
        products = shop.queryset().order_by().using(using).filter(pk__in=list(keys))
        values: dict[Any, set[str]] = defaultdict(set)
        for key, value in products.annotate(ps_value=facet_value(shop, facet)).values_list("pk", "ps_value"):
            if value:
                values[key].add(value.partition("/")[0] if facet.hierarchical else value)
        found[name] = dict(values)
    return found


def rates(answers: Answers, groups: Mapping[str, Mapping[Any, Collection[str]]]) -> tuple[GroupRates, ...]:
    """Of every group that is large enough, those that are worst beside others first."""
    found = []
    stratum = answers.truth.argmax(axis=1)
    right, said = answers.found, answers.said
    rightly = (said & answers.right).sum(axis=1)
    for facet, values in groups.items():
        if facet == answers.head.attribute.name:
            continue  # it is what is asked, no group
        members: dict[str, list[int]] = defaultdict(list)
        for row, key in enumerate(answers.keys):
            for value in values.get(key, ()):
                members[value].append(row)
        large = sorted(members.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST]
        for value, rows in large:
            if not FEWEST <= len(rows) < len(answers.keys):
                continue
            inside = np.zeros(len(answers.keys), dtype=bool)
            inside[rows] = True
            ours, theirs, chance = stratified(inside, right, stratum)
            if np.isnan(ours):
                continue
            told = int(said[inside].sum())
            found.append(
                GroupRates(
                    facet,
                    value,
                    len(rows),
                    float(said[inside].any(axis=1).mean()),
                    float(rightly[inside].sum()) / told if told else None,
                    ours,
                    theirs,
                    chance,
                )
            )
    corrected = holm([each.chance for each in found])
    found = [replace(each, chance=chance) for each, chance in zip(found, corrected, strict=True)]
    return tuple(sorted(found, key=lambda each: each.right - each.others_right))
