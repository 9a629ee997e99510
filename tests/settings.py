"""The reference shop with a test's conveniences: an encoder without torch, fast passwords, and a few product kinds."""

from __future__ import annotations

import os

from catalog.settings import *  # noqa: F403
from catalog.settings import INSTALLED_APPS as SHOP_APPS
from catalog.settings import PRODUCT_SEARCH as SHOP_SEARCH

INSTALLED_APPS = [*SHOP_APPS, "tests.variants"]
# A thread that writes events would write past the tests' transactions; those about events switch it on. And two cores
# are shared by much here: nothing is refused as busy, or as too much, but where a test is about that.
PRODUCT_SEARCH = {
    **SHOP_SEARCH,
    "ENCODER": os.environ.get("TEST_ENCODER", "hash:64"),
    "EVENTS": False,
    "SEARCHES_AT_ONCE": 8,
    "BUSY_WAIT_MS": 20_000,
    "RATE_PER_ADDRESS": 0,
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
