"""What the hostile host has that needs REST framework's views: its own endpoint, and policies read at each request."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.schemas.openapi import AutoSchema
from rest_framework.views import APIView

from .hostile_policies import Taken


class Pagination(PageNumberPagination):
    page_query_param = "q"


class Schema(AutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        raise Taken("schema")


def handle(error: Exception, context: Any) -> Response:
    """An EXCEPTION_HANDLER that calls every failure a success."""
    return Response({"host": "all is well"}, status=200)


class HostView(APIView):
    """The host's own endpoint, under the host's own policies."""

    def get(self, request: Request) -> Response:
        return Response({"host": True})


def page(request: HttpRequest) -> HttpResponse:
    """A page of the host that only a member sees."""
    return HttpResponse("members only")
