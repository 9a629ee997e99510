"""What a search should also be like, or unlike, by address, body and form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from product_search import retrieval

from .conftest import Ask, picture_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[retrieval.SearchRequest]:
    """The requests that reach the search."""
    requests: list[retrieval.SearchRequest] = []
    search = retrieval.search

    def noted(request: retrieval.SearchRequest, *rest: Any) -> Any:
        requests.append(request)
        return search(request, *rest)

    monkeypatch.setattr(retrieval, "search", noted)
    return requests


def ids(response: Any) -> list[Any]:
    assert response.status_code == 200, response.content
    return [hit["id"] for hit in response.json()["hits"]]


def upload(colour: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{colour}.png", picture_bytes(colour), content_type="image/png")


def test_address_body_and_form_ask_the_same(
    shop: list[Product], get: Ask, post: Ask, asked: list[retrieval.SearchRequest]
) -> None:
    liked, other = shop[0].pk, shop[2].pk
    query = f"like={liked}&like={other}%5E0.5&less=floral%5E.25&more=red"
    get("search", query)
    document = {"like": [liked, f"{other}^0.5"], "less": ["floral^.25"], "more": ["red"]}
    post(json.dumps(document), content_type="application/json")
    post({"like": [str(liked), f"{other}^0.5"], "less": "floral^.25", "more": "red", "unlike": ""})
    by_address, by_body, by_form = (
        sorted((each.words, str(each.product), each.weight) for each in request.examples) for request in asked
    )
    assert by_address == by_body == by_form
    assert by_address == sorted(
        [("", str(liked), 1.0), ("", str(other), 0.5), ("floral", "None", -0.25), ("red", "None", 1.0)]
    )


def test_a_product_is_an_example_and_no_hit(shop: list[Product], get: Ask) -> None:
    blue = shop[2]
    found = ids(get("search", like=blue.pk))
    assert blue.pk not in found


def test_several_pictures_are_one_search(
    shop: list[Product], post: Ask, asked: list[retrieval.SearchRequest]
) -> None:
    first = ids(post({"picture": upload("blue")}))[0]
    both = {"picture": upload("blue"), "like^0.5": upload("red"), "unlike": upload("green")}
    assert first == shop[2].pk
    assert post(both).status_code == 200
    weights = [(example.picture.size, example.weight) for example in asked[-1].examples]
    assert [weight for _, weight in weights] == [0.5, -1.0]


def test_words_on_the_similar_page_say_in_which_way(shop: list[Product], client: Client, get: Ask) -> None:
    address = reverse("product_search:similar", args=[shop[0].pk])
    said = client.get(address + "?q=blue&limit=5")
    assert shop[0].pk not in ids(said)
    searched = get("search", f"q=blue&like={shop[0].pk}&per_page=5")
    assert ids(said) == ids(searched)


@pytest.mark.parametrize(
    ("query", "status", "code", "parameter"),
    [
        ("less=floral", 400, "nothing_to_be_like", "examples"),
        ("q=mug&less=floral%5Enan", 400, "bad_weight", "less"),
        ("q=mug&more=red%5E1.5", 400, "bad_weight", "more"),
        ("q=mug&more=red%5E-1", 400, "bad_weight", "more"),
        ("q=mug&more=red%5Einf", 400, "bad_weight", "more"),
        ("q=mug&" + "&".join(["more=red"] * 9), 400, "too_many_examples", "examples"),
        ("q=mug&more=" + "x" * 1001, 400, "too_long", "examples"),
        ("q=mug&more=%5E0.5", 400, "bad_example", "examples"),
        ("like=999999999", 404, "unknown_product", "like"),
        ("like=none", 404, "unknown_product", "like"),
        ("like=" + "9" * 400, 404, "unknown_product", "like"),
    ],
)
def test_what_cant_be_asked_is_refused_in_words(
    shop: list[Product], get: Ask, query: str, status: int, code: str, parameter: str
) -> None:
    response = get("search", query)
    assert (response.status_code, response.json()["code"], response.json()["parameter"]) == (
        status, code, parameter,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ('{"q": "mug", "less": "floral"}', "wrong_type"),
        ('{"q": "mug", "less": [{}]}', "wrong_type"),
        ('{"q": "mug", "less": [1.5]}', "wrong_type"),
        ('{"q": "mug", "less": [NaN]}', "malformed_body"),
    ],
)
def test_a_body_of_another_shape_is_refused(shop: list[Product], post: Ask, document: str, code: str) -> None:
    response = post(document, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_a_hidden_product_is_as_unknown_as_one_that_never_was(shop: list[Product], get: Ask) -> None:
    Product.objects.filter(pk=shop[0].pk).update(published=False)
    hidden, never = (get("search", like=key).json() for key in (shop[0].pk, 10**9))
    assert {key: hidden[key] for key in hidden if key != "instance"} == {
        key: never[key] for key in never if key != "instance"
    }
