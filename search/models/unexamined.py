"""Products that were written and whose pictures were not compared with others since: the queue of comparing."""

from __future__ import annotations

from django.db import models

from .product_key import ProductKeyField


class Unexamined(models.Model):
    """A product whose pictures are to be compared, inserted with what was written of it. Insert-only, as `Untagged`."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField()

    def __str__(self) -> str:
        return str(self.product)
