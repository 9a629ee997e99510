"""The reference shop as docker/ runs it, with one view more: the engine alone."""

from __future__ import annotations

from catalog.settings import *  # noqa: F403
from catalog.settings import PRODUCT_SEARCH as SHOP_SEARCH

PRODUCT_SEARCH = {**SHOP_SEARCH, "RATE_PER_ADDRESS": 0}
ROOT_URLCONF = "tests.benchmarks.http_cost.urls"
