"""`v1/classify`, `v1/media`, `v1/media/rank` and a product's cover: answers, refusals, and what is hidden."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given

from catalog.models import Product
from product_search.tagging import classifying

from .conftest import Ask, picture_bytes
from .test_bad_input import NASTY, encoded, pairs, texts, tried, values

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    classifying._looks.clear()
    return kept_shop


def upload(colour: str = "red") -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{colour}.png", picture_bytes(colour), content_type="image/png")


def ask(client: Client, name: str, data: Any, **options: Any) -> Any:
    if isinstance(data, str):
        options.setdefault("content_type", "application/json")
    return client.post(reverse(f"product_search:{name}"), data, **options)


def answer(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    assert response.headers["Cache-Control"] == "private"
    return dict(response.json())


def cover(client: Client, key: Any, query: str) -> Any:
    return client.get(reverse("product_search:cover", args=[key]), QUERY_STRING=query)


def test_labels_get_shares_of_one(shop: list[Product], client: Client) -> None:
    sent = {"picture": upload(), "labels": ["mug", "bowl", " mug ", "lamp"]}
    found = answer(ask(client, "classify", sent))
    assert sorted(each["value"] for each in found["labels"]) == ["bowl", "lamp", "mug"]
    shares = [each["probability"] for each in found["labels"]]
    assert shares == sorted(shares, reverse=True)
    assert abs(sum(shares) + found["none_of_these"] + found["not_a_product"] - 1) < 0.01
    assert found["said"] == ("" if found["doubt"] else found["labels"][0]["value"])
    by_text = answer(ask(client, "classify", json.dumps({"text": "a red mug", "labels": ["mug", "bowl"]})))
    assert len(by_text["labels"]) == 2


def test_without_labels_it_is_the_shops_categories(shop: list[Product], client: Client) -> None:
    found = answer(ask(client, "classify", {"picture": upload()}, headers={"Accept-Language": "de"}))
    assert {each["value"]: each["label"] for each in found["labels"]} == {
        "kitchen": "Küche",
        "kitchen/mugs": "Becher",
        "kitchen/bowls": "Schalen",
    }
    assert found["labels"][0]["value"] == "kitchen"


def test_a_category_with_nothing_to_be_seen_is_not_named(shop: list[Product], client: Client) -> None:
    assert "bowls" in str(answer(ask(client, "classify", {"picture": upload()})))
    Product.objects.filter(category__slug="bowls").update(published=False)
    found = answer(ask(client, "classify", {"picture": upload()}))
    assert [each["value"] for each in found["labels"]] == ["kitchen", "kitchen/mugs"]


def test_media_and_cover_name_pictures_with_their_addresses(shop: list[Product], client: Client) -> None:
    shop[0].images.update(alt="A mug like fire")
    (picture,) = answer(cover(client, shop[0].pk, "q=red+mug"))["pictures"]
    own = shop[0].images.get()
    assert (picture["id"], picture["alt"], picture["position"]) == (str(own.pk), "A mug like fire", 0)
    assert picture["url"] == own.image.url
    found = answer(ask(client, "media", json.dumps({"text": "A red mug.", "limit": 3})))
    assert set(found) == {"hits", "total", "notices", "took_ms"}


def test_given_pictures_come_back_by_their_places(shop: list[Product], client: Client) -> None:
    sent = {"picture": [upload("red"), upload("blue"), upload("green")], "text": "a red mug"}
    found = answer(ask(client, "rank_pictures", sent))["pictures"]
    assert sorted(each["index"] for each in found) == [0, 1, 2]
    assert [each["value"] for each in found] == sorted((each["value"] for each in found), reverse=True)


def test_what_is_hidden_has_no_cover_and_no_media(shop: list[Product], client: Client) -> None:
    Product.objects.update(published=False)
    assert cover(client, shop[0].pk, "q=mug").status_code == 404
    unknown, hidden = (cover(client, key, "q=mug").json()["detail"] for key in (10**9, shop[0].pk))
    assert unknown == hidden
    assert answer(ask(client, "media", json.dumps({"text": "red mug"})))["hits"] == []
    assert answer(ask(client, "classify", {"picture": upload()}))["labels"] == []


@pytest.mark.parametrize(
    ("name", "sent", "problem"),
    [
        ("classify", {}, (400, "missing_parameter", "picture")),
        ("classify", {"labels": ["a"]}, (400, "missing_parameter", "picture")),
        ("classify", '{"text": "mug"}', (400, "missing_parameter", "picture")),
        ("classify", '{"text": "mug", "labels": "mug"}', (400, "wrong_type", "labels")),
        ("classify", '{"text": "mug", "labels": [""]}', (400, "missing_parameter", "labels")),
        ("classify", json.dumps({"text": "m", "labels": ["x" * 201]}), (400, "too_long", "labels")),
        (
            "classify",
            json.dumps({"text": "m", "labels": list(map(str, range(101)))}),
            (400, "too_many_labels", "labels"),
        ),
        ("classify", '{"text": "mug", "limit": 3}', (400, "unknown_parameter", "limit")),
        ("media", "{}", (400, "missing_parameter", "text")),
        ("media", '{"text": "mug", "limit": 0}', (400, "out_of_range", "limit")),
        ("media", '{"text": "mug", "filters": {"colour": "red"}}', (400, "unknown_filter", "filter.colour")),
        ("media", json.dumps({"text": "x" * 10_001}), (400, "too_long", "text")),
        ("rank_pictures", {"text": "mug"}, (400, "missing_parameter", "picture")),
    ],
)
def test_what_cant_be_answered_names_the_parameter(
    shop: list[Product], client: Client, name: str, sent: Any, problem: tuple[int, str, str]
) -> None:
    response = ask(client, name, sent)
    assert response.headers["Content-Type"] == "application/problem+json"
    said = response.json()
    assert (response.status_code, said["code"], said.get("parameter")) == problem


@pytest.mark.parametrize(
    ("name", "files", "code"),
    [
        ("media", {"picture": ["red"]}, "unknown_parameter"),
        ("classify", {"like": ["red"]}, "unknown_parameter"),
        ("classify", {"picture": ["red", "blue"]}, "repeated_parameter"),
        ("rank_pictures", {"picture": ["red"] * 21}, "too_many_pictures"),
    ],
)
def test_pictures_that_nobody_asked_for_are_refused(
    shop: list[Product], client: Client, name: str, files: dict[str, list[str]], code: str
) -> None:
    sent = {field: [upload(colour) for colour in colours] for field, colours in files.items()}
    response = ask(client, name, {**sent, "text": "mug"})
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_a_cover_needs_words(shop: list[Product], client: Client, get: Ask) -> None:
    response = cover(client, shop[0].pk, "")
    assert (response.status_code, response.json()["parameter"]) == (400, "q")


def sensible(response: Any) -> None:
    """An answer, or a problem with its code and a sentence."""
    said = response.json()
    if response.status_code != 200:
        assert 400 <= response.status_code < 500, said
        assert response.headers["Content-Type"] == "application/problem+json"
        assert said["code"]


@pytest.mark.parametrize("name", ["classify", "media", "rank_pictures"])
@tried
@given(body=values)
def test_any_json(shop: list[Product], client: Client, name: str, body: Any) -> None:
    for sent in (body, {"text": body, "labels": [body], "filters": body}):
        sensible(ask(client, name, json.dumps(sent)))


@tried
@given(key=texts.filter(bool), asked=pairs)
def test_any_cover(shop: list[Product], client: Client, key: str, asked: list[tuple[str, str]]) -> None:
    from urllib.parse import quote

    path = quote(key.encode("utf-8", "surrogatepass"), safe="")
    address = reverse("product_search:search").rpartition("v1/search")[0]
    sensible(client.generic("GET", f"{address}v1/products/{path}/cover", QUERY_STRING=encoded(asked)))


def test_any_words(shop: list[Product], client: Client) -> None:
    for text in NASTY:
        sensible(ask(client, "media", json.dumps({"text": text})))
        sensible(ask(client, "classify", json.dumps({"text": text, "labels": [text, "mug"]})))
        sensible(
            ask(client, "rank_pictures", {"text": text.encode("utf-8", "surrogatepass"), "picture": upload()})
        )
