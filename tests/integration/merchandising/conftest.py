from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from product_search.documents import SearchScope
from product_search.merchandising import changing
from product_search.merchandising.reading import read
from product_search.models import Rule
from product_search.retrieval import SearchAnswer, SearchRequest, search

from ..retrieval.conftest import shelf, shelf_factory
from ..retrieval.shelf import Shelf, leaning

__all__ = ["shelf", "shelf_factory"]

EN = SearchScope(language="en")


def ask(q: str = "", scope: SearchScope = EN, **asked: Any) -> SearchAnswer:
    return search(SearchRequest(q, **asked), scope)


def titles(q: str = "", scope: SearchScope = EN, **asked: Any) -> list[str]:
    return [hit.card["title"] for hit in ask(q, scope, **asked).hits]


@pytest.fixture
def live() -> Callable[..., Rule]:
    """Publishes a rule of one action for searches that contain "mug", or as the test says."""
    made: list[str] = []

    def publish(*actions: Any, **content: Any) -> Rule:
        content.setdefault("conditions", {"about": "contains", "words": ["mug"]})
        name = content.pop("name", f"rule {len(made) + 1}")
        made.append(name)
        draft = changing.save_draft(name, read({"actions": list(actions), **content}), who="mia")
        return changing.publish(draft, who="mia")

    return publish


@pytest.fixture
def mugs(shelf: Shelf) -> dict[str, Any]:
    """Five mugs that a search finds in this order, and a hat that it does not; two of them can't be had."""
    made = {}
    for place, (name, cosine) in enumerate(
        [("five", 0.75), ("four", 0.8), ("three", 0.85), ("two", 0.9), ("one", 0.95)]
    ):
        made[name] = shelf.product(
            f"Mug {name}",
            title_vector=leaning(0, cosine),
            brand="nord" if place % 2 else "sol",
            category="kitchen/mugs",
            popularity=place,
            stock=0 if name in ("one", "three") else 2,
        )
    made["hat"] = shelf.product("Hat", brand="sol", category="wear/hats")
    shelf.encoder.texts["mug"] = leaning(0, 1.0)
    shelf.count_words()
    return {name: product.pk for name, product in made.items()}
