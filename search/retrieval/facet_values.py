"""The values of one facet that a search finds, by what people call them: for a box that finds a brand by its name."""

from __future__ import annotations

from dataclasses import replace

from ..documents import SearchScope, document
from ..errors import InvalidRequest
from ..replicas.reading import from_replica
from ..text import fold, tokens
from .answer import FacetCounts
from .engine import find
from .request import SearchRequest, check_whole

MAX_LIMIT = 100
#: Values whose names are compared: the most frequent ones.
MOST_COMPARED = 10_000


@from_replica
def facet_values(
    name: str, request: SearchRequest, scope: SearchScope, *, matching: str = "", limit: int = 10
) -> FacetCounts:
    """Up to `limit` values of the facet `name` over what `request` finds, the most frequent first.

    Each word of `matching` is one of the value's label, or its beginning, whatever its case and accents. Counts are
    those of a search: with the facet's own filter lifted. Raises `InvalidRequest` for a facet that is a range or is not
    declared, and what `search` raises.
    """
    check_whole("limit", limit, 1, MAX_LIMIT)
    facet = document().facets.get(name)
    if facet is None or facet.kind == "range":
        listed = ", ".join(each for each, declared in document().facets.items() if declared.kind != "range")
        detail = f"There is no facet {name[:80]!r} whose values can be listed. Known: {listed}."
        raise InvalidRequest("unknown_facet", "name", detail)
    asked = replace(request, facets=(name,), page=1, per_page=0, highlight=False, explain=False)
    found = find(asked, scope, most_values=MOST_COMPARED).answer.facets
    if not found:  # switched off, or nothing is indexed
        return FacetCounts(name, facet.kind, ())
    values = [value for value in found[0].values if value.count and _says(value.label, matching)]
    values.sort(key=lambda value: -value.count)  # a tree comes in the order of its branches
    return replace(found[0], values=tuple(values[:limit]))


def _says(label: str, words: str) -> bool:
    said = [token.text for token in tokens(label)]
    asked = [token.text for token in tokens(words)] or fold(words).split()
    return all(any(each.startswith(word) for each in said) for word in asked)
