"""The reference shop with the two models of `seasons`."""

from __future__ import annotations

from typing import Any

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES
from tests.settings import INSTALLED_APPS as TEST_APPS
from tests.settings import PRODUCT_SEARCH as TEST_SEARCH

from .seasons import OLD

INSTALLED_APPS = [*TEST_APPS, "tests.acceptance.switching"]
_CHANGED: dict[str, Any] = {"ENCODER": OLD, "LEASE_SECONDS": 3}
PRODUCT_SEARCH = TEST_SEARCH | _CHANGED
# Waits for a lock that last longer fail: so "no search waits longer" is asserted by the database itself.
LOCK_MS = 200
SHOPPERS_DATABASE = {
    **DATABASES["default"],
    "OPTIONS": {**DATABASES["default"].get("OPTIONS", {}), "options": f"-c lock_timeout={LOCK_MS}"},
}
