"""How often may be asked: requests a minute, counted in Django's cache, which all processes share.

Windows are whole minutes, so that one counter does: at the turn of a minute somebody may ask twice as much within a
short while. A cache that fails stops no search: for some seconds nothing is counted, which is logged.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from django.core.cache import caches

from ..conf import settings

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
#: For so long a cache that failed is left alone: one that hangs would hold up each request.
LEFT_ALONE_SECONDS = 10.0
_left_alone_until = 0.0


def seconds_to_wait(limits: Mapping[str, int], requests: int = 1) -> int:
    """Count so many requests under each name; 0, or the seconds until the minute ends in which one had its `limits`.

    A limit of 0 is none.
    """
    global _left_alone_until
    counted = {name: limit for name, limit in limits.items() if limit}
    if not counted or time.monotonic() < _left_alone_until:
        return 0
    now = time.time()
    try:
        over = [
            name
            for name, limit in counted.items()
            if _count(name, int(now // WINDOW_SECONDS), requests) > limit
        ]
    except Exception as error:  # each cache has errors of its own
        _left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
        logger.warning(
            "Requests are not counted for %d s: the cache failed (%s: %s). Searches go on.",
            LEFT_ALONE_SECONDS,
            type(error).__name__,
            error,
            extra={"event": "throttle_failed"},
        )
        return 0
    return int(WINDOW_SECONDS - now % WINDOW_SECONDS) + 1 if over else 0


def address_name(address: str) -> str:
    """What an address is counted under: itself, an IPv6 one with all of its /64, of which one visitor has many."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    if found.version == 4 or mapped is not None:
        return str(mapped or found)
    return str(ip_network((found, 64), strict=False))


def _count(name: str, minute: int, requests: int) -> int:
    """How many there were in this minute, with these."""
    cache = caches[settings().cache]
    # A hash, as no cache takes every character; and an address need not be read there.
    key = f"product_search:rate:{hashlib.sha256(name.encode()).hexdigest()[:32]}:{minute}"
    try:
        return int(cache.incr(key, requests))
    except ValueError:  # the first ones of this minute
        return requests if cache.add(key, requests, 2 * WINDOW_SECONDS) else int(cache.incr(key, requests))
