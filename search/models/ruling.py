"""Rulings of moderation: which products fall under which policy, what people decided, and how it came to that."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField


class RulingState(models.TextChoices):
    """What a ruling means for the product: `held` alone takes it out of everything."""

    CLEAR = "clear", _("clear")
    FLAGGED = "flagged", _("flagged")
    HELD = "held", _("held back")
    RELEASED = "released", _("released")


class Because(models.TextChoices):
    """What a ruling rests on."""

    PICTURE = "picture", _("what a picture shows")
    TEXT = "text", _("what its text means")
    TOGETHER = "together", _("picture and text together")
    LETTERING = "lettering", _("lettering on a picture")
    UNFAMILIAR = "unfamiliar", _("a picture unlike anything sold")
    WORDS = "words", _("words of its text")
    CONTACTS = "contacts", _("contact details in its text")
    UNJUDGED = "unjudged", _("it could not be judged")
    PERSON = "person", _("a person's decision")


class Event(models.TextChoices):
    """What happened to a ruling."""

    JUDGED = "judged", _("judged")
    DECIDED = "decided", _("decided")
    UNDONE = "undone", _("undone")
    APPEALED = "appealed", _("appealed")


#: The policy of what a person holds back without any.
BY_HAND = ""


class Ruling(models.Model):
    """One product under one policy; without a row it is clear. A person's decision (`decided_by`) stands until the
    pictures or texts are others (`content`). Policies are named, not referred to: one may go, and no ruling is lost.
    """

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    policy = models.CharField(_("policy"), max_length=60, blank=True, default=BY_HAND)
    state = models.CharField(_("state"), max_length=10, choices=RulingState.choices)
    probability = models.FloatField(_("probability"), null=True)
    because = models.CharField(_("because of"), max_length=10, choices=Because.choices)
    #: The nearest sentence, or the words that were found.
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    #: Stable id of the picture that weighed most.
    picture = models.TextField(_("picture"), blank=True)
    #: Name and digest of the embedding space that it was judged in.
    model = models.TextField(_("model"), blank=True)
    #: SHA-256 over the texts and pictures that were judged.
    content = models.CharField(max_length=64, blank=True)
    judged_at = models.DateTimeField(_("judged"), db_default=Now())
    decided_by = models.TextField(_("decided by"), blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    appeal = models.TextField(_("appeal"), blank=True)
    appealed_at = models.DateTimeField(_("appealed"), null=True)

    class Meta:
        verbose_name = _("ruling")
        verbose_name_plural = _("rulings")
        constraints = [
            models.UniqueConstraint(fields=["product", "policy"], name="product_search_ruling_key")
        ]
        indexes = [
            models.Index(
                fields=["product"], name="product_search_ruling_held", condition=models.Q(state="held")
            ),
            models.Index(fields=["state", "policy"], name="product_search_ruling_state"),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.get_state_display()}"


class RulingChange(models.Model):
    """What became of a ruling: who, when, from what to what, and why. Rows are added and never changed, which the
    database holds them to.
    """

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    policy = models.CharField(_("policy"), max_length=60, blank=True)
    at = models.DateTimeField(_("at"), db_default=Now())
    event = models.CharField(_("event"), max_length=10, choices=Event.choices)
    #: A user's name; empty where the model judged.
    who = models.TextField(_("who"), blank=True)
    before = models.CharField(_("from"), max_length=10, choices=RulingState.choices)
    after = models.CharField(_("to"), max_length=10, choices=RulingState.choices)
    because = models.CharField(_("because of"), max_length=10, choices=Because.choices)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    probability = models.FloatField(_("probability"), null=True)
    model = models.TextField(_("model"), blank=True)
    why = models.TextField(_("why"), blank=True)

    class Meta:
        verbose_name = _("change of a ruling")
        verbose_name_plural = _("changes of rulings")
        ordering = ("-id",)
        indexes = [models.Index(fields=["product", "policy"], name="product_search_change_product")]

    def __str__(self) -> str:
        return f"{self.product}: {self.before} → {self.after}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit trail is added to and never changed.")
