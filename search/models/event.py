"""What shoppers did: searches, and what followed them. Nobody is in here by name.

Rows are only added, in batches and behind the search's back (`analytics.recording`), and are gone after EVENTS_DAYS.
What is kept for longer are the roll-ups.
"""

from __future__ import annotations

import unicodedata

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField

#: What is kept of a query; an index takes no longer ones.
QUERY_CHARACTERS = 200


def normal_query(words: str) -> str:
    """Words as they are counted: lower case, single spaces, composed, so many characters at most."""
    return " ".join(unicodedata.normalize("NFC", words).lower().split())[:QUERY_CHARACTERS].rstrip()


class SearchKind(models.TextChoices):
    """What was searched with; browsing asks for nothing."""

    WORDS = "words", _("words")
    PICTURE = "picture", _("a picture")
    BOTH = "both", _("words and a picture")
    BROWSE = "browse", _("browsing")


class EventKind(models.TextChoices):
    """What a shopper did with a product."""

    VIEW = "view", _("view")
    CLICK = "click", _("click")
    CART = "cart", _("into the cart")
    ORDER = "order", _("order")


class SearchEvent(models.Model):
    """One page of one search's answer, as one shopper saw it."""

    id = models.BigAutoField(primary_key=True)
    #: What the answer told the frontend; every page has one of its own.
    search_id = models.UUIDField()
    at = models.DateTimeField()
    #: A keyed hash of the visitor, whose key is forgotten when the day is over; NULL where nobody can be told apart.
    session = models.UUIDField(null=True)
    language = models.CharField(max_length=20)
    channel = models.CharField(max_length=80, blank=True)
    segment = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=10, choices=SearchKind.choices)
    #: As it was searched (corrected), in lower case, single spaces; empty where it looked personal.
    words = models.CharField(max_length=QUERY_CHARACTERS, blank=True)
    #: As it was typed; empty where it looked personal.
    typed = models.CharField(max_length=QUERY_CHARACTERS, blank=True)
    #: `{facet: [value, ...]}`, as they were chosen by hand.
    filters = models.JSONField(default=dict)
    sort = models.CharField(max_length=80, blank=True)
    #: 1 is the first; only that counts as a search.
    page = models.PositiveIntegerField(default=1)
    total = models.PositiveIntegerField(default=0)
    #: Products shown apart, that have only some of the words.
    near = models.PositiveIntegerField(default=0)
    took_ms = models.FloatField(default=0)
    #: Products in the order in which they were shown; the first was at position `shown_from`, 1 being the top.
    shown = ArrayField(ProductKeyField(), default=list)
    shown_from = models.PositiveIntegerField(default=1)
    corrected = models.BooleanField(default=False)

    class Meta:
        indexes = [
            BrinIndex(fields=["at"], name="product_search_searchevent_at", autosummarize=True),
            # They are few among many, and looked at by themselves.
            models.Index(
                fields=["at"],
                name="product_search_searchevent_pic",
                condition=models.Q(kind__in=("picture", "both")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.words or self.kind}"


class ShopperEvent(models.Model):
    """One thing that a shopper did with a product."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    #: As in `SearchEvent`.
    session = models.UUIDField(null=True)
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    product = ProductKeyField()
    #: The search it is said to come from; roll-ups find one for a cart and an order that say nothing.
    search_id = models.UUIDField(null=True)
    #: Where the product was shown, 1 being the top; NULL where nobody said.
    position = models.PositiveIntegerField(null=True)
    quantity = models.PositiveIntegerField(default=1)
    #: Of all `quantity` together; orders have one.
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    #: Hash of the order's number, as the session is: what was sent twice counts once.
    order = models.UUIDField(null=True)

    class Meta:
        indexes = [
            BrinIndex(fields=["at"], name="product_search_shopperevent_at", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.kind} {self.product}"


class SessionSalt(models.Model):
    """The key that a day's visitors are hashed with; deleted when the day is over, and with it the way back."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.day)
