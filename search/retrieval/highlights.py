"""What matched in the texts of a hit: places in them as the shop wrote them, for a page to mark."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..documents import document
from ..models import Text
from ..text import located_terms
from .answer import Highlight
from .serving import Serving
from .snapshot import KeyIn
from .understanding import Query

#: Of each text, characters that are looked at.
MOST_CHARACTERS = 20_000


def stored_texts(
    keys: Sequence[Any], query: Query, serving: Serving, *, using: str
) -> dict[Any, tuple[dict[str, str], frozenset[str]]]:
    """By key, the texts of the products in the language searched in, by field, and the terms that they have."""
    if serving.generation is None:
        return {}
    rows = Text.objects.using(using).filter(
        KeyIn("product", keys), generation=serving.generation, language=query.language
    )
    order = {field: place for place, field in enumerate(document().texts)}
    return {
        key: (
            dict(sorted(fields.items(), key=lambda each: order.get(each[0], len(order)))),
            frozenset(terms),
        )
        for key, fields, terms in rows.values_list("product", "fields", "terms")
    }


def highlights(fields: Mapping[str, str], present: Collection[str], query: Query) -> tuple[Highlight, ...]:
    """Where the texts `fields`, which together have the terms `present`, say words of `query`; without overlaps.

    A word counts in whichever way it is said: inflected, in the corrected spelling, by a synonym, as a compound. A way
    of several words counts where all of them are there.
    """
    wanted = {term for ways in query.ways(present).values() for way in ways for term in way}
    return tuple(
        Highlight(field, start, end, text[start:end])
        for field, text in fields.items()
        for start, end in _spans(text[:MOST_CHARACTERS], wanted, query.language)
    )


def _spans(text: str, wanted: Collection[str], language: str) -> list[tuple[int, int]]:
    """Where `text` has one of the terms `wanted`; places that overlap (a code and its parts) are one."""
    spans: list[tuple[int, int]] = []
    found = ((token.start, token.end) for term, token in located_terms(text, language) if term in wanted)
    for start, end in sorted(found) if wanted else ():
        if spans and start < spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans
