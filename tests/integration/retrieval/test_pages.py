from __future__ import annotations

import pytest

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.retrieval import SearchRequest, search

from .shelf import Shelf, leaning

EN = SearchScope(language="en")


@pytest.mark.parametrize("q", ["", "mug"])
def test_pages_are_disjoint_stable_and_complete(shelf: Shelf, q: str) -> None:
    made: list[Product] = []
    for number in range(23):
        parent = made[-1] if number % 5 == 4 else None
        made.append(shelf.product(f"Mug {number}", popularity=number % 3, parent=parent))
    shelf.count_words()
    seen: list[object] = []
    first = search(SearchRequest(q, per_page=5), EN)
    assert (first.total, first.pages) == (19, 4)
    for page in range(1, first.pages + 1):
        answer = search(SearchRequest(q, page=page, per_page=5), EN)
        assert answer.total == first.total
        assert [hit.key for hit in answer.hits] == [
            hit.key for hit in search(SearchRequest(q, page=page, per_page=5), EN).hits
        ]
        seen.extend(hit.key for hit in answer.hits)
    assert len(seen) == len(set(seen)) == 19
    everything = search(SearchRequest(q, per_page=100), EN)
    assert [hit.key for hit in everything.hits] == seen
    beyond = search(SearchRequest(q, page=9, per_page=5), EN)
    assert (beyond.hits, beyond.total) == ((), 19)


def test_equal_scores_come_in_the_shops_own_order(shelf: Shelf) -> None:
    for name, popularity in (("Mug a", 1), ("Mug b", 9), ("Mug c", 5)):
        shelf.product(name, popularity=popularity)
    hits = search(SearchRequest("mug"), EN).hits
    assert [hit.card["title"] for hit in hits] == ["Mug b", "Mug c", "Mug a"]


def test_the_best_member_stands_for_its_group(shelf: Shelf) -> None:
    shelf.encoder.texts["red mug"] = leaning(0, 1.0)
    parent = shelf.product("Mug in blue", pictures={"blue": leaning(0, 0.3)})
    shelf.product(
        "Mug in crimson", parent=parent, pictures={"red": leaning(0, 0.95), "back": leaning(0, 0.1)}
    )
    shelf.product("Mug in white", parent=parent, pictures={"white": leaning(0, 0.2)})
    answer = search(SearchRequest("red mug"), EN)
    assert [(hit.card["title"], hit.picture) for hit in answer.hits] == [("Mug in crimson", "red")]
    assert answer.total == 1
    assert search(SearchRequest(""), EN).hits[0].card["title"] == "Mug in blue"


def test_pages_never_link_beyond_the_depth_they_reach(shelf: Shelf) -> None:
    from product_search.retrieval.page import pages

    assert pages(0, 24) == 0
    assert pages(25, 24) == 2
    assert pages(1_000_000, 100) == 10
