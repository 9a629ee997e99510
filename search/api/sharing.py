"""Whether caches between us and a shopper may hand an answer on to others: only where a document says so, and only
what was answered to nobody in particular.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest

from ..documents import SearchScope, document
from .bodies import Pairs


def seconds(request: HttpRequest, pairs: Pairs, scope: SearchScope, data: Any) -> int:
    """For how long the answer `data` may be kept for others; 0 where it is private.

    Private is what a session, a key's filters, a visitor's header or views can have had a part in, and what itself
    belongs to one visitor: a `search_id`, a cursor.
    """
    if request.method not in ("GET", "HEAD"):
        return 0
    personal = (
        scope.user is not None
        or bool(scope.filters)
        or django_settings.SESSION_COOKIE_NAME in request.COOKIES
        or "X-Visitor" in request.headers
        or any(name in ("viewed", "cursor", "explain") for name, _ in pairs)
        or (isinstance(data, Mapping) and bool(data.get("search_id")))
    )
    return 0 if personal else document().public_seconds
