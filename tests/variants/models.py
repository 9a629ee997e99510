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
