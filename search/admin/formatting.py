"""Figures as the pages write them, in the reader's language."""

from __future__ import annotations

from django.utils import formats


def percent(value: float | None) -> str:
    """A share from 0 to 1 in percent; a dash where there is nothing to have a share of."""
    return "–" if value is None else f"{formats.number_format(value * 100, 1)} %"
