"""A host that mounts the include twice as deep as the reference shop, beside an endpoint of its own."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class HostView(APIView):
    """The host's own, with the host's own policies."""

    def get(self, request: Request) -> Response:
        return Response({"host": True})


urlpatterns: list[Any] = [
    path("v1/orders", HostView.as_view()),
    path("deep/er/", include("product_search.urls")),
]
