"""The shop that faults are done to: the reference shop's models, a document of its own, and an encoder that counts.

Leases, retries and sweeps are short, so that what a fault left behind is taken up again within seconds.
"""

from __future__ import annotations

from typing import Any

import product_search
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as TEST_APPS
from tests.settings import PRODUCT_SEARCH as TEST_SEARCH

# Before the plugin: its receivers then hear of a save first, and a process can be killed before the plugin knows.
INSTALLED_APPS = ["tests.acceptance.faults.inside", *TEST_APPS]
SWEEP_SECONDS = 1
_changed: dict[str, Any] = {
    "DOCUMENT": "tests.acceptance.faults.documents.FaultsDocument",
    "ENCODER": "hash:48",  # inside/ makes of it an encoder that counts its calls
    "BATCH_PRODUCTS": 16,
    "LEASE_SECONDS": 2,
    "RETRY_SECONDS": 1,
    "SWEEP_SECONDS": SWEEP_SECONDS,
}
PRODUCT_SEARCH = {**TEST_SEARCH, **_changed}
CELERY_BEAT_SCHEDULE = {**product_search.schedule(SWEEP_SECONDS)}
