"""What the shopper's words mean to the legs: terms for the keyword leg, a plain sentence for the encoder.

Spelling, synonyms, phrases and prices will be understood here; the legs stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from ..text import terms
from .request import SearchRequest


@dataclass(frozen=True)
class Query:
    """A request as the legs read it. `terms` are distinct, in order, with how often each was written."""

    text: str
    language: str
    terms: Mapping[str, int]
    picture: Image.Image | None


def understand(request: SearchRequest, language: str) -> Query:
    """The query of `request` in `language`, one of the document's languages."""
    return Query(request.q, language, Counter(terms(request.q, language)), request.picture)
