"""Entries: one row for each product, the unit of work for all its languages and pictures."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField

STALE = models.Q(done__lt=models.F("wanted"), parked=False)


class Entry(models.Model):
    """Fresh when `done == wanted`. A mark adds one to `wanted`; a worker sets `done` to the `wanted` that it leased.

    So a mark that comes while a product is embedded leaves it stale: a busy product is neither lost nor starved.
    """

    product = ProductKeyField(_("product"), primary_key=True)
    wanted = models.BigIntegerField(_("wanted"), db_default=1)
    done = models.BigIntegerField(_("done"), db_default=0)
    bulk = models.BooleanField(_("in bulk"), db_default=False)
    #: Token of the lease, drawn from the sequence product_search_lease; writes happen only under it.
    lease = models.BigIntegerField(_("lease"), null=True)
    #: End of the lease by the database's clock.
    leased_until = models.DateTimeField(_("leased until"), null=True)
    #: Failures in a row.
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=0)
    #: Since when it waits (NULL: before all others); after a failure, when the next attempt may begin.
    not_before = models.DateTimeField(_("not before"), null=True)
    #: Given up after the last attempt; a person looks at `error` and retries.
    parked = models.BooleanField(_("parked"), db_default=False)
    error = models.TextField(_("error"), db_default="", blank=True)
    indexed_at = models.DateTimeField(_("indexed at"), null=True)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes = [
            # One for each kind of lease, so that taking a batch costs the same whatever waits, failed or is at work.
            models.Index(
                "bulk",
                models.F("not_before").asc(nulls_first=True),
                name="product_search_entry_new",
                condition=models.Q(STALE, attempts=0, lease=None),
            ),
            models.Index(
                fields=["not_before"],
                name="product_search_entry_failed",
                condition=models.Q(STALE, attempts__gt=0, lease=None),
            ),
            models.Index(
                fields=["leased_until"],
                name="product_search_entry_leased",
                condition=models.Q(lease__isnull=False),
            ),
            models.Index(
                fields=["product"], name="product_search_entry_parked", condition=models.Q(parked=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.done} of {self.wanted}"
