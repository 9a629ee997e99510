"""Who decided what of which product, and when: the record, to be read and never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Decision
from .readonly import OfProductAdmin


class DecisionAdmin(OfProductAdmin):
    """The record of decisions, the latest first."""

    list_display = (
        "decided_at",
        "decided_by",
        "product_link",
        "attribute",
        "value",
        "said",
        "percent",
        "model",
    )
    list_filter = ("verdict", "attribute", "decided_by")
    list_select_related = ("undone_by",)
    ordering = ("-id",)

    @admin.display(description=_("verdict"))
    def said(self, decision: Any) -> str:
        """The verdict, with what was chosen instead and whether it was taken back."""
        verdict = str(decision.get_verdict_display())
        if decision.chosen:
            verdict += f": {decision.chosen}"
        return f"{verdict} ({_('undone')})" if hasattr(decision, "undone_by") else verdict

    @admin.display(description=_("probability"), ordering="probability")
    def percent(self, decision: Decision) -> str:
        """The probability at that time."""
        return "" if decision.probability is None else f"{decision.probability:.0%}"
