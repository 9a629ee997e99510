"""What comes near is set apart from what was found: products with some of the words, in no count."""

from __future__ import annotations

import pytest

from product_search.documents import SearchScope
from product_search.retrieval import SearchAnswer, SearchRequest, search

from .shelf import Shelf, leaning

EN = SearchScope(language="en")


def titles(answer: SearchAnswer) -> tuple[list[str], list[str]]:
    return [hit.card["title"] for hit in answer.hits], [hit.card["title"] for hit in answer.near]


@pytest.fixture
def shop(shelf: Shelf) -> Shelf:
    """Mugs and a kettle, and words that lie beside every mug."""
    mug = leaning(0, 0.9)
    shelf.encoder.texts |= dict.fromkeys(("helicopter mug", "striped mug"), leaning(0, 1.0))
    shelf.encoder.texts["helicopter"] = leaning(1, 1.0)
    shelf.product("Blue mug", pictures={"blue": mug}, popularity=1)
    shelf.product("Striped mug", pictures={"striped": mug})
    shelf.product("Kettle", pictures={"kettle": leaning(2, 0.9)})
    shelf.count_words()
    return shelf


def test_a_word_that_nothing_here_is_finds_nothing_and_the_rest_comes_near(shop: Shelf) -> None:
    answer = search(SearchRequest("helicopter mug"), EN)
    found, near = titles(answer)
    assert found == []
    assert set(near) == {"Blue mug", "Striped mug"}
    assert answer.total == 0
    assert all(value.count == 0 for facet in answer.facets for value in facet.values)


def test_what_was_found_comes_near_no_second_time(shop: Shelf) -> None:
    shop.encoder.texts["striped kettle"] = leaning(3, 1.0)
    found, near = titles(search(SearchRequest("striped mug", filters={"price": ("0..",)}), EN))
    assert "Striped mug" in found
    assert not set(found) & set(near)


def test_nothing_comes_near_to_letters_that_mean_nothing(shop: Shelf) -> None:
    shop.encoder.texts["xqzvw"] = leaning(0, 1.0)
    answer = search(SearchRequest("xqzvw pfflk"), EN)
    assert titles(answer) == ([], [])


def test_filters_and_visibility_hold_for_what_comes_near(shop: Shelf) -> None:
    shop.product("Secret mug", published=False)
    shop.count_words()
    answer = search(SearchRequest("helicopter mug", filters={"price": ("9999..",)}), EN)
    assert answer.near == ()
    _, near = titles(search(SearchRequest("helicopter mug"), EN))
    assert "Secret mug" not in near


def test_where_much_was_found_nobody_need_look_further(shop: Shelf) -> None:
    shop.product("Striped bowl")
    for number in range(8):
        shop.product(f"Red striped mug {number}")
    shop.count_words()
    assert titles(search(SearchRequest("red striped mug"), EN))[1] == ["Blue mug"]
    shop.product("Red striped mug")
    shop.count_words()
    answer = search(SearchRequest("red striped mug"), EN)
    assert (answer.total >= 10, answer.near) == (True, ())
    assert search(SearchRequest("helicopter mug", page=2), EN).near == ()
