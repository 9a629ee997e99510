"""The reference shop as docker/ runs it, with any model, and one view more: vectors alone. Whoever asks so gets a whole
answer or none.
"""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import MIDDLEWARE as SHOP_MIDDLEWARE
from tests.settings import PRODUCT_SEARCH as TESTS_SEARCH

PRODUCT_SEARCH = {**TESTS_SEARCH, "ALLOW_UNTRAINED": True, "QUERY_CACHE": ""}
MIDDLEWARE = [*SHOP_MIDDLEWARE, "tests.acceptance.sharing.urls.whole"]
ROOT_URLCONF = "tests.acceptance.sharing.urls"
