from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from product_search import encoders
from product_search.recent import Recent
from product_search.retrieval import encoding

from .shelf import Shelf, ShelfDocument


@pytest.fixture
def shelf_factory(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shelf]:
    """Makes an empty shop with a serving generation and space, and an encoder that says what the test wrote down; or
    takes one that is there."""
    document = f"{ShelfDocument.__module__}.{ShelfDocument.__qualname__}"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": document}

    def make(made: Shelf | None = None) -> Shelf:
        made = made or Shelf()
        monkeypatch.setattr(encoders, "get_encoder", lambda: made.encoder)
        monkeypatch.setattr(encoding, "_recent", Recent(10))
        monkeypatch.setattr(encoding, "_failed", {})
        return made

    return make


@pytest.fixture
def shelf(shelf_factory: Callable[..., Shelf]) -> Shelf:
    """One empty shop, for a test that needs no more."""
    return shelf_factory()


@pytest.fixture
def shop(shelf: Shelf) -> Shelf:
    kitchen: dict[str, Any] = {"category": "kitchen/mugs", "brand": "nord"}
    running: dict[str, Any] = {"category": "wear/shoes", "brand": "nord"}
    shelf.product("Red striped mug", price=12, **kitchen)
    shelf.product("Blue ceramic mugs, set of 4", price=40, **kitchen)
    shelf.product("Leather boots", price=90, category="wear/shoes", brand="sol")
    shelf.product("Canvas sneakers without laces", price=30, category="wear/shoes", brand="sol")
    shelf.product("Running sneakers", description="With laces of cotton.", price=60, **running)
    shelf.product("Felt slippers", description="Felt, and a sole of rubber.", price=25, category="wear/shoes")
    shelf.product("Rain boots", description="A rubber sole.", price=35, category="wear/shoes")
    shelf.gather_words()
    return shelf
