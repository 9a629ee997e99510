"""A shopper's choices as conditions on the shop's live tables: a changed price or stock shows in the very next search.

A row of the querysets made here is one product, once, whatever the host's visibility and the chosen facets join.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DecimalField,
    F,
    Field,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.db.models.sql.datastructures import Join

from ..documents import Facet, ProductDocument, SearchScope, visible_products
from ..documents.fields import TagFacet
from ..documents.sources import last_field, many_valued
from ..documents.tag_values import having as having_tags
from .request import range_bounds
from .selectivity import Keys

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


@dataclass(frozen=True)
class Choices:
    """What exists for a scope, and what of it a shopper chose; every set of products in a search comes from here."""

    document: ProductDocument
    visible: QuerySet[Any]
    filters: Mapping[str, tuple[str, ...]]
    #: What is visible just as the document gives it, with whatever its cards read.
    given: QuerySet[Any] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, shop: ProductDocument, scope: SearchScope, filters: Mapping[str, tuple[str, ...]]) -> Choices:
        """The choices of one request; `visible_products` is the one door to what exists."""
        given = visible_products(scope)
        return cls(shop, _single_rows(shop, given), filters, given)

    def choosing(self, filters: Mapping[str, tuple[str, ...]]) -> Choices:
        """The same with these filters in the place of those that were chosen."""
        other = replace(self, filters=filters)
        if "seen" in self.__dict__:  # is compiled already, and no other
            other.__dict__["seen"] = self.seen
        return other

    @cached_property
    def known(self) -> tuple[Any, ...]:
        """What tells these choices from others: for whom they are, in SQL, and what was chosen.

        Raises `EmptyResultSet` where Django knows that nothing is visible.
        """
        seen = self.seen
        return self.visible.db, self.document, seen.sql, seen.parameters, tuple(self.filters.items())

    @cached_property
    def seen(self) -> Keys:
        """The keys of what is visible, compiled once. Raises `EmptyResultSet` as above."""
        return Keys.of(self.visible)

    def passing(self, products: QuerySet[Any], name: str, alias: str) -> QuerySet[Any]:
        """`products` with a column `alias`: whether each passes what was chosen of the facet `name`."""
        facet, values = self.document.facets[name], self.filters[name]
        products, condition = _condition(products, self.document, facet, values)
        passes = Case(When(condition, then=True), default=False, output_field=BooleanField())
        marked: QuerySet[Any] = products.annotate(**{alias: passes})
        return marked

    def keys(self, lifted: str | None = None) -> Keys | None:
        """The keys of `products`, compiled once; None where Django knows that there are none."""
        if lifted not in self._keys:
            try:
                self._keys[lifted] = Keys.of(self.products(lifted=lifted)) if self.filters else self.seen
            except EmptyResultSet:
                self._keys[lifted] = None
        return self._keys[lifted]

    @cached_property
    def _keys(self) -> dict[str | None, Keys | None]:
        return {}

    def products(self, *, lifted: str | None = None) -> QuerySet[Any]:
        """Visible products that pass every chosen filter, or all but that of the facet `lifted`."""
        found = self.visible
        for name, values in self.filters.items():
            if name != lifted:
                found = _narrow(found, self.document, self.document.facets[name], values)
        return found


def row_of(products: QuerySet[Any], product_key: Any, *columns: str) -> tuple[Any, ...] | None:
    """The `columns` of the product of a key as somebody wrote it; None where there is none, or no such key can be."""
    try:
        return products.order_by().filter(pk=product_key).values_list(*columns).first()
    except (ValueError, TypeError, OverflowError, ValidationError):  # no key of this shop's type
        return None


def _narrow(
    products: QuerySet[Any], shop: ProductDocument, facet: Facet, values: tuple[str, ...]
) -> QuerySet[Any]:
    products, condition = _condition(products, shop, facet, values)
    return products.filter(condition)


def _condition(
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


def _single_rows(shop: ProductDocument, visible: QuerySet[Any]) -> QuerySet[Any]:
    """`visible` so that further conditions can be added and no product comes twice.

    A host's queryset may join relations to many, be distinct, sliced or a union: then it becomes a set of keys.
    """
    query = visible.query
    joined = any(isinstance(table, Join) for table in query.alias_map.values())
    if not (joined or query.distinct or query.is_sliced or query.combinator or query.group_by is not None):
        return visible
    return shop.queryset().order_by().using(visible.db).filter(pk__in=visible.values("pk"))
