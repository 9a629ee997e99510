"""Marks: "something this product shows may have changed", written with the shop's own write."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Mark(models.Model):
    """Insert-only, no unique constraint: a mark waits for nobody and can't deadlock with the shop's writers.

    A mark names a row of any model the document reads; the worker expands it to products, page by page, leaving a mark
    with `after` for the rest. The source EVERY stands for all products.
    """

    EVERY = "*"

    id = models.BigAutoField(primary_key=True)
    #: `app_label.model` of the row that changed, or EVERY.
    source = models.CharField(_("changed table"), max_length=200)
    #: The row's primary key as text.
    key = models.TextField(_("primary key"))
    #: A mark is taken only after this moment (set for saves whose commit may still fail).
    not_before = models.DateTimeField(_("not before"), db_default=Now())
    #: Part of an import: interactive saves go first.
    bulk = models.BooleanField(_("in bulk"), db_default=False)
    #: Products up to this key (as text) are expanded already; empty at first.
    after = models.TextField(_("after"), db_default="")

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        indexes = [models.Index(fields=["bulk", "not_before", "id"], name="product_search_mark_due")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
