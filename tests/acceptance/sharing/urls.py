"""What a query's vector costs without its search: `/vector?q=...`; and searches that may not do without vectors."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from catalog.urls import urlpatterns as of_the_shop
from product_search import encoders


def vector(request: HttpRequest) -> JsonResponse:
    """Encoded anew each time, past every cache; a 503 where the encoder process has too much to do."""
    try:
        (row,) = encoders.get_encoder().encode_texts([request.GET["q"]])
    except encoders.EncoderUnavailable as error:
        return JsonResponse({"why": str(error)}, status=503)
    return JsonResponse({"first": float(row[0])})


def whole(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """With the header `X-Whole` an answer by words alone is a 503: it is not to be counted as one."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "X-Whole" in request.headers and b"keywords-only" in response.content:
            response.status_code = 503
        return response

    return answer


urlpatterns = [*of_the_shop, path("vector", vector)]
