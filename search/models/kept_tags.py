"""What the shop's own fields hold of decided tags, and what is still to be written there."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField


class KeptTags(models.Model):
    """The values of one attribute that the document's `keep_tags` last wrote for a product; while `due`, others are to
    be written, and `error` says why that failed.
    """

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    attribute = models.TextField(_("attribute"))
    values = ArrayField(models.TextField(), verbose_name=_("values"), default=list)
    due = models.BooleanField(default=True)
    attempts = models.PositiveIntegerField(default=0)
    #: Not tried again before, by the database's clock.
    not_before = models.DateTimeField(db_default=Now())
    error = models.TextField(_("error"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "attribute"], name="product_search_kepttags_key")
        ]
        indexes = [
            models.Index(
                fields=["not_before"], condition=models.Q(due=True), name="product_search_kepttags_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.attribute} ({self.product})"
