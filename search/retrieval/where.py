"""The conditions of a request that are never lifted, as a cut of what is visible: facets are counted within it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, When

from ..documents.conditions import condition_of
from .filters import Choices
from .request import alternatives


def within(choices: Choices, where: Sequence[Sequence[str]]) -> Choices:
    """`choices` of what meets every clause of `where`: a product meets all of them itself, whatever its variants do."""
    if not where:
        return choices
    visible = choices.visible
    for clause in where:
        visible = _narrowed(visible, choices, clause)
    return replace(choices, visible=visible)


def _narrowed(products: QuerySet[Any], choices: Choices, clause: Sequence[str]) -> QuerySet[Any]:
    """Those of `products` that meet one literal of `clause`."""
    shop, conditions = choices.document, []
    for name, values, negated in alternatives(clause, shop.facets):
        products, condition = condition_of(products, shop, shop.facets[name], values)
        conditions.append(_not(condition) if negated else condition)
    return products.filter(reduce(or_, conditions))


def _not(condition: Q) -> Q:
    """That `condition` is false or unknown: SQL's NOT leaves out what has no value."""
    return Q(Case(When(condition, then=False), default=True, output_field=BooleanField()))
