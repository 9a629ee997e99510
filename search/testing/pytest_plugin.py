"""A pytest fixture for shops: `pytest_plugins = ["product_search.testing.pytest_plugin"]` in their conftest.py."""

from __future__ import annotations

from typing import Any

import pytest

from .indexing import index_now


@pytest.fixture
def product_search_index(db: None, settings: Any) -> Any:
    """`index_now`, with the encoder that needs no torch: call it after saving products, then search."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": "hash:64"}
    return index_now
