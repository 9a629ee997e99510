"""A facet and some values of it as a condition on the shop's live tables: filters of shoppers and of keys read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, CharField, DecimalField, F, Field, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.db.models.sql.datastructures import Join

from .document import ProductDocument
from .fields import Facet, TagFacet
from .sources import last_field, many_valued
from .tag_values import having as having_tags

_RANGE = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,6})?)?\.\.(-?[0-9]{1,15}(?:\.[0-9]{1,6})?)?")

if TYPE_CHECKING:
    _Decimal = DecimalField[Any, Any]
else:  # Django's own class takes no type arguments
    _Decimal = DecimalField


class Number(_Decimal):
    """PostgreSQL's `numeric` without bounds, so that any number compares with any column."""

    def __init__(self) -> None:
        super().__init__(max_digits=None, decimal_places=None)

    def db_type(self, connection: Any) -> str:
        return "numeric"


#: Met by every product.
EVERY = Q(Value(True, output_field=BooleanField()))


def range_bounds(value: str) -> tuple[Decimal | None, Decimal | None]:
    """`10..50`, `..50` or `10..` as (low, high), both inclusive; raises `ValueError` for anything else."""
    match = _RANGE.fullmatch(value)
    if match is None or match.group(1) is match.group(2) is None:
        raise ValueError(value)
    low, high = (Decimal(side) if side else None for side in match.groups())
    if low is not None and high is not None and low > high:
        raise ValueError(value)
    return low, high


def fault_of(shop: ProductDocument, filters: Mapping[str, tuple[str, ...]]) -> str:
    """What is wrong with filters that no shopper wrote, in words; empty where they can be held to."""
    for name, values in filters.items():
        facet = shop.facets.get(name)
        if facet is None:
            return f"There is no facet {name!r}. Known facets: {', '.join(shop.facets) or 'none'}."
        if not values:
            return f"{name} has no value: nothing would be found."
        if facet.kind == "boolean" and not {"true", "false"}.issuperset(values):
            return f"{name} is {', '.join(values)}; expected true or false."
        if facet.kind == "range":
            try:
                (value,) = values
                range_bounds(value)
            except ValueError:
                return f"{name} is {', '.join(values)}; expected one range, lower end first: 10..50, ..50 or 10..."
    return ""


def narrowed(
    products: QuerySet[Any], shop: ProductDocument, facet: Facet, values: tuple[str, ...]
) -> QuerySet[Any]:
    """Those of `products` that have one of `values`."""
    products, condition = condition_of(products, shop, facet, values)
    return products.filter(condition)


def condition_of(
    products: QuerySet[Any], shop: ProductDocument, facet: Facet, values: tuple[str, ...]
) -> tuple[QuerySet[Any], Q]:
    """`products` with the columns that the condition needs, and the condition: to have one of `values`."""
    if isinstance(facet, TagFacet):
        return products, having_tags(facet, values, using=products.db)
    if many_valued(shop, facet.source):
        # In a set of its own: two facets over one relation must not have to meet in one row of it, and a product with
        # two chosen values is still one.
        having, condition = _where(shop.queryset().order_by(), shop, facet, values)
        return products, Q(pk__in=having.filter(condition).values("pk"))
    return _where(products, shop, facet, values)


def _where(
    products: QuerySet[Any], shop: ProductDocument, facet: Facet, values: tuple[str, ...]
) -> tuple[QuerySet[Any], Q]:
    if isinstance(facet.source, Q):
        chosen = set(values)
        if len(chosen) == 2:
            return products, EVERY
        return products, facet.source if chosen == {"true"} else ~facet.source
    path, products = _path(products, shop, facet)
    if facet.kind == "range":
        low, high = range_bounds(values[0])
        condition = Q() if low is None else Q(**{f"{path}__gte": low})
        condition = condition if high is None else condition & Q(**{f"{path}__lte": high})
        return products, condition or EVERY
    if facet.kind == "boolean":
        return products, Q(**{f"{path}__in": [value == "true" for value in values]})
    condition = Q(**{f"{path}__in": values})
    if facet.hierarchical:
        for value in values:
            condition |= Q(**{f"{path}__startswith": f"{value}/"})
    return products, condition


def _path(products: QuerySet[Any], shop: ProductDocument, facet: Facet) -> tuple[str, QuerySet[Any]]:
    """The look-up path to compare with: the column itself if it is text (its index serves), else a cast of it.

    So a value that is no number never reaches a number's column, where it would be an error and not a miss.
    """
    column = facet.source
    if isinstance(column, str) and facet.kind == "value":
        end = last_field(shop, column)
        if isinstance(end, CharField | TextField):
            return column, products
    expression: Any = F(column) if isinstance(column, str) else column
    target: Field[Any, Any] = TextField()
    if facet.kind == "range":
        target = Number()
    elif facet.kind == "boolean":
        target = BooleanField()
    alias = f"ps_chosen_{len(products.query.annotations)}"
    return alias, products.alias(**{alias: Cast(expression, target)})


def single_rows(shop: ProductDocument, visible: QuerySet[Any]) -> QuerySet[Any]:
    """`visible` so that further conditions can be added and no product comes twice.

    A host's queryset may join relations to many, be distinct, sliced or a union: then it becomes a set of keys.
    """
    query = visible.query
    joined = any(isinstance(table, Join) for table in query.alias_map.values())
    if not (joined or query.distinct or query.is_sliced or query.combinator or query.group_by is not None):
        return visible
    return shop.queryset().order_by().using(visible.db).filter(pk__in=visible.values("pk"))
