"""The shape of events, and of the answer to them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ..models import EventKind
from .explanations import ProductKey


class EventSerializer(serializers.Serializer[Any]):
    """Something that a shopper did with a product."""

    kind = serializers.ChoiceField(choices=EventKind.values)
    product = ProductKey(help_text="The `id` of the hit.")
    search_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="That of the answer it was found in. A cart or an order without one belongs to the visitor's last"
        " click on the product.",
    )
    position = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, help_text="Its place among all hits; 1 is the top."
    )
    quantity = serializers.IntegerField(required=False, min_value=1, default=1)
    amount = serializers.FloatField(
        required=False, allow_null=True, min_value=0, help_text="Of an order: of all `quantity` together."
    )
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    order = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Of an order: its number, kept as a hash. Told twice, it counts once.",
    )


class EventsBodySerializer(serializers.Serializer[Any]):
    """Up to 100 events of one visitor."""

    events = serializers.ListField(child=EventSerializer(), min_length=1, max_length=100)
    visitor = serializers.CharField(
        required=False,
        max_length=200,
        help_text="What tells this visitor from others today, where there is no session: anything random that the"
        " frontend keeps. It is hashed with a key that is forgotten every day.",
    )
    csrf = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Django's CSRF token, for beacons of signed-in users: they can't send the header X-CSRFToken.",
    )


class TakenSerializer(serializers.Serializer[Any]):
    """What became of them."""

    recorded = serializers.IntegerField(
        min_value=0,
        help_text="Events that are recorded: none while the shop records none, or the browser asks for no tracks.",
    )
