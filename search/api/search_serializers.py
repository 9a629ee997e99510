"""The shape of a search as JSON and as a form, of several at once, and of what they answer together."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ..retrieval.request import MAX_CLAUSES
from .bodies import MOST_SEARCHES
from .examples import ExamplesSerializer, VectorSerializer
from .serializers import AnswerSerializer, FacetValueSerializer


class FiltersField(serializers.DictField):
    """`{facet: value or values}`."""


class SearchFieldsSerializer(ExamplesSerializer):
    """What a search says alike as JSON and as a form."""

    q = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    sort = serializers.CharField(required=False, allow_blank=True)
    page = serializers.IntegerField(required=False, min_value=1)
    per_page = serializers.IntegerField(required=False, min_value=0, max_value=100)
    spelling = serializers.ChoiceField(choices=["on", "off"], required=False)
    viewed = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Ids of products looked at, the latest first.",
    )
    personal = serializers.ChoiceField(choices=["on", "off"], required=False)
    cursor = serializers.CharField(required=False, allow_blank=True)
    language = serializers.CharField(required=False)
    currency = serializers.CharField(required=False)
    channel = serializers.CharField(required=False)


class SearchBodySerializer(SearchFieldsSerializer):
    """A search as JSON."""

    filters = FiltersField(required=False, help_text="Facet name to the values chosen.")
    vectors = VectorSerializer(many=True, required=False, help_text="Vectors of the model that serves.")
    picture_url = serializers.CharField(
        required=False, help_text="The address of the picture to search with, where PICTURE_URLS is on."
    )
    facets = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Facets to count; all when left out."
    )
    where = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=1),
        required=False,
        max_length=MAX_CLAUSES,
        help_text="Conditions that counts of facets never lift: of each list one must hold, `facet:value` or"
        " `-facet:value`.",
    )
    plain = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Facets that words may not set."
    )
    fields = serializers.ListField(  # type: ignore[assignment]  # taken out of the class by its metaclass
        child=serializers.CharField(), required=False, help_text="Members of the answer, as dotted paths."
    )
    highlight = serializers.BooleanField(required=False)
    explain = serializers.BooleanField(required=False, help_text="For staff.")
    viewed = serializers.ListField(
        child=serializers.JSONField(),
        required=False,
        help_text="Ids of products looked at, the latest first.",
    )


class SearchFormSerializer(SearchFieldsSerializer):
    """A search as a form: the parameters of a GET, and a picture."""

    picture = serializers.FileField(required=False, use_url=False)
    picture_url = serializers.CharField(required=False, allow_blank=True)
    vectors = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Vectors, each as JSON."
    )
    facets = serializers.CharField(required=False, allow_blank=True)
    where = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Each a JSON array, a clause."
    )
    plain = serializers.CharField(required=False, allow_blank=True)
    fields = serializers.CharField(required=False)  # type: ignore[assignment]
    highlight = serializers.ChoiceField(choices=["true", "false"], required=False)
    explain = serializers.ChoiceField(choices=["true", "false"], required=False, help_text="For staff.")


class SearchOfSeveralSerializer(SearchBodySerializer):
    """A search as JSON, without pictures."""

    picture_url = None  # type: ignore[assignment]  # how REST framework takes a field away


class SearchesBodySerializer(serializers.Serializer[Any]):
    """Searches, each as `v1/search` takes it as JSON."""

    searches = serializers.ListField(
        child=SearchOfSeveralSerializer(), min_length=1, max_length=MOST_SEARCHES
    )


class AnswersSerializer(serializers.Serializer[Any]):
    """An answer to each search, in their order."""

    answers = AnswerSerializer(many=True)
    took_ms = serializers.FloatField(min_value=0)


class FacetValuesSerializer(serializers.Serializer[Any]):
    """Values of one facet, the most frequent first."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["value", "boolean"])
    values = FacetValueSerializer(many=True)
    took_ms = serializers.FloatField(min_value=0)
