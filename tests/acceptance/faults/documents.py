"""What the products of the fault tests say and show. The oracle knows it by heart and does not read it from here."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from product_search import documents
from product_search.documents import Images, SearchScope, Text, Translated


class FaultsDocument(documents.ProductDocument):
    """Columns, relations in both directions, a many-to-many with a table of its own, and pictures; two languages."""

    title = Text(Translated("name", de="name_de"), weight=3.0)
    brand_name = Text("brand__name")
    category_name = Text(Translated("category__name", de="category__name_de"))
    collection_names = Text("collections__name")
    description = Text("description")

    images = Images("images", file="image", order_by="position")

    class Meta:
        languages = ("en", "de")

    def visible(self, queryset: QuerySet[Any], scope: SearchScope) -> QuerySet[Any]:
        """All of them."""
        return queryset
