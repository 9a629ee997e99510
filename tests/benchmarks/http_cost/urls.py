"""What a search costs the engine alone, in the process that answers it over HTTP: `/engine?q=...`."""

from __future__ import annotations

import time

from django.http import HttpRequest, JsonResponse
from django.urls import path

from catalog.urls import urlpatterns as of_the_shop
from product_search.api import parameters
from product_search.documents import SearchScope
from product_search.retrieval import search


def engine(request: HttpRequest) -> JsonResponse:
    """The milliseconds of the very search that `v1/search` does with the same parameters, and how much it found."""
    asked = parameters.search_request(parameters.of_query_string(request), None)
    scope = SearchScope.of(request)
    begun = time.perf_counter()
    found = search(asked, scope)
    return JsonResponse({"ms": (time.perf_counter() - begun) * 1000, "total": found.total})


urlpatterns = [*of_the_shop, path("engine", engine)]
