"""A shop's search page in one view: the whole page when it is opened, the results alone when htmx asks for them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from product_search.api import Busy, place
from product_search.documents import SearchScope
from product_search.retrieval import InvalidRequest, SearchRequest, search

FACETS = ("category", "brand")


def products(request: HttpRequest) -> HttpResponse:
    """What was asked for in the address, as words (`q`), facets and a page."""
    page = request.GET.get("page", "1")
    chosen = {name: tuple(request.GET.getlist(name)) for name in FACETS if name in request.GET}
    context, status = {"q": request.GET.get("q", "")}, 200
    try:
        asked = SearchRequest(
            q=context["q"],
            filters=chosen,
            facets=FACETS,
            page=int(page) if page.isdecimal() else 1,
            per_page=12,
        )
        with place():  # in line with all other searches of this process
            context["answer"] = search(asked, SearchScope.of(request))
    except InvalidRequest as error:
        context["problem"], status = error.detail, 400
    except Busy as busy:
        context["busy"], status = busy, 503
    part = "results" if "HX-Request" in request.headers else "page"
    response = render(request, f"tiny/{part}.html", context, status=status)
    patch_vary_headers(response, ["HX-Request", "Accept-Language", "Cookie"])
    return response
