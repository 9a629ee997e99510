"""Words for those who don't see a picture: what is offered for it in each language, and what somebody decided."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField

#: Characters that a suggestion has at most: screen readers read it in one breath.
LONGEST = 125


class AltTextState(models.TextChoices):
    """What became of a suggestion: taken as it was, in other words, or not at all."""

    SUGGESTED = "suggested", _("suggested")
    ACCEPTED = "accepted", _("accepted")
    EDITED = "edited", _("edited")
    REJECTED = "rejected", _("rejected")


#: States in which somebody stands behind the words.
DECIDED = (AltTextState.ACCEPTED, AltTextState.EDITED)


class AltText(models.Model):
    """The words for one picture in one language. Once somebody decided, `text` and `state` are theirs alone.

    `suggestion` goes on saying what would be offered now, and `caption` what the shop's captioner says.
    """

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    picture = models.TextField(_("picture"))
    language = models.CharField(_("language"), max_length=20)
    position = models.PositiveIntegerField(_("position"), default=0)
    text = models.TextField(_("words"), blank=True)
    suggestion = models.TextField(_("suggestion"), blank=True)
    caption = models.TextField(_("caption"), blank=True)
    #: Digest of the file that `caption` is of.
    captioned = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=AltTextState.choices, default=AltTextState.SUGGESTED
    )

    class Meta:
        verbose_name = _("alt text")
        verbose_name_plural = _("alt texts")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "picture", "language"], name="product_search_alttext_key"
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "language", "product", "position"], name="product_search_alttext_turn"
            )
        ]

    def __str__(self) -> str:
        return self.text


class AltTextDecision(models.Model):
    """Who said what of a picture's words, and when; what was before it, so that it can be undone. Append-only."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    picture = models.TextField(_("picture"))
    language = models.CharField(_("language"), max_length=20)
    state = models.CharField(_("state"), max_length=10, choices=AltTextState.choices)
    text = models.TextField(_("words"), blank=True)
    state_before = models.CharField(_("state before"), max_length=10, choices=AltTextState.choices)
    text_before = models.TextField(_("words before"), blank=True)
    #: Whether it took another decision back.
    undo = models.BooleanField(_("undone"), default=False)
    #: User name: users go, decisions stay.
    who = models.TextField(_("by"))
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("decision on an alt text")
        verbose_name_plural = _("decisions on alt texts")
        indexes = [
            models.Index(fields=["product", "picture", "language"], name="product_search_alttext_said")
        ]

    def __str__(self) -> str:
        return f"{self.state}: {self.text}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A decision is never changed: make another one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("A decision is never deleted.")


class Undescribed(models.Model):
    """A product whose alt texts may no longer be right: their queue. Insert-only: a write waits for nobody."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField()

    def __str__(self) -> str:
        return str(self.product)
