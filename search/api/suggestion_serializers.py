"""The shape of what is offered while somebody types, and of what is searched for beside a query."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from .explanations import ProductKey


class CategorySuggestionSerializer(serializers.Serializer[Any]):
    """A place to browse, by its name."""

    facet = serializers.CharField()
    value = serializers.CharField(help_text="What the facet's filter parameter takes.")
    label = serializers.CharField(  # type: ignore[assignment]  # Field has an attribute of this name
        help_text="Its name, in the answer's language."
    )


class ProductSuggestionSerializer(serializers.Serializer[Any]):
    """A product that has every word."""

    id = ProductKey(source="key", read_only=True)
    card = serializers.DictField(help_text="What the shop shows of a hit; its document decides what that is.")


class SuggestionsSerializer(serializers.Serializer[Any]):
    """What a shopper may mean while typing, the likeliest first."""

    queries = serializers.ListField(
        child=serializers.CharField(), help_text="What others searched for, and what has an answer here."
    )
    categories = CategorySuggestionSerializer(many=True)
    products = ProductSuggestionSerializer(many=True)
    notices = serializers.ListField(
        child=serializers.CharField(), help_text="What the shopper should know of this answer."
    )
    took_ms = serializers.FloatField(min_value=0)


class RelatedSerializer(serializers.Serializer[Any]):
    """What is searched for beside a query."""

    queries = serializers.ListField(
        child=serializers.CharField(), help_text="Others' queries, the nearest first."
    )
