"""Documents of shops that declare more than the reference shop does."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from catalog.documents import ProductDocument
from product_search.documents import Facet, SearchScope, Text
from product_search.documents import ProductDocument as Document


class HitOfTheShop(serializers.Serializer[Any]):
    """What the shop's own API shows of a product."""

    sku = serializers.CharField()
    price = serializers.DecimalField(max_digits=10, decimal_places=2)
    asked_in = serializers.SerializerMethodField()
    path = serializers.SerializerMethodField()

    def get_asked_in(self, product: Any) -> str:
        return str(self.context["scope"].language)

    def get_path(self, product: Any) -> str:
        return str(self.context["request"].path)


class Serialized(Document):
    """Hits by the shop's own serializer, which everybody may keep for a minute."""

    title = Text("name")
    price = Facet("price", kind="range")

    class Meta:
        hit_serializer = "tests.integration.api.documents.HitOfTheShop"
        public_seconds = 60

    def visible(self, queryset: QuerySet[Any], scope: SearchScope) -> QuerySet[Any]:
        return queryset.filter(published=True)


class Channelled(ProductDocument):
    """Sold in two currencies; the outlet shows only what costs less than 20."""

    class Meta:
        currencies = ("EUR", "CHF")
        channels = ("shop", "outlet")

    def visible(self, queryset: QuerySet[Any], scope: SearchScope) -> QuerySet[Any]:
        seen = super().visible(queryset, scope)
        return seen.filter(price__lt=20) if scope.channel == "outlet" else seen

    def card(self, product: Any, scope: SearchScope) -> dict[str, Any]:
        return {"currency": scope.currency, "title": product.name}
