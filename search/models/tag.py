"""What is known of a product beside its texts: values of attributes, as a model saw them or a merchant decided."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField


class TagState(models.TextChoices):
    """What became of a tag: until somebody decides it is as good as its probability."""

    SUGGESTED = "suggested", _("suggested")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class Tag(models.Model):
    """A product has the `value` of an `attribute`: the `neck` of a shirt is `v-neck`. An attribute may have several.

    An attribute is called as the facet that says the same of products, where there is one.
    """

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField()
    attribute = models.TextField(_("attribute"))
    value = models.TextField(_("value"))
    probability = models.FloatField(_("probability"))
    state = models.CharField(_("state"), max_length=10, choices=TagState.choices, default=TagState.SUGGESTED)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(fields=["product", "attribute", "value"], name="product_search_tag_key"),
            models.CheckConstraint(
                condition=models.Q(probability__gte=0, probability__lte=1),
                name="product_search_tag_probability",
            ),
        ]
        indexes = [models.Index(fields=["attribute", "value"], name="product_search_tag_value")]

    def __str__(self) -> str:
        return f"{self.attribute}: {self.value} ({self.product})"
