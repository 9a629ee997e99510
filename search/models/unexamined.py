"""Products that were written and whose pictures were not examined since: the queue of comparing and doubting."""

from __future__ import annotations

from django.db import models

from .product_key import ProductKeyField


class Unexamined(models.Model):
    """A product whose pictures are to be examined, inserted with what was written of it. Insert-only, as `Untagged`."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField()
    #: A picture came, changed or went: they are compared with others, and not only with the product's text.
    pictured = models.BooleanField(default=True)

    def __str__(self) -> str:
        return str(self.product)
