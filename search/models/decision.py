"""What people decided of tags, one row a decision: who, when, what it was about, and how sure which model had been."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField


class Verdict(models.TextChoices):
    """What somebody said of a value: it is right, it is wrong, another is right, or an earlier verdict was a slip."""

    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    CHANGED = "changed", _("changed")
    UNDONE = "undone", _("undone")


class Decision(models.Model):
    """One verdict on one value of a product. Rows are added, never changed: an undone decision has a second row.

    People and models are named and not pointed at: what was decided outlives an account and a space.
    """

    id = models.BigAutoField(primary_key=True)
    #: By the database's clock.
    decided_at = models.DateTimeField(_("when"), db_default=Now())
    #: The user's name as it was.
    decided_by = models.CharField(_("who"), max_length=300)
    product = ProductKeyField(_("product"))
    attribute = models.TextField(_("attribute"))
    value = models.TextField(_("value"))
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices)
    #: What is right in its place, where the verdict is `changed`.
    chosen = models.TextField(_("instead"), blank=True)
    #: The value's at that time; null where nothing had suggested it.
    probability = models.FloatField(_("probability"), null=True)
    model = models.CharField(_("model"), max_length=300, blank=True)
    #: Digest of the embedding space whose scores it was.
    space = models.CharField(_("digest"), max_length=64, blank=True)
    #: States of the value's tag, and of the chosen value's, before; empty where there was no such tag.
    before = models.CharField(max_length=10, blank=True)
    chosen_before = models.CharField(max_length=10, blank=True)
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="undone_by", verbose_name=_("takes back")
    )

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("-id",)
        indexes = [models.Index(fields=["product", "attribute"], name="product_search_decision_of")]

    def __str__(self) -> str:
        said = f"{self.value} → {self.chosen}" if self.chosen else self.value
        return f"{self.attribute}: {said}, {self.get_verdict_display()} ({self.product})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(_FINAL)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(_FINAL)


_FINAL = "Decisions are added and never changed: take one back with tagging.deciding.undo()."
