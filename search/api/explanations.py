"""The shape of what is said of one product: the places that matched, why it is found, why it is not."""

from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from ..retrieval.answer import Deed, LegName
from ..retrieval.why_not import Step


class ProductKey(serializers.Field[Any, Any, Any, Any]):
    """A product's primary key: a number stays one, anything else is text."""

    def to_representation(self, value: Any) -> int | str:
        return value if isinstance(value, int) else str(value)


class HighlightSerializer(serializers.Serializer[Any]):
    """A place that matched: the characters from `start` to before `end` of one of the product's texts."""

    field = serializers.CharField(help_text="The text, as the shop's document calls it.")
    start = serializers.IntegerField(min_value=0, help_text="Counted in Unicode code points.")
    end = serializers.IntegerField(min_value=1)
    words = serializers.CharField(help_text="What stands there.")


class LegScoreSerializer(serializers.Serializer[Any]):
    """What one way of finding says of a product."""

    rank = serializers.IntegerField(min_value=1, help_text="Among all products that were looked at.")
    raw = serializers.FloatField(help_text="BM25F of keywords, else the cosine of two vectors.")
    value = serializers.FloatField(min_value=0, max_value=1, help_text="Calibrated: comparable between legs.")


class MetSerializer(serializers.Serializer[Any]):
    """A condition that the product meets, as all that is found."""

    kind = serializers.ChoiceField(choices=["filter", "phrase", "excluded", "where"])
    words = serializers.CharField(help_text="What was written for it; empty for a filter chosen by hand.")
    facet = serializers.CharField(help_text="A filter's facet; else empty.")
    values = serializers.ListField(child=serializers.CharField(), help_text="A filter's values; else none.")


class SteeredSerializer(serializers.Serializer[Any]):
    """What somebody who steers did to a search, or to one product."""

    by = serializers.CharField(help_text="`rules`, or what else steers.")
    name = serializers.CharField(help_text="The rule's name.")
    did = serializers.ChoiceField(choices=list(get_args(Deed)))
    amount = serializers.FloatField(
        allow_null=True,
        help_text="The place of a pin; the points of a boost, of which all words together are worth 1.",
    )
    detail = serializers.CharField(help_text="Words, an address: for people.")


class ExplanationSerializer(serializers.Serializer[Any]):
    """Why a product belongs: it has every word, or its value reaches the floor."""

    found_by = serializers.ListField(
        child=serializers.ChoiceField(choices=list(get_args(LegName))),
        help_text="Legs that reach the floor by themselves.",
    )
    value = serializers.FloatField(help_text="Calibrated relevance of all legs together, 0 to 1.")
    floor = serializers.FloatField(help_text="RELEVANCE_FLOOR.")
    margin = serializers.FloatField(help_text="`value` less `floor`; below 0 every word is there.")
    exact = serializers.BooleanField(help_text="One of its texts is just the query.")
    has = serializers.ListField(child=serializers.CharField(), help_text="Words of the query that it has.")
    tagged = serializers.ListField(
        child=serializers.CharField(), help_text="Words that its text lacks, but a tag of it says."
    )
    lacks = serializers.ListField(child=serializers.CharField(), help_text="Words that it lacks.")
    met = MetSerializer(many=True)


class WhyNotSerializer(serializers.Serializer[Any]):
    """The first step at which a search dropped a product, or where it is found."""

    step = serializers.ChoiceField(choices=list(get_args(Step)))
    found = serializers.BooleanField(help_text="It is among the results, on this page or another.")
    reason = serializers.CharField(help_text="The step in words, in the answer's language.")
    details = serializers.ListField(child=serializers.CharField(), help_text="Further sentences.")
    facet = serializers.CharField(help_text="The filter at fault; else empty.")
    by = serializers.CharField(help_text="The rule that hides it, or adds the filter; else empty.")
    instead = ProductKey(allow_null=True, read_only=True, help_text="The variant that is shown.")
    page = serializers.IntegerField(allow_null=True, help_text="Where it, or its variant, is.")
    place = serializers.IntegerField(allow_null=True, help_text="1 is the first of all results.")
    legs = serializers.DictField(
        child=serializers.FloatField(), help_text="By leg, how relevant it is, 0 to 1; where it was judged."
    )
    explanation = ExplanationSerializer(allow_null=True)
