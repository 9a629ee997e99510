"""Other shapes a shop gives its products: a proxy and a multi-table child."""

from __future__ import annotations

from django.db import models

from catalog.models import Product


class OutletProduct(Product):
    """A proxy: the same rows under another class."""

    class Meta:
        proxy = True


class GiftCard(Product):
    """A child with a table of its own; its key is its parent's."""

    face_value = models.DecimalField(max_digits=8, decimal_places=2)


class Shelf(models.Model):
    """Where products stand in the shop: a many-to-many table that no model describes."""

    name = models.CharField(max_length=80)
    products = models.ManyToManyField(Product)

    def __str__(self) -> str:
        return self.name
