"""Vectors, one row for each picture and for each language's text, in one partition for each space.

The parents are partitioned tables made by the first migration's SQL; `indexing/spaces.py` attaches a space's
partitions. There is no foreign key in them, so that attaching and detaching lock nothing else.
"""

from __future__ import annotations

from django.db import models
from pgvector.django import HalfVectorField

from .product_key import ProductKeyField


class PictureVector(models.Model):
    """The vector of one picture in one space. A row that lost its product has none and waits for reuse."""

    pk = models.CompositePrimaryKey("space_id", "id")
    space_id = models.BigIntegerField()
    id = models.BigIntegerField()
    product = ProductKeyField(null=True)
    picture = models.TextField()
    position = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64)
    vector = HalfVectorField()
    #: When it lost its product; dropped KEEP_VECTORS_DAYS later.
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "product_search_picturevector"

    def __str__(self) -> str:
        return f"picture {self.picture} of {self.product} in space {self.space_id}"


class TextVector(models.Model):
    """The vector of one language's text in one space."""

    pk = models.CompositePrimaryKey("space_id", "id")
    space_id = models.BigIntegerField()
    id = models.BigIntegerField()
    generation_id = models.BigIntegerField()
    product = ProductKeyField(null=True)
    language = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    vector = HalfVectorField()
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "product_search_textvector"

    def __str__(self) -> str:
        return f"{self.language} text of {self.product} in space {self.space_id}"
