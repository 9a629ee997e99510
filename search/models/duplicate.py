"""Two products that may be one: with the same picture, or listed twice; until somebody says that they are not."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField


class DuplicateKind(models.TextChoices):
    """What two products have in common."""

    LISTED_TWICE = "listed_twice", _("listed twice")
    SAME_FILE = "same_file", _("same file")
    SAME_PICTURE = "same_picture", _("same picture")


class Duplicate(models.Model):
    """A pair of products, that of the lower key first, with the pictures that are the same."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    other = ProductKeyField(_("other product"))
    picture = models.TextField(_("picture"))
    other_picture = models.TextField(_("other picture"))
    kind = models.CharField(_("kind"), max_length=20, choices=DuplicateKind.choices)
    #: Somebody said that they are two: the pair is not brought up again.
    dismissed = models.BooleanField(_("dismissed"), default=False)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)

    class Meta:
        verbose_name = _("duplicate")
        verbose_name_plural = _("duplicates")
        constraints = [
            models.UniqueConstraint(fields=["product", "other"], name="product_search_duplicate_pair")
        ]
        indexes = [models.Index(fields=["other"], name="product_search_duplicate_other")]

    def __str__(self) -> str:
        return f"{self.product} and {self.other}: {self.get_kind_display()}"
