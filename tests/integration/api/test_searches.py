"""Several searches in one request, conditions in addresses and bodies, and the values of one facet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Product

from .conftest import Ask


@pytest.fixture
def several(client: Client) -> Ask:
    def ask(searches: Any, query: str = "", **options: Any) -> Any:
        address = reverse("product_search:searches") + query
        body = searches if isinstance(searches, bytes) else json.dumps({"searches": searches})
        return client.post(address, body, **{"content_type": "application/json", **options})

    return ask


@pytest.fixture
def facet(client: Client) -> Ask:
    def ask(name: str, **data: Any) -> Any:
        return client.get(reverse("product_search:facet", args=[name]), data)

    return ask


def ids(answer: dict[str, Any]) -> list[int]:
    return [hit["id"] for hit in answer["hits"]]


def test_conditions_are_the_same_in_an_address_a_body_and_a_form(
    kept_shop: list[Product], get: Ask, post: Ask
) -> None:
    clauses = [["category:kitchen/mugs", "price:35.."], ["-price:..10"]]
    written = [json.dumps(clause) for clause in clauses]
    expected = [kept_shop[at].pk for at in (2, 3, 6, 7)]
    answers = [
        get("search", where=written),
        post({"where": clauses}, content_type="application/json"),
        post({"where": written}),
    ]
    for answer in answers:
        assert ids(answer.json()) == expected, answer.content


def test_an_answer_to_each_search_in_their_order(kept_shop: list[Product], several: Ask, get: Ask) -> None:
    asked: list[dict[str, Any]] = [
        {"q": "red mug", "per_page": 2, "facets": ["brand"]},
        {"where": [["category:kitchen/bowls"]], "per_page": 0, "facets": ["category"]},
        {"language": "de", "facets": ["category"], "per_page": 1},
    ]
    response = several(asked)
    assert response.status_code == 200, response.content
    assert set(response.json()) == {"answers", "took_ms"}
    first, second, third = response.json()["answers"]
    alone = get("search", q="red mug", per_page=2, facets="brand").json()
    for answer in (first, alone):
        del answer["took_ms"]
    assert first == alone
    assert (second["hits"], second["total"], second["per_page"], second["pages"]) == ([], 4, 0, 0)
    labels = [value["label"] for value in second["facets"][0]["values"]]
    assert labels == ["Kitchen", "Bowls"]
    assert [value["label"] for value in third["facets"][0]["values"]] == ["Küche", "Schalen", "Becher"]
    german = several([{"facets": ["category"]}, {"language": "en", "facets": ["category"]}], "?language=de")
    assert german.headers["Content-Language"] == "de"
    labels = [answer["facets"][0]["values"][0]["label"] for answer in german.json()["answers"]]
    assert labels == ["Küche", "Kitchen"]


def test_members_are_selected_of_each_answer_or_of_all(kept_shop: list[Product], several: Ask) -> None:
    own = several([{"fields": ["total"], "per_page": 1}, {"fields": ["hits.id"], "per_page": 1}]).json()
    assert own["answers"] == [{"total": 8}, {"hits": [{"id": kept_shop[0].pk}]}]
    everywhere = several([{"q": "mug"}, {"fields": ["page"]}], "?fields=total").json()
    assert everywhere["answers"] == [{"total": 4}, {"page": 1}]
    refused = several([{}, {"fields": ["hits.colour"]}]).json()
    assert (refused["code"], refused["parameter"]) == ("unknown_field", "searches[1].fields")


@pytest.mark.parametrize(
    ("searches", "code", "parameter"),
    [
        ([{"q": "mug"}, {"page": 0}], "out_of_range", "searches[1].page"),
        ([{"where": [["weight:1"]]}], "unknown_filter", "searches[0].where"),
        ([{"where": ["brand:acme"]}], "wrong_type", "searches[0].where"),
        ([{"where": [["brand:acme", 1]]}], "wrong_type", "searches[0].where"),
        ([{"filters": {"price": "cheap"}}], "bad_range", "searches[0].filter.price"),
        ([{"catgory": "x"}], "unknown_parameter", "searches[0].catgory"),
        ([{"cursor": "x"}], "bad_cursor", "searches[0].cursor"),
        ([{}, {}, "mug"], "malformed_body", "searches[2]"),
        ([], "out_of_range", "searches"),
        ([{}] * 21, "out_of_range", "searches"),
        ({}, "wrong_type", "searches"),
        (b"[]", "malformed_body", None),
        (b"{}", "missing_parameter", "searches"),
        (b'{"searches": [{}], "q": "mug"}', "unknown_parameter", "q"),
    ],
)
def test_one_that_is_refused_has_the_request_refused(
    kept_shop: list[Product], several: Ask, searches: Any, code: str, parameter: str | None
) -> None:
    response = several(searches)
    problem = response.json()
    assert (response.status_code, problem["code"], problem.get("parameter")) == (400, code, parameter)


def test_explanations_and_unknown_products_are_refused_here_too(
    kept_shop: list[Product], several: Ask
) -> None:
    refused = several([{"q": "mug", "explain": True}])
    assert (refused.status_code, refused.json()["code"]) == (403, "staff_only")
    refused = several([{}, {"like": ["0"]}])
    assert (refused.status_code, refused.json()["parameter"]) == (404, "searches[1].like")
    assert several(b"q=mug", content_type="text/plain").status_code == 415
    assert several([{}], "?page=2").json()["parameter"] == "page"


@pytest.mark.parametrize("where", ["brand:acme", "[", "[1]", '{"a": "b"}', '"brand:acme"', "[" * 5000])
def test_a_clause_in_an_address_is_a_json_array(kept_shop: list[Product], get: Ask, where: str) -> None:
    refused = get("search", where=where)
    assert (refused.status_code, refused.json()["code"], refused.json()["parameter"]) == (
        400,
        "bad_where",
        "where",
    )


def test_values_of_a_facet(kept_shop: list[Product], facet: Ask) -> None:
    answer = facet("category", matching="bo", where='["price:..30"]').json()
    assert set(answer) == {"name", "kind", "values", "took_ms"}
    assert (answer["name"], answer["kind"]) == ("category", "value")
    assert answer["values"] == [
        {"value": "kitchen/bowls", "label": "Bowls", "count": 2, "chosen": False, "depth": 1}
    ]
    chosen = facet("category", limit=1, **{"filter.category": "kitchen", "language": "de"}).json()["values"]
    assert [(value["label"], value["chosen"]) for value in chosen] == [("Küche", True)]


def test_facets_without_values_are_not_found(kept_shop: list[Product], facet: Ask) -> None:
    for name in ("price", "weight", "\x00", "x" * 500):
        refused = facet(name)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_facet")
    assert facet("brand", limit=0).json()["code"] == "out_of_range"
    assert facet("brand", page=2).json()["code"] == "unknown_parameter"
