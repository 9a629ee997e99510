"""Suggestions and related searches over HTTP."""

from __future__ import annotations

import pytest

from catalog.models import Product
from product_search.models import Completion

from .conftest import Ask

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def searched(shop: list[Product]) -> None:
    for number, query in enumerate(("red mug", "green mug", "mug zorbling")):
        Completion.objects.create(query=query, language="en", sessions=20 - number)
    Completion.objects.create(query="becher 0", language="de", sessions=20)


def test_queries_categories_and_products_with_cards(get: Ask) -> None:
    response = get("suggest", q="mu")
    assert response.status_code == 200
    found = response.json()
    assert set(found) == {"queries", "categories", "products", "notices", "took_ms"}
    assert found["queries"] == ["red mug", "green mug"]
    assert found["categories"] == [{"facet": "category", "value": "kitchen/mugs", "label": "Mugs"}]
    first = found["products"][0]
    assert set(first) == {"id", "card"}
    assert first["card"]["title"] == "red mug"
    assert first["card"]["picture"]["url"].startswith("/")
    assert len(get("suggest", q="mu", limit=2).json()["products"]) == 2


def test_a_space_at_the_end_finishes_the_word(get: Ask) -> None:
    assert get("suggest", "q=red+").json()["queries"] == ["red mug"]
    assert get("suggest", "q=re+").json()["queries"] == []
    assert get("suggest", "q=re").json()["queries"] == ["red mug"]


def test_in_the_language_that_is_asked_for(get: Ask) -> None:
    for response in (
        get("suggest", q="bech", language="de"),
        get("suggest", q="bech", headers={"accept-language": "de"}),
    ):
        found = response.json()
        assert found["queries"] == ["becher 0"]
        assert found["categories"] == [{"facet": "category", "value": "kitchen/mugs", "label": "Becher"}]
        assert found["products"][0]["card"]["title"] == "Becher 0"
        assert response["Content-Language"] == "de"


def test_no_shared_cache_keeps_them(get: Ask) -> None:
    for name in ("suggest", "related"):
        response = get(name, q="mug")
        assert "private" in response["Cache-Control"]
        assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))


def test_related(get: Ask) -> None:
    assert get("related", q="red mug").json() == {"queries": ["green mug"]}
    assert get("related", q="mug", limit=1).json() == {"queries": ["red mug"]}
    assert get("related").json() == {"queries": []}


@pytest.mark.parametrize("name", ["suggest", "related"])
@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("limit=0", "out_of_range", "limit"),
        ("limit=21", "out_of_range", "limit"),
        ("limit=x", "not_a_number", "limit"),
        ("q=a&q=b", "repeated_parameter", "q"),
        ("query=a", "unknown_parameter", "query"),
        ("filter.price=1..2", "unknown_parameter", "filter.price"),
        ("q=" + "a" * 1001, "too_long", "q"),
        ("q=%00", "invalid_text", "q"),
        ("q=%ff", "invalid_text", "q"),
        ("q=a&language=xx", "unknown_language", "language"),
    ],
)
def test_what_cant_be_asked_is_a_problem(get: Ask, name: str, query: str, code: str, parameter: str) -> None:
    response = get(name, query)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["code"], problem["parameter"]) == (code, parameter)
