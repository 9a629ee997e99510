"""Two tenants and a draft, each with words that no one else has: none of these is offered to another."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from product_search.documents import SearchScope
from product_search.models import Completion
from product_search.retrieval import related, suggest
from tests.synonyms import add_synonym

from .shelf import Shelf
from .test_spelling import tenants

__all__ = ["tenants"]  # a fixture

#: One is told from others by the document, one by the filters of a key.
A = SearchScope(language="en", channel="a")
B = SearchScope(language="en", filters={"brand": ("brumble",)})
#: What each one's products alone say, names of brands and categories too.
WORDS = {
    "a": ("zorbling", "quixley", "lights"),
    "b": ("vexilar", "brumble", "vexed"),
    "draft": ("draftonia", "hushhush", "secret"),
}
OTHERS = {"a": ("b", "draft"), "b": ("a", "draft")}


@pytest.fixture(autouse=True)
def searched(tenants: Shelf) -> None:
    """Everybody has searched for everything."""
    for words in WORDS.values():
        for word in words:
            for query in (word, f"{word} lamp", f"lamp {word}", f"lamps under 20 {word}"):
                Completion.objects.create(query=query, language="en", sessions=50)
    Completion.objects.create(query="lamp", language="en", sessions=9)


def offered(text: str, scope: SearchScope) -> str:
    """All that is said to `scope`, as text; products by their cards."""
    found = suggest(text, scope, limit=20)
    said: dict[str, Any] = {
        "queries": found.queries,
        "categories": [dataclasses.asdict(each) for each in found.categories],
        "products": [dict(hit.card) for hit in found.products],
        "related": related(text, scope, limit=20),
    }
    return json.dumps(said).lower()


def typed() -> list[str]:
    """Every beginning of every word, alone and after a word that all have, and with a slip."""
    words = [word for each in WORDS.values() for word in each]
    beginnings = [word[:length] for word in words for length in range(1, len(word) + 1)]
    slips = [word[:2] + word[3:] for word in words] + [word[1] + word[0] + word[2:] for word in words]
    return ["", "l", "lamp", "lamp ", *beginnings, *(f"lamp {word[:3]}" for word in words), *slips]


@pytest.mark.parametrize("own", ["a", "b"])
def test_nothing_of_another_is_offered(own: str) -> None:
    scope = A if own == "a" else B
    for text in typed():
        said = offered(text, scope)
        for other in OTHERS[own]:
            for word in WORDS[other]:
                assert word not in said, (text, said)


def test_ones_own_is_offered() -> None:
    said = offered("lamp", A)
    assert "zorbling lamp" in said
    assert "quixley lamp" in said
    assert '"lights"' in offered("lig", A)
    assert "vexilar" in offered("vexi", B)
    assert "vexilar" in offered("vexlia", B)


def test_only_the_shops_own_synonyms_make_one_word_of_two() -> None:
    assert suggest("zorb", B).queries == ()
    add_synonym("zorbling", "vexilar")
    assert "zorbling lamp" in suggest("zorb", B).queries
    assert suggest("zorb", B).products == ()
