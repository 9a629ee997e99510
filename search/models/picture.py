"""The pictures we know of each product: which file was read, and why one could not be."""

from __future__ import annotations

from django.db import models

from .product_key import ProductKeyField


class Picture(models.Model):
    """One picture of one product, as last read. A broken one has a `reason`; its product is indexed all the same."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField()
    #: Stable id: the primary key of the shop's row, as text.
    picture = models.TextField()
    position = models.PositiveIntegerField(default=0)
    name = models.TextField()
    size = models.PositiveBigIntegerField(null=True)
    #: SHA-256 of the file's bytes: the same picture is embedded once.
    digest = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    #: Code of what is wrong with it (`truncated`, `too_many_pixels`, ...); empty when it is embedded.
    reason = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    read_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "picture"], name="product_search_picture_key")
        ]
        indexes = [models.Index(fields=["picture"], name="product_search_picture_id")]

    def __str__(self) -> str:
        return self.name
