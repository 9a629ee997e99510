"""The one door to what exists: hits, counts, suggestions and look-ups by id all pass it."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

from ..models import Ruling, RulingState
from .conditions import fault_of, narrowed, single_rows
from .loading import document
from .scope import SearchScope

_Product = TypeVar("_Product", bound=Model)


def visible_products(scope: SearchScope) -> QuerySet[Any]:
    """The live products `scope` may see, unordered, and none that is held back. A deleted product is gone at once, and
    so is a held one: both are asked of the tables themselves.

    `scope.filters` hold for all that is made of them. Where the document can't say what one of them means (its facet is
    gone), nothing is visible: such a filter keeps tenants apart.
    """
    shop = document()
    visible = shop.visible(shop.queryset(), scope).order_by()
    query = visible.query
    if query.is_sliced or query.combinator:  # to which no condition can be added
        visible = shop.queryset().order_by().using(visible.db).filter(pk__in=visible.values("pk"))
    visible = visible.exclude(held_back())
    if not scope.filters:
        return visible
    if fault_of(shop, scope.filters):
        return visible.none()
    visible = single_rows(shop, visible)
    for name, values in scope.filters.items():
        visible = narrowed(visible, shop, shop.facets[name], values)
    return visible


def held_back() -> Exists:
    """The condition that a product is held back by moderation: `Product.objects.exclude(held_back())`."""
    # The rows of a partial index: as good as none to look through, however many products there are.
    return Exists(Ruling.objects.filter(product=OuterRef("pk"), state=RulingState.HELD))


class HeldBackQuerySet(QuerySet[_Product]):
    """A queryset of the shop's product that knows what moderation holds back.

    `class Product: objects = HeldBackQuerySet.as_manager()`; the shop's own pages then ask for `on_show()`.
    """

    def held_back(self) -> Self:
        """What is held back: it is in no search, and belongs on no page of the shop."""
        return self.filter(held_back())

    def on_show(self) -> Self:
        """What is not held back."""
        return self.exclude(held_back())
