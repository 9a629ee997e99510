"""Pages that search wait for a place as requests to the API do; where there is none in time, shoppers are told so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.log import log_response
from django.utils.translation import gettext as _

from product_search.api import Busy, place

from .query import ShopQuery

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def searches(view: View[P]) -> View[P]:
    """A view that has a place among the searches of this process; where none gets free in time, a page with 503."""

    @wraps(view)
    def placed(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            with place():
                return view(request, *args, **kwargs)
        except Busy as busy:
            context = {
                "query": ShopQuery(q=request.GET.get("q", "")[:200]),
                "heading": _("Just a moment"),
                "problem": _("Very many people are searching just now. Please try again in a few seconds."),
            }
            response = render(request, "catalog/results.html", context, status=503)
            response["Retry-After"] = str(busy.retry_after)
            log_response("%s: busy", request.path, response=response, request=request, level="info")
            return response

    return cast(View[P], placed)  # `wraps` has a type of its own
