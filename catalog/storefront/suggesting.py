"""What the search box offers while one types: options that the server renders, each with its own address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_GET

from product_search.documents import SearchScope
from product_search.retrieval import InvalidRequest, SearchAnswer, Suggestions, related, suggest

from .panels import title_of
from .query import ShopQuery

#: Options of each kind.
SHOWN = 5


@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """Options for what is typed in `q`; none for what can't be asked."""
    try:
        found = suggest(request.GET.get("q", ""), SearchScope.of(request), limit=SHOWN)
    except InvalidRequest:
        found = Suggestions()
    context = {
        "queries": [(query, ShopQuery(q=query).url) for query in found.queries],
        "categories": [
            (each.label, title_of(each.facet), ShopQuery(filters={each.facet: (each.value,)}).url)
            for each in found.categories
        ],
        "products": found.products,
        "count": len(found.queries) + len(found.categories) + len(found.products),
    }
    response = render(request, "catalog/parts/suggestions.html", context)
    patch_cache_control(response, private=True)
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


def related_searches(query: ShopQuery, answer: SearchAnswer, scope: SearchScope) -> list[tuple[str, str]]:
    """What others searched for beside these words, each with its address."""
    if not query.q:
        return []
    return [(q, ShopQuery(q=q).url) for q in related(answer.corrected or query.q, scope)]
