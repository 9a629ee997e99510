"""Who searches, as far as one shopper must be told from another within a day; and who asks to be left alone.

What is read here stays in memory until the next batch is written, and is hashed then (`sessions`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest
from django.utils.module_loading import import_string

from ..conf import settings

#: Signals of a browser that its owner wants no traces: Global Privacy Control, and Do Not Track before it.
REFUSALS = ("Sec-GPC", "DNT")


def refuses(request: HttpRequest | None) -> bool:
    """Whether the browser says that nothing may be recorded."""
    return request is not None and any(request.headers.get(name) == "1" for name in REFUSALS)


def visitor_of(request: HttpRequest | None) -> str:
    """What tells this visitor from others today; empty where nothing does.

    PRODUCT_SEARCH["VISITOR"] says so where the shop knows better; else it is the session's key, and for those without a
    session the address and the browser's name.
    """
    if request is None:
        return ""
    if path := settings().visitor:
        return str(_function(path)(request) or "")
    session = getattr(request, "session", None)
    if key := getattr(session, "session_key", None):
        return f"session:{key}"
    address, agent = request.META.get("REMOTE_ADDR", ""), request.headers.get("User-Agent", "")
    return f"browser:{address} {agent}" if address else ""


@cache
def _function(path: str) -> Callable[[HttpRequest], str | None]:
    found: Callable[[HttpRequest], str | None] = import_string(path)
    return found
