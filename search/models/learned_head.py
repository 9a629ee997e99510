"""What decisions taught about one attribute in one space, and what it is worth on decisions that taught nothing."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .space import Space


class LearnedHead(models.Model):
    """What is added to the cosines of pictures to an attribute's values, in the order of `values`.

    In use only where it answers the held-out decisions better than the sentences alone.
    """

    id = models.BigAutoField(primary_key=True)
    #: Its name, as tags say it.
    attribute = models.TextField(_("attribute"))
    space = models.ForeignKey(Space, models.CASCADE)
    values = ArrayField(models.TextField())
    #: float32, row by row; then an offset a value.
    weights = models.BinaryField()
    offsets = models.BinaryField()
    in_use = models.BooleanField(_("in use"), default=False)
    #: Products that taught it, and those that it was held against.
    taught = models.PositiveIntegerField(_("taught by"))
    held = models.PositiveIntegerField(_("held against"))
    #: Of the held-out products: shares that the sentences and the head get right.
    right_before = models.FloatField()
    right_after = models.FloatField()
    learned_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attribute", "space"], name="product_search_learnedhead_key")
        ]

    def __str__(self) -> str:
        return f"{self.attribute} ({self.taught})"
