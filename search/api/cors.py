"""What browsers are told of other origins: which may ask, and which may read the answer (the Fetch standard's CORS).

Answers never allow credentials: a page of another origin asks with a key, and nobody's cookies count for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..keys import origins
from ..keys.reading import grant_of, is_known_origin
from ..keys.signing import is_signed
from . import asking, parameters
from .problems import Problem

#: What a page of another origin may send beside what every page may.
HEADERS = "Authorization, Content-Type, If-None-Match, X-Request-ID, X-Visitor"
#: What it may read beside what every page may.
READABLE = "ETag, Retry-After, X-Request-ID"
#: How long a browser need not ask again, in seconds.
REMEMBERED = 600


def is_preflight(request: HttpRequest) -> bool:
    """Whether a browser asks for a page of another origin, before it sends the request."""
    return "Origin" in request.headers and "Access-Control-Request-Method" in request.headers


def preflight(request: HttpRequest) -> str:
    """The origin that may ask. A preflight carries no header's key: what some key allows may be asked here, and the
    request itself is judged by its own. Raises `Problem` for every other origin.
    """
    origin = request.headers["Origin"]
    _, token = asking.without_key(parameters.of_query_string(request))
    if token is not None and is_signed(token):
        allowed = origins.allows(grant_of(token).origins, origin)
    else:
        allowed = is_known_origin(origin)
    if not allowed:
        detail = f"No key is for pages of {origin[:100]}. Add the origin to a key, in the admin."
        raise Problem(403, "origin_not_allowed", detail)
    return origin


def readable_refusal(request: HttpRequest) -> str:
    """The origin that may read that its key is refused: one that some key is for, or ""."""
    origin = request.headers.get("Origin", "")
    return origin if origin and not asking.is_own(request, origin) and is_known_origin(origin) else ""


def allow_methods(response: HttpResponseBase, methods: Iterable[str]) -> None:
    """What a preflight is answered."""
    response["Access-Control-Allow-Methods"] = ", ".join(methods)
    response["Access-Control-Allow-Headers"] = HEADERS
    response["Access-Control-Max-Age"] = str(REMEMBERED)


def allow_reading(response: HttpResponseBase, origin: str) -> None:
    """Let pages of `origin` read the answer."""
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = READABLE
