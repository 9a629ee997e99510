"""What clicks of all shoppers say of products beforehand: for one query, or whatever is asked."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from .event import QUERY_CHARACTERS
from .product_key import ProductKeyField

#: The `Revision` that is renewed whenever priors are fitted anew.
PRIORS = "priors"


class Prior(models.Model):
    """How many times as often as is usual each of `products` is clicked for `query`, corrected for position.

    The empty query's row, in the empty language, is for all queries: popularity. Rows are all made anew by
    `learning.fitting`; what is not named is as is usual.
    """

    id = models.BigAutoField(primary_key=True)
    language = models.CharField(max_length=20, blank=True)
    query = models.CharField(max_length=QUERY_CHARACTERS, blank=True)
    products = ArrayField(ProductKeyField())
    times = ArrayField(models.FloatField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "query"], name="product_search_prior_key")]

    def __str__(self) -> str:
        return f"{self.query or '*'}: {len(self.products)}"
