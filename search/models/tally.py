"""Tallies: what each batch did, so that throughput and totals are known without counting entries."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Tally(models.Model):
    """One batch of a worker: how many products, and how long it took.

    Insert-only, like marks: workers never wait for each other's counts. The sweep adds old rows up to one.
    """

    id = models.BigAutoField(primary_key=True)
    #: When the batch ended, by the database's clock.
    ended_at = models.DateTimeField(db_default=Now())
    #: 0 where batches were added up.
    seconds = models.FloatField(db_default=0.0)
    indexed = models.BigIntegerField(db_default=0)
    #: Products that are gone, and with them all that was held of them.
    removed = models.BigIntegerField(db_default=0)
    failed = models.BigIntegerField(db_default=0)

    def __str__(self) -> str:
        return f"{self.indexed} indexed, {self.removed} removed, {self.failed} failed in {self.seconds:.1f} s"
