"""Variants are one result: what a group is, and which member stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.models import F, TextField, Value
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Cast, Coalesce, Concat
from numpy.typing import NDArray

from ..documents import ProductDocument


def group_text(shop: ProductDocument) -> Combinable:
    """The group of a product as text; a product without a group is one by itself."""
    alone = Concat(Value("pk:"), Cast("pk", TextField()), output_field=TextField())
    if shop.group_by is None:
        return alone
    expression: Any = F(shop.group_by) if isinstance(shop.group_by, str) else shop.group_by
    return Coalesce(Cast(expression, TextField()), alone)


def browse_order(shop: ProductDocument) -> tuple[Any, ...]:
    """The shop's own order, ending in the primary key so that no two products ever tie."""
    order = tuple(shop.browse_order)
    return order if order and order[-1] in ("pk", "-pk") else (*order, "pk")


def sorted_order(shop: ProductDocument, sort: str) -> tuple[Any, ...]:
    """The order that the shop declares under `sort`: what has no value last, ties in the shop's own order."""
    return (*map(_valued_first, shop.sorts[sort]), *browse_order(shop))


def _valued_first(term: Any) -> Any:
    if not isinstance(term, str):
        return term
    column = F(term.removeprefix("-"))
    return column.desc(nulls_last=True) if term.startswith("-") else column.asc(nulls_last=True)


def order_columns(order: Sequence[Any]) -> list[tuple[Combinable, str]]:
    """`order` as expressions to select, each with how it is sorted by, in SQL: for rows that are put in order later."""
    columns: list[tuple[Combinable, str]] = []
    for term in order:
        if isinstance(term, str):
            columns.append((F(term.removeprefix("-")), "DESC" if term.startswith("-") else "ASC"))
            continue
        sorted_by = term if isinstance(term, OrderBy) else term.asc()
        nulls = " NULLS FIRST" if sorted_by.nulls_first else " NULLS LAST" if sorted_by.nulls_last else ""
        columns.append((sorted_by.expression, ("DESC" if sorted_by.descending else "ASC") + nulls))
    return columns


def members(
    groups: Sequence[str], scores: NDArray[np.float64], places: NDArray[np.int64]
) -> tuple[list[int], dict[int, list[int]]]:
    """Index of each group's best member, the best one first; and by that, of groups with more, those of the others.

    `groups`, `scores` and `places` (in the shop's own order) are `(n,)`, one entry for each member. The higher score
    wins; of equal scores the one that comes first in the shop. Nearly all are alone: a list for each would have Python
    collect garbage for longer than all else here takes.
    """
    ordered: list[int] = np.lexsort((places, -scores)).tolist()
    if len(set(groups)) == len(groups):
        return ordered, {}
    best: dict[str, int] = {}
    others: dict[int, list[int]] = {}
    for index in ordered:
        first = best.setdefault(groups[index], index)
        if first != index:
            others.setdefault(first, []).append(index)
    return list(best.values()), others
