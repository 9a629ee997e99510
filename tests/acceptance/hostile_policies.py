"""What a host may give REST framework that would break a view which took it over: imported while views are made."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from rest_framework.authentication import BaseAuthentication
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


class Taken(Exception):
    """Raised by whatever was taken over from the host."""


class Authentication(BaseAuthentication):
    def authenticate(self, request: Request) -> Any:
        raise Taken("authentication")


class Throttle(BaseThrottle):
    def allow_request(self, request: Request, view: Any) -> bool:
        return False


class Negotiation(BaseContentNegotiation):
    def select_renderer(self, *args: Any) -> Any:
        raise Taken("negotiation")

    def select_parser(self, *args: Any) -> Any:
        raise Taken("negotiation")


class Renderer(BaseRenderer):
    media_type = "application/xml"
    format = "xml"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return b"<host/>"


class Parser(BaseParser):
    media_type = "*/*"

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        raise Taken("parser")


class Metadata(BaseMetadata):
    def determine_metadata(self, request: Request, view: Any) -> Any:
        raise Taken("metadata")


class UploadHandler(FileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def no_endpoints(endpoints: Any) -> list[Any]:
    """A drf-spectacular hook that hides everything."""
    return []
