"""Vectors as a query: a vector made by the serving model finds what its text or picture finds; another is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PIL import Image

from catalog.models import Product
from product_search.encoders import get_encoder
from product_search.models import Space, State

from .conftest import COLOURS, Ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


def picture_vector(colour: str) -> list[float]:
    """What the serving model makes of a picture of one colour."""
    (vector,) = get_encoder().encode_images([Image.new("RGB", (32, 32), colour)])
    return [float(number) for number in vector]


def ids(response: Any) -> list[Any]:
    assert response.status_code == 200, response.content
    return [hit["id"] for hit in response.json()["hits"]]


def ask(post: Ask, *vectors: Any, **more: Any) -> Any:
    return post({"vectors": list(vectors), **more}, content_type="application/json")


def test_a_pictures_vector_finds_what_the_picture_finds(shop: list[Product], post: Ask) -> None:
    for number in (0, 2, 5):
        vector = [17.5 * each for each in picture_vector(COLOURS[number])]
        found = ids(ask(post, {"vector": vector, "kind": "picture"}))
        assert found[0] == shop[number].pk, "of any length: its direction counts"


def test_each_way_of_sending_one(shop: list[Product], get: Ask, post: Ask) -> None:
    one = {"vector": picture_vector("blue"), "kind": "picture", "weight": 0.5}
    found = ids(ask(post, one))
    assert found
    assert ids(post({"vectors": json.dumps(one)})) == found
    assert ids(get("search", vectors=json.dumps(one))) == found


def test_several_and_one_to_be_unlike(shop: list[Product], post: Ask) -> None:
    red, blue = ({"vector": picture_vector(colour), "kind": "picture"} for colour in ("red", "blue"))
    assert ids(ask(post, red, {**blue, "weight": 0.1}))[0] == shop[0].pk
    assert ids(ask(post, {**red, "weight": 0.1}, blue))[0] == shop[2].pk
    assert ids(ask(post, blue, {**red, "weight": -1}))[0] == shop[2].pk
    response = ask(post, {**red, "weight": -1})
    assert response.json()["code"] == "nothing_to_be_like"


def test_beside_words_a_filter_holds(shop: list[Product], post: Ask) -> None:
    vector = {"vector": picture_vector("red"), "kind": "picture"}
    found = ids(ask(post, vector, q="mug", filters={"in_stock": True}))
    assert found
    assert set(found) <= {product.pk for product in shop if product.stock}


@pytest.mark.parametrize(
    ("vector", "said"),
    [
        ({"vector": [0.5, 0.5, 0.5], "kind": "picture"}, "3 numbers; the model that serves now has 64"),
        ({"vector": [0] * 64, "kind": "picture"}, "all zeros"),
        ({"vector": [], "kind": "picture"}, "0 numbers"),
        ({"vector": [1] * 9000, "kind": "picture"}, "9000 numbers"),
        ({"vector": [10**400] * 64, "kind": "picture"}, "finite"),
        ({"vector": [True] * 64, "kind": "picture"}, "finite"),
        ({"vector": ["1"] * 64, "kind": "picture"}, "finite"),
        ({"vector": [1] * 64, "kind": "sound"}, "expected text or picture"),
        ({"vector": [1] * 64}, '"kind"'),
        ({"vector": "1,2", "kind": "text"}, "list of numbers"),
        ({"vector": [1], "kind": "text", "norm": 1}, '"kind"'),
    ],
)
def test_what_is_no_vector_of_the_model_is_refused(
    shop: list[Product], post: Ask, vector: Any, said: str
) -> None:
    response = ask(post, vector)
    problem = response.json()
    assert (response.status_code, problem["code"], problem["parameter"]) == (400, "bad_vector", "vectors")
    assert said in problem["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(shop: list[Product], get: Ask, post: Ask, number: str) -> None:
    written = f'{{"vector": [{",".join([number] * 64)}], "kind": "text"}}'
    body = post(f'{{"vectors": [{written}]}}', content_type="application/json")
    assert (body.status_code, body.json()["code"]) in {(400, "malformed_body"), (400, "bad_vector")}
    address = get("search", vectors=written)
    assert (address.status_code, address.json()["code"]) == (400, "bad_vector")


def test_what_is_no_list_and_too_many(shop: list[Product], get: Ask, post: Ask) -> None:
    assert ask(post, 1).json()["code"] == "wrong_type"
    assert post({"vectors": {}}, content_type="application/json").json()["code"] == "wrong_type"
    assert get("search", vectors="[1, 2]").json()["code"] == "bad_vector"
    assert (
        ask(post, *[{"vector": picture_vector("red"), "kind": "picture"}] * 9).json()["code"]
        == "too_many_examples"
    )
    weight = ask(post, {"vector": picture_vector("red"), "kind": "picture", "weight": 2})
    assert weight.json()["code"] == "bad_weight"


def test_nothing_is_asked_of_the_encoder(
    shop: list[Product], post: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from product_search.retrieval import encoding

    vector = picture_vector("red")

    def away(space: Any) -> Any:
        raise encoding._Unavailable("away")

    monkeypatch.setattr(encoding, "_encoder", away)
    assert ids(ask(post, {"vector": vector, "kind": "picture"}))[0] == shop[0].pk


def test_while_no_space_serves(shop: list[Product], post: Ask) -> None:
    vector = {"vector": picture_vector("red"), "kind": "picture"}
    Space.objects.update(state=State.RETIRED)
    response = ask(post, vector)
    assert (response.status_code, response.json()["code"]) == (503, "encoder_unavailable")
