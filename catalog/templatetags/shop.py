"""How the storefront writes prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language

register = template.Library()

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


@register.filter
def money(amount: Any, currency: str = "EUR") -> str:
    """`€12.50` in English, `12,50 €` in German; a currency without a sign is named by its code."""
    number = number_format(Decimal(str(amount)), decimal_pos=2, use_l10n=True, force_grouping=True)
    sign = _SIGNS.get(currency)
    if (get_language() or "").startswith("de"):
        return f"{number} {sign or currency}"
    return f"{sign}{number}" if sign else f"{currency} {number}"
