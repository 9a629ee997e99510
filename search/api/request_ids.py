"""What a request is called in answers and in the log: as its sender called it, so that traces join, or by a UUID."""

from __future__ import annotations

import re
import uuid

from django.http import HttpRequest

#: What proxies and tracers send; nothing that could break a line of a log, or end a header.
_SANE = re.compile(r"[A-Za-z0-9._=+/-]{8,128}", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def of(request: HttpRequest) -> str:
    """The request's own `X-Request-ID` where that is a sane token, else a new UUID."""
    given = str(request.META.get("HTTP_X_REQUEST_ID", ""))
    return given if _SANE.fullmatch(given) else str(uuid.uuid4())


def instance(request_id: str) -> str:
    """The id as a URI, for problem details."""
    kind = "uuid" if _UUID.fullmatch(request_id) else "product-search:request"
    return f"urn:{kind}:{request_id}"
