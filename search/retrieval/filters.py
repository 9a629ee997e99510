"""A shopper's choices as conditions on the shop's live tables: a changed price or stock shows in the very next search.

A row of the querysets made here is one product, once, whatever the host's visibility and the chosen facets join.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db.models import BooleanField, Case, QuerySet, When

from ..documents import ProductDocument, SearchScope, visible_products
from ..documents.conditions import condition_of, narrowed, single_rows
from .selectivity import Keys


@dataclass(frozen=True)
class Choices:
    """What exists for a scope, and what of it a shopper chose; every set of products in a search comes from here."""

    document: ProductDocument
    visible: QuerySet[Any]
    filters: Mapping[str, tuple[str, ...]]
    #: What is visible just as the document gives it, with whatever its cards read.
    given: QuerySet[Any] | None = field(default=None, compare=False, repr=False)
    #: Whether a key's filters leave products out: then what their values are called is not to be told either.
    bounded: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, shop: ProductDocument, scope: SearchScope, filters: Mapping[str, tuple[str, ...]]) -> Choices:
        """The choices of one request; `visible_products` is the one door to what exists."""
        given = visible_products(scope)
        return cls(shop, single_rows(shop, given), filters, given, bool(scope.filters))

    def choosing(self, filters: Mapping[str, tuple[str, ...]]) -> Choices:
        """The same with these filters in the place of those that were chosen."""
        other = replace(self, filters=filters)
        if "seen" in self.__dict__:  # is compiled already, and no other
            other.__dict__["seen"] = self.seen
        return other

    def lifting(self, facets: Collection[str]) -> Choices:
        """The same where only filters of `facets` will ever be lifted; the others are a part of what is visible."""
        if self.filters.keys() <= set(facets):
            return self
        kept = {name: values for name, values in self.filters.items() if name in facets}
        rest = {name: values for name, values in self.filters.items() if name not in facets}
        return replace(self, visible=replace(self, filters=rest).products(), filters=kept)

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
        products, condition = condition_of(products, self.document, facet, values)
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
                found = narrowed(found, self.document, self.document.facets[name], values)
        return found


def row_of(products: QuerySet[Any], product_key: Any, *columns: str) -> tuple[Any, ...] | None:
    """The `columns` of the product of a key as somebody wrote it; None where there is none, or no such key can be."""
    try:
        return products.order_by().filter(pk=product_key).values_list(*columns).first()
    except (ValueError, TypeError, OverflowError, ValidationError):  # no key of this shop's type
        return None
