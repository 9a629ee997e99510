"""Nothing found under filters: which one to drop, how many that gives, and that asking so gives as many."""

from __future__ import annotations

from typing import Any

import pytest

from product_search.documents import SearchScope
from product_search.retrieval import SearchRequest, search

from .asking import EN, ask
from .shelf import Shelf, leaning

Ways = dict[tuple[str, ...], int]


def ways(q: str, scope: SearchScope = EN, **asked: Any) -> Ways:
    """What is offered by facets, each asked for and found to give just as many."""
    answer = ask(q, scope, **asked)
    assert answer.total == 0
    for facets in ((), ("brand",)):
        assert ask(q, scope, facets=facets, **asked).relaxations == answer.relaxations
    for way in answer.relaxations:
        filters = {
            name: chosen for name, chosen in asked.get("filters", {}).items() if name not in way.facets
        }
        again = search(SearchRequest(way.q, filters=filters, plain=way.plain), scope)
        assert (again.total, again.relation) == (way.total, way.relation), way
    return {way.facets: way.total for way in answer.relaxations}


def test_each_filter_that_helps_by_itself_the_narrowest_first(shop: Shelf) -> None:
    chosen = {"category": ("wear",), "brand": ("sol",), "price": ("80..85",)}
    found = ways("boots", filters=chosen)
    assert found == {("price",): 1}
    found = ways("boots", filters={"category": ("kitchen",), "price": ("..40",), "in_stock": ("true",)})
    assert found == {("category",): 1}
    found = ways("boots", filters={"brand": ("nord",), "price": ("80..",), "in_stock": ("true",)})
    assert found == {("brand",): 1}
    assert ways("mug", filters={"price": ("12..13",), "brand": ("sol",)}) == {("brand",): 1}
    assert ways("", filters={"brand": ("nord",), "price": ("25..35",)}) == {("brand",): 3, ("price",): 3}


def test_all_of_them_where_none_helps_alone(shop: Shelf) -> None:
    chosen = {"category": ("kitchen",), "price": ("500..",)}
    assert ways("boots", filters=chosen) == {("category", "price"): 2}
    assert ways("zorbling", filters=chosen) == {}


def test_filters_that_words_have_set(shop: Shelf) -> None:
    assert ways("boots under 20") == {("price",): 2}
    assert ways("boots under 20", filters={"category": ("kitchen",)}) == {("price", "category"): 2}
    assert ways("nord under 5") == {("price",): 3}
    assert ways("nord sneakers under 5") == {("price",): 1}
    assert ways("mugs nord under 5", filters={"in_stock": ("true",)}) == {("price",): 2}
    assert ways("bots under 20") == {("price",): 2}, "with the words as they were corrected"


def test_a_name_that_counts_as_words_becomes_plain_words(shop: Shelf) -> None:
    answer = ask("nord sneakers", filters={"price": ("500..",)})
    assert [(way.facets, way.q, way.plain) for way in answer.relaxations] == [
        (("price",), "nord sneakers", ())
    ]
    answer = ask("nord sneakers", filters={"category": ("kitchen",)})
    assert {way.facets for way in answer.relaxations} == {("category",)}


def test_variants_are_one(shelf: Shelf) -> None:
    mug = shelf.product("Mug", price=10)
    shelf.product("Mug, blue", parent=mug, price=12)
    shelf.gather_words()
    assert ways("mug", filters={"price": ("50..",)}) == {("price",): 1}


def test_what_cant_be_seen_is_not_counted(shop: Shelf) -> None:
    shop.product("Hidden boots", published=False, price=5)
    assert ways("boots", filters={"price": ("1..2",)}) == {("price",): 2}


def test_vectors_count_too(shelf: Shelf) -> None:
    shelf.encoder.texts["cosy"] = leaning(0, 1.0)
    for price in (5, 6):
        shelf.product(f"Thing {price}", title_vector=leaning(0, 0.9), price=price)
    shelf.product("Other", title_vector=leaning(0, 0.1), price=7)
    assert ways("cosy", filters={"price": ("50..",)}) == {("price",): 2}


def test_where_something_is_found_there_is_nothing_to_say(shop: Shelf) -> None:
    assert ask("boots", filters={"price": ("..40",)}).relaxations == ()
    beyond = ask("boots", filters={"price": ("..40",)}, page=9)
    assert (beyond.hits, beyond.total, beyond.relaxations) == ((), 1, ())


def test_without_filters_there_is_nothing_to_drop(shop: Shelf) -> None:
    assert ask("zorbling").relaxations == ()


@pytest.mark.parametrize(
    "q", ["mug (red) under 5", "mug ((( under 5", "mug \\ under 5", '"red striped" mug under 5']
)
def test_signs_in_the_words_stay(shop: Shelf, q: str) -> None:
    assert set(ways(q)) <= {("price",)}
