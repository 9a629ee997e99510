"""What a model is too unsure of to say: asked of a merchant in review, and never shown to a shopper."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField


class Question(models.Model):
    """Does this product have this value? The likeliest of its attribute, but below what would be suggested."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    attribute = models.TextField(_("attribute"))
    value = models.TextField(_("value"))
    probability = models.FloatField(_("probability"))

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "attribute", "value"], name="product_search_question_key"
            )
        ]
        indexes = [models.Index(fields=["attribute", "value"], name="product_search_question_value")]

    def __str__(self) -> str:
        return f"{self.attribute}: {self.value}? ({self.product})"
