"""Why a hit is there: what each leg says of it, and which of its pictures matched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from .answer import Hit, LegName, LegScore
from .candidates import Candidates


def explain(key: Any, product: Model, card: Mapping[str, Any], candidates: Candidates | None) -> Hit:
    """The hit for `product`; without `candidates` (browsing) it is there because it exists."""
    if candidates is None:
        return Hit(key, product, 0.0, card)
    index = candidates.places[key]
    return Hit(
        key=key,
        product=product,
        score=float(candidates.scores[index]),
        card=card,
        picture=_best_picture(key, candidates),
        legs=_legs(key, candidates),
    )


def _legs(key: Any, candidates: Candidates) -> dict[LegName, LegScore]:
    legs: dict[LegName, LegScore] = {}
    keyword = candidates.keywords.get(key)
    if keyword is not None:
        better = sum(candidates.keywords[other].raw > keyword.raw for other in candidates.keywords)
        legs["keywords"] = LegScore(better + 1, keyword.raw, keyword.share)
    for name, matches in candidates.vectors.items():
        match = matches.get(key)
        if match is not None:
            better = sum(other.raw > match.raw for other in matches.values())
            legs[name] = LegScore(better + 1, match.raw, match.value)
    return legs


def _best_picture(key: Any, candidates: Candidates) -> str | None:
    """The picture that most resembles the shopper's, or else the one that shows most of the shopper's words."""
    for name in ("picture-picture", "text-picture"):
        match = candidates.vectors.get(name, {}).get(key)
        if match is not None and match.picture is not None:
            return match.picture
    return None
