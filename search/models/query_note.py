"""Notes of merchants on what shoppers look for, written from the report on searches."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .event import QUERY_CHARACTERS


class QueryNote(models.Model):
    """What a merchant wrote down of a query: a product that is missing, say."""

    id = models.BigAutoField(primary_key=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    query = models.CharField(_("query"), max_length=QUERY_CHARACTERS)
    note = models.TextField(_("note"))
    by = models.CharField(_("by"), max_length=150, blank=True, editable=False)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    done = models.BooleanField(_("done"), default=False)

    class Meta:
        verbose_name = _("note on a query")
        verbose_name_plural = _("notes on queries")
        ordering = ("done", "-at")
        indexes = [models.Index(fields=["query"], name="product_search_querynote_query")]

    def __str__(self) -> str:
        return f"{self.query}: {self.note}"
