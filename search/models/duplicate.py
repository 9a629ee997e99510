"""Two products that may be one: with the same picture, or listed twice; until somebody says that they are not."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField


class DuplicateKind(models.TextChoices):
    """What two products have in common."""

    LISTED_TWICE = "listed_twice", _("listed twice")
    SAME_FILE = "same_file", _("same file")
    SAME_PICTURE = "same_picture", _("same picture")


class PairState(models.TextChoices):
    """What somebody decided of a pair."""

    OPEN = "open", _("open")
    DISMISSED = "dismissed", _("two products")
    MERGED = "merged", _("merged")


class Duplicate(models.Model):
    """A pair of products, that of the lower key first, with the pictures that are the same."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    other = ProductKeyField(_("other product"))
    picture = models.TextField(_("picture"))
    other_picture = models.TextField(_("other picture"))
    kind = models.CharField(_("kind"), max_length=20, choices=DuplicateKind.choices)
    #: A pair that somebody decided on is not brought up again.
    state = models.CharField(_("state"), max_length=10, choices=PairState.choices, default=PairState.OPEN)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.CharField(_("by"), max_length=300, blank=True)
    #: Which of the two went into the other, and what the shop's `merge` said that taking it back needs.
    removed = ProductKeyField(null=True)
    undo = models.JSONField(null=True)

    class Meta:
        verbose_name = _("duplicate")
        verbose_name_plural = _("duplicates")
        constraints = [
            models.UniqueConstraint(fields=["product", "other"], name="product_search_duplicate_pair")
        ]
        indexes = [models.Index(fields=["other"], name="product_search_duplicate_other")]

    def __str__(self) -> str:
        return gettext("%(product)s and %(other)s: %(kind)s") % {
            "product": self.product,
            "other": self.other,
            "kind": self.get_kind_display(),
        }
