"""Products that were written and whose tags may no longer be right: the queue of tagging."""

from __future__ import annotations

from django.db import models

from .product_key import ProductKeyField


class Untagged(models.Model):
    """A product to be tagged, inserted with what was written of it. Insert-only: a write waits for no tagger."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField()

    def __str__(self) -> str:
        return str(self.product)
