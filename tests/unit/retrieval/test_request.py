from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_search.errors import InvalidRequest, ProductSearchError
from product_search.retrieval import SearchRequest
from product_search.retrieval.request import range_bounds


def refused(**asked: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        SearchRequest(**asked)
    assert isinstance(caught.value, ProductSearchError)
    return caught.value


@pytest.mark.parametrize(
    ("asked", "code", "parameter"),
    [
        ({"q": "x" * 1001}, "too_long", "q"),
        ({"q": "word " * 101}, "too_long", "q"),
        ({"sort": "cheapest"}, "unknown_sort", "sort"),
        ({"page": 0}, "out_of_range", "page"),
        ({"page": -1}, "out_of_range", "page"),
        ({"per_page": -1}, "out_of_range", "per_page"),
        ({"per_page": 101}, "out_of_range", "per_page"),
        ({"page": 42, "per_page": 24}, "too_deep", "page"),
        ({"page": 10**30}, "out_of_range", "page"),
        ({"filters": {"flavour": ("sweet",)}}, "unknown_filter", "flavour"),
        ({"facets": ("flavour",)}, "unknown_filter", "facets"),
        ({"filters": {"in_stock": ("yes",)}}, "bad_filter", "in_stock"),
        ({"filters": {"brand": tuple(map(str, range(101)))}}, "bad_filter", "brand"),
        ({"filters": {"brand": ("x" * 501,)}}, "bad_filter", "brand"),
        ({"filters": {"price": ("10",)}}, "bad_range", "price"),
        ({"filters": {"price": ("..",)}}, "bad_range", "price"),
        ({"filters": {"price": ("50..10",)}}, "bad_range", "price"),
        ({"filters": {"price": ("nan..",)}}, "bad_range", "price"),
        ({"filters": {"price": ("1e9..",)}}, "bad_range", "price"),
        ({"filters": {"price": ("\u0661\u0660..",)}}, "bad_range", "price"),
        ({"filters": {"price": ("1..2", "3..4")}}, "bad_range", "price"),
        ({"filters": {"price": ("10.." + "9" * 400,)}}, "bad_range", "price"),
    ],
)
def test_what_cant_be_answered_is_refused_by_name(asked: dict[str, Any], code: str, parameter: str) -> None:
    error = refused(**asked)
    assert (error.code, error.parameter) == (code, parameter)
    assert error.detail


def test_an_unknown_filter_lists_the_known_ones() -> None:
    assert "category, brand, price, in_stock" in refused(filters={"colour": ("red",)}).detail


def test_an_unknown_sort_lists_the_known_ones() -> None:
    assert "relevance, price, -price, newest, rating" in refused(sort="cheapest").detail
    assert SearchRequest(sort="relevance") == SearchRequest()


def test_words_are_cleaned_of_what_no_database_takes() -> None:
    request = SearchRequest("  re\u0301d\x00mug \ud800 \n blue ")
    assert request.q == "réd mug blue"
    assert not request.browsing
    assert SearchRequest(" \x00 ").browsing


def test_filters_are_cleaned_and_empty_ones_dropped() -> None:
    request = SearchRequest(
        filters={
            "brand": ("", " nord ", "nord"),
            "category": ("/kitchen/",),
            "in_stock": (),
            "price": ("10..",),
        }
    )
    assert dict(request.filters) == {"brand": ("nord",), "category": ("kitchen",), "price": ("10..",)}


def test_the_deepest_page_is_allowed() -> None:
    assert SearchRequest(page=10, per_page=100).page == 10


@pytest.mark.parametrize(
    ("written", "bounds"),
    [
        ("10..50", (Decimal(10), Decimal(50))),
        ("10.5..50.25", (Decimal("10.5"), Decimal("50.25"))),
        ("..50", (None, Decimal(50))),
        ("-3..", (Decimal(-3), None)),
        ("7..7", (Decimal(7), Decimal(7))),
    ],
)
def test_ranges_read_as_written(written: str, bounds: tuple[Decimal | None, Decimal | None]) -> None:
    assert range_bounds(written) == bounds


@given(st.text(max_size=60), st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=9)), max_size=3))
def test_anything_typed_is_a_request_or_a_refusal(q: str, filters: dict[str, list[str]]) -> None:
    try:
        request = SearchRequest(q, filters={name: tuple(values) for name, values in filters.items()})
    except InvalidRequest:
        assert filters  # the words alone are short enough for any search
    else:
        request.q.encode()
        assert "\x00" not in request.q
