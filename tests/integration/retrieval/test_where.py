"""Conditions that are never lifted: what meets them, what counts within them, and who else hears of them."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.celery import app
from catalog.models import Product
from product_search import analytics
from product_search.documents import SearchScope
from product_search.errors import InvalidRequest
from product_search.models import SearchEvent
from product_search.retrieval import SearchRequest, facet_values, request, search, walk, why_not

from .asking import EN, ask, titles
from .shelf import Shelf

Where = tuple[tuple[str, ...], ...]


def counts(name: str, **asked: Any) -> dict[str, int]:
    (facet,) = ask("", facets=(name,), **asked).facets
    return {value.value: value.count for value in facet.values if value.count}


@pytest.fixture
def mugs(shelf: Shelf) -> Shelf:
    """Three mugs of two brands, and one of no brand, without a price."""
    shelf.product("First mug", brand="nord", price=5, collections=["gifts", "new"])
    shelf.product("Second mug", brand="sol", price=10, collections=["gifts"])
    shelf.product("Third mug", brand="sol", price=20)
    shelf.product("Fourth mug", price=None)
    return shelf


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ((), "First Second Third Fourth"),
        ((("brand:nord",),), "First"),
        ((("brand:nord", "price:15.."),), "First Third"),
        ((("brand:sol",), ("price:..10",)), "Second"),
        ((("-brand:sol",),), "First Fourth"),
        ((("-price:..10",),), "Third Fourth"),
        ((("-brand:sol",), ("-brand:nord",)), "Fourth"),
        ((("-brand:sol", "price:15.."),), "First Third Fourth"),
        ((("collection:gifts",), ("collection:new",)), "First"),
        ((("collection:gifts",), ("-collection:new",)), "Second"),
        ((("price:..5", "price:20.."),), "First Third"),
        ((("brand:nord",), ("brand:sol",)), ""),
    ],
)
def test_of_each_clause_one_literal_holds_and_not_so_is_true_of_what_has_no_value(
    mugs: Shelf, where: Where, found: str
) -> None:
    expected = [f"{word} mug" for word in found.split()]
    assert titles("", where=where) == expected
    assert sorted(titles("mug", where=where)) == sorted(expected)


def test_a_filter_is_lifted_to_count_its_facet_and_a_condition_is_not(mugs: Shelf) -> None:
    assert counts("brand", filters={"brand": ("sol",)}) == {"nord": 1, "sol": 2}
    assert counts("brand", where=(("brand:sol",),)) == {"sol": 2}
    assert counts("brand", filters={"brand": ("sol",)}, where=(("price:..10",),)) == {"nord": 1, "sol": 1}


def test_one_and_the_same_variant_meets_all_conditions(shelf: Shelf) -> None:
    parent = shelf.product("Shirt", brand="nord", price=50)
    shelf.product("Shirt, reduced", brand="sol", price=5, parent=parent)
    assert len(titles("", where=(("brand:nord",), ("price:..10",)))) == 0
    assert titles("", where=(("brand:sol",), ("price:..10",))) == ["Shirt, reduced"]


def test_nothing_is_shown_where_no_hits_are_asked_for(mugs: Shelf) -> None:
    answer = ask("mug", per_page=0)
    assert (answer.hits, answer.near, answer.total, answer.pages, answer.per_page) == ((), (), 4, 0, 0)
    assert counts("brand", per_page=0) == {"nord": 1, "sol": 2}


def test_ways_out_leave_conditions_in_place(mugs: Shelf) -> None:
    answer = ask("", filters={"brand": ("nord",)}, where=(("price:15..",),))
    assert [(way.facets, way.total) for way in answer.relaxations] == [(("brand",), 1)]
    assert ask("", where=(("brand:nobody",),)).relaxations == ()


def test_words_don_t_set_a_facet_that_a_condition_is_about(mugs: Shelf) -> None:
    mugs.gather_words()
    assert [each.facet for each in ask("sol mug").understood] == ["brand"]
    assert [each.facet for each in ask("sol mug", where=(("brand:nord", "brand:sol"),)).understood] == []


def test_why_a_product_is_not_there(mugs: Shelf) -> None:
    third = Product.objects.get(name="Third mug")
    asked = SearchRequest("mug", where=(("brand:sol",), ("price:..10", "collection:new")))
    said = why_not(asked, third.pk, EN)
    assert (said.step, said.reason) == (
        "where",
        "It does not meet the condition price:..10 | collection:new.",
    )
    with pytest.raises(InvalidRequest, match="per_page is 0"):
        why_not(SearchRequest("mug", per_page=0), third.pk, EN)


def test_hits_say_which_conditions_they_meet(mugs: Shelf) -> None:
    (hit,) = ask("mug", where=(("brand:nord", "price:..1"),), explain=True).hits
    assert hit.explanation is not None
    assert [(met.kind, met.words) for met in hit.explanation.met] == [("where", "brand:nord | price:..1")]


def test_a_walk_is_bound_to_its_conditions(mugs: Shelf) -> None:
    begun = walk(SearchRequest("mug", where=(("-brand:nord",),), per_page=2), EN)
    assert begun.next
    with pytest.raises(InvalidRequest, match="belongs to another search"):
        walk(SearchRequest("mug", where=(("-brand:sol",),), per_page=2), EN, begun.next)
    with pytest.raises(InvalidRequest, match="one product at least"):
        walk(SearchRequest("mug", per_page=0), EN)


def test_what_was_chosen_is_recorded_and_counting_is_not(mugs: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    asked = SearchRequest(
        where=(("brand:nord", "brand:sol"), ("-collection:new",), ("price:..5", "price:9..")),
        filters={"in_stock": ("true",)},
    )
    assert dict(asked.chosen) == {"brand": ("nord", "sol"), "in_stock": ("true",)}
    assert dict(SearchRequest(where=(("brand:nord",), ("-brand:sol",))).chosen) == {}, "more than a choice"
    counted = SearchRequest("mug", per_page=0)
    app.conf.task_always_eager = True
    try:
        for each in (asked, counted):
            analytics.record_search(each, search(each, EN), EN)
    finally:
        app.conf.task_always_eager = False
    (event,) = SearchEvent.objects.all()
    assert event.filters == {"brand": ["nord", "sol"], "in_stock": ["true"]}


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (((),), "bad_where"),
        (("brand:nord",), "bad_where"),
        ((("brand",),), "bad_where"),
        ((("brand: ",),), "bad_where"),
        ((("weight:1",),), "unknown_filter"),
        ((("price:cheap",),), "bad_range"),
        ((("in_stock:yes",),), "bad_filter"),
        ((("brand:" + "x" * 501,),), "bad_filter"),
        (tuple((f"brand:{number}",) for number in range(request.MAX_CLAUSES + 1)), "too_many_conditions"),
        ((tuple(f"brand:{number}" for number in range(request.MAX_LITERALS + 1)),), "too_many_conditions"),
        (tuple((f"-brand:{n}", f"-mood:{n}", f"price:{n}..") for n in range(40)), "too_many_conditions"),
    ],
)
def test_what_can_t_be_read_is_refused(shelf: Shelf, where: Any, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        SearchRequest(where=where)
    assert (refused.value.code, refused.value.parameter) == (code, "where")


def test_the_most_that_is_read_is_answered(mugs: Shelf) -> None:
    apart = tuple((f"-collection:{n}", f"-mood:{n}") for n in range(request.MAX_CLAUSES))
    assert len(titles("mug", where=apart)) == 4
    one = tuple(f"brand:{n}" for n in range(request.MAX_LITERALS - 1))
    assert len(titles("mug", where=((*one, "-brand:sol"),))) == 2


def test_values_of_a_facet_are_found_by_their_names(mugs: Shelf) -> None:
    mugs.product("Fifth mug", brand="zoe", category="wear/hats")
    mugs.product("Sixth mug", brand="zoe-s-sons", category="wear")

    def found(name: str, matching: str = "", scope: SearchScope = EN, **asked: Any) -> list[tuple[str, int]]:
        limit = asked.pop("limit", 10)
        values = facet_values(name, SearchRequest(**asked), scope, matching=matching, limit=limit).values
        return [(value.value, value.count) for value in values]

    assert found("brand") == [("sol", 2), ("nord", 1), ("zoe", 1), ("zoe-s-sons", 1)]
    assert found("brand", limit=1) == [("sol", 2)]
    assert found("brand", "ZÖ") == [("zoe", 1), ("zoe-s-sons", 1)]
    assert found("brand", "sons zoe") == [("zoe-s-sons", 1)]
    assert found("brand", "ol") == []
    assert found("brand", "", q="fifth") == [("zoe", 1)]
    assert found("brand", "", filters={"brand": ("zoe",)}, where=(("price:..5",),)) == [("nord", 1)]
    assert found("category", "hats", SearchScope(language="de")) == [("wear/hats", 1)]
    assert found("category", "wear") == [("wear", 2)]
    assert found("in_stock", "y") == [("true", 6)]
    with pytest.raises(InvalidRequest, match="whose values can be listed"):
        found("price")
    with pytest.raises(InvalidRequest, match="limit is 101"):
        found("brand", limit=101)


def test_values_beyond_those_that_an_answer_lists_are_found(shelf: Shelf) -> None:
    for number in range(205):
        shelf.product(f"Mug {number}", brand=f"brand{number:03}", indexed=False)
    assert len(counts("brand")) == 200
    found = facet_values("brand", SearchRequest(), EN, matching="brand204")
    assert [value.value for value in found.values] == ["brand204"]
