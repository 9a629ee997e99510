"""The shape of what is told of pictures and labels, and of what is sent for it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from .explanations import ProductKey
from .search_serializers import FiltersField

_FITS = "How well it fits, from 0 to 1; below one half it does not."


class LabelProbabilitySerializer(serializers.Serializer[Any]):
    """A label, and how likely it is."""

    value = serializers.CharField(help_text="The label as it was sent, or a category's path.")
    label = serializers.CharField(  # type: ignore[assignment]  # Field has an attribute of this name
        help_text="Its name, in the answer's language."
    )
    probability = serializers.FloatField(min_value=0, max_value=1)


class ClassifiedSerializer(serializers.Serializer[Any]):
    """Labels, the likeliest first."""

    labels = LabelProbabilitySerializer(
        many=True, help_text="All that were sent; of categories the ten likeliest, branches among them."
    )
    said = serializers.CharField(
        allow_blank=True, help_text="The one it is, or the lowest branch that is likelier than not."
    )
    doubt = serializers.ChoiceField(
        choices=["", "none_of_these", "not_a_product", "unfamiliar", "unsure"],
        allow_blank=True,
        help_text="Why none is said: another thing than any of them is likelier; it looks like no product; like "
        "nothing that is sold here; no category is likelier than not.",
    )
    none_of_these = serializers.FloatField(min_value=0, max_value=1)
    not_a_product = serializers.FloatField(min_value=0, max_value=1)
    took_ms = serializers.FloatField(min_value=0)


class MediaPictureSerializer(serializers.Serializer[Any]):
    """A picture of the shop's."""

    id = serializers.CharField(help_text="Its stable id, as `picture` of a hit.")
    position = serializers.IntegerField(
        min_value=0, help_text="Its place among its product's; 0 is the first."
    )
    url = serializers.CharField(allow_blank=True)
    alt = serializers.CharField(allow_blank=True, help_text="The shop's words for those who don't see it.")
    value = serializers.FloatField(min_value=0, max_value=1, help_text=_FITS)
    passage = serializers.CharField(help_text="What of the text it fits best.")


class CoverSerializer(serializers.Serializer[Any]):
    """All pictures of a product, the one that fits best first."""

    pictures = MediaPictureSerializer(many=True)
    notices = serializers.ListField(
        child=serializers.CharField(), help_text="What whoever asks should know of this answer."
    )
    took_ms = serializers.FloatField(min_value=0)


class MediaHitSerializer(serializers.Serializer[Any]):
    """A product with its picture that fits best."""

    id = ProductKey(source="key", read_only=True)
    card = serializers.DictField(help_text="What the shop shows of a hit; its document decides what that is.")
    picture = MediaPictureSerializer()


class MediaSerializer(serializers.Serializer[Any]):
    """Pictures for a text, one of each product, the best first."""

    hits = MediaHitSerializer(many=True)
    total = serializers.IntegerField(min_value=0, help_text="Products with a picture that fits, at least.")
    notices = serializers.ListField(
        child=serializers.CharField(), help_text="What whoever asks should know of this answer."
    )
    took_ms = serializers.FloatField(min_value=0)


class RankedPictureSerializer(serializers.Serializer[Any]):
    """One of the pictures that were sent."""

    index = serializers.IntegerField(min_value=0, help_text="Its place among them; 0 is the first.")
    value = serializers.FloatField(min_value=0, max_value=1, help_text=_FITS)
    passage = serializers.CharField(help_text="What of the text it fits best.")


class RankedPicturesSerializer(serializers.Serializer[Any]):
    """The pictures that were sent, the one that fits best first."""

    pictures = RankedPictureSerializer(many=True)
    took_ms = serializers.FloatField(min_value=0)


class ClassifyBodySerializer(serializers.Serializer[Any]):
    """A text and labels to put it to."""

    text = serializers.CharField(max_length=1000)
    labels = serializers.ListField(child=serializers.CharField(max_length=200), min_length=1, max_length=100)
    language = serializers.CharField(required=False)


class ClassifyFormSerializer(serializers.Serializer[Any]):
    """A picture, a text or both; without labels the picture is put to the shop's own categories."""

    picture = serializers.FileField(required=False, use_url=False)
    text = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    labels = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, help_text="Repeat the field for each."
    )
    language = serializers.CharField(required=False)


class MediaBodySerializer(serializers.Serializer[Any]):
    """A text that pictures are wanted for."""

    text = serializers.CharField(max_length=10_000)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100)
    filters = FiltersField(required=False, help_text="Facet name to the values chosen.")
    language = serializers.CharField(required=False)


class RankFormSerializer(serializers.Serializer[Any]):
    """Pictures, and what they should show."""

    picture = serializers.ListField(
        child=serializers.FileField(use_url=False),
        min_length=1,
        max_length=20,
        help_text="Repeat the field for each.",
    )
    text = serializers.CharField(max_length=10_000)
    language = serializers.CharField(required=False)
