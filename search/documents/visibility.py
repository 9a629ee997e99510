"""The one door to what exists: hits, counts, suggestions and look-ups by id all pass it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from .loading import document
from .scope import SearchScope


def visible_products(scope: SearchScope) -> QuerySet[Any]:
    """The live products `scope` may see, unordered. A deleted product is gone at once: this is the shop's table."""
    shop = document()
    return shop.visible(shop.queryset(), scope).order_by()
