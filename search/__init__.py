"""Product search for Django shops. Settings load this module, so it imports no room of the plugin."""

from __future__ import annotations

from typing import Any

__all__ = ["schedule"]


def schedule(sweep_seconds: float = 10.0) -> dict[str, dict[str, Any]]:
    """Entries for the shop's `CELERY_BEAT_SCHEDULE = {..., **product_search.schedule()}`.

    Give it what PRODUCT_SEARCH["SWEEP_SECONDS"] says, if you changed that. A sweep that no worker read is dropped when
    the next one is due, so a worker that was away comes back to one of them.
    """
    return {
        "product-search-sweep": {
            "task": "product_search.sweep",
            "schedule": sweep_seconds,
            "options": {"expires": max(sweep_seconds, 1.0) * 3},
        }
    }
