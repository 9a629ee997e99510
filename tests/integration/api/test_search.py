"""What each endpoint answers when asked well."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from product_search import retrieval
from product_search.documents import SearchScope
from product_search.models import Space

from .conftest import Ask, picture_bytes

pytestmark = pytest.mark.django_db


def titles(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [hit["card"]["title"] for hit in response.json()["hits"]]


def test_words(shop: list[Product], get: Ask) -> None:
    response = get("search", q="red mug")
    answer = response.json()
    assert list(answer) == [
        "hits", "total", "relation", "facets", "page", "per_page", "pages", "notices",
        "corrections", "corrected", "understood", "relaxations", "near", "redirect", "banners",
        "next", "took_ms", "search_id",
    ]  # fmt: skip
    first = answer["hits"][0]
    assert set(first) == {"id", "score", "picture", "second", "card"}
    assert first["id"] == shop[0].pk
    assert first["card"]["title"] == "red mug"
    assert first["card"]["price"] == "5.00"
    assert answer["relation"] in ("eq", "gte")
    assert answer["took_ms"] > 0


def test_headers_keep_an_answer_with_the_one_who_asked(shop: list[Product], get: Ask) -> None:
    response = get("search", q="mug")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "private"
    assert {"Accept-Language", "Cookie"} <= set(response.headers["Vary"].split(", "))
    assert response.headers["Content-Language"] == "en"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_browsing_is_every_visible_product_in_the_shops_order_page_by_page(
    shop: list[Product], get: Ask
) -> None:
    Product.objects.filter(pk=shop[3].pk).update(published=False)
    pages = [get("search", page=page, per_page=3).json() for page in (1, 2, 3)]
    ids = [hit["id"] for page in pages for hit in page["hits"]]
    assert ids == [product.pk for product in shop if product.pk != shop[3].pk]
    assert [(page["total"], page["relation"], page["pages"]) for page in pages] == [(7, "eq", 3)] * 3


def test_filters_by_address_body_and_form_are_the_same(shop: list[Product], get: Ask, post: Ask) -> None:
    query = (
        "filter.category=kitchen/mugs&filter.category=kitchen/bowls&filter.price=10..30&filter.in_stock=true"
    )
    by_address = get("search", query)
    filters = {"category": ["kitchen/mugs", "kitchen/bowls"], "price": "10..30", "in_stock": True}
    by_body = post(json.dumps({"filters": filters}), content_type="application/json")
    by_form = post(
        {
            "filter.category": ["kitchen/mugs", "kitchen/bowls"],
            "filter.price": "10..30",
            "filter.in_stock": "true",
        }
    )
    assert titles(by_address) == ["green mug", "white mug", "yellow bowl"]
    assert titles(by_body) == titles(by_form) == titles(by_address)


def test_a_sort_by_address_body_and_form_is_the_same(shop: list[Product], get: Ask, post: Ask) -> None:
    dearest = titles(get("search", q="mug", sort="-price"))
    assert dearest == ["white mug", "blue mug", "green mug", "red mug"]
    assert titles(get("search", q="mug", sort="price")) == dearest[::-1]
    assert titles(post({"q": "mug", "sort": "-price"})) == dearest
    assert titles(post('{"q": "mug", "sort": "-price"}', content_type="application/json")) == dearest
    assert titles(get("search", q="mug", sort="relevance")) == titles(get("search", q="mug"))


def test_empty_fields_of_a_form_choose_nothing(shop: list[Product], get: Ask) -> None:
    assert get("search", "q=&filter.price=&filter.brand=&page=&language=").json()["total"] == 8


def test_facets_are_all_some_or_none(shop: list[Product], get: Ask) -> None:
    every = get("search").json()["facets"]
    assert [facet["name"] for facet in every] == [
        "category", "brand", "price", "in_stock", "reduced", "collection",
    ]  # fmt: skip
    some = get("search", facets="price,brand").json()["facets"]
    assert {facet["name"] for facet in some} == {"price", "brand"}
    assert get("search", "facets=").json()["facets"] == []
    price = next(facet for facet in every if facet["name"] == "price")
    assert (price["kind"], price["low"], price["high"]) == ("range", 5.0, 40.0)
    assert price["buckets"][0] == {"low": 5.0, "high": 10.0, "count": 1}
    assert sum(bucket["count"] for bucket in price["buckets"]) == 8
    category = next(facet for facet in every if facet["name"] == "category")
    counts = {value["value"]: (value["count"], value["depth"]) for value in category["values"]}
    assert counts["kitchen"] == (8, 0)
    if "kitchen/mugs" in counts:
        assert counts["kitchen/mugs"] == (4, 1)


def test_a_picture_finds_its_product(shop: list[Product], post: Ask) -> None:
    picture = SimpleUploadedFile("query.png", picture_bytes("blue"), content_type="image/png")
    response = post({"picture": picture})
    first = response.json()["hits"][0]
    assert first["id"] == shop[2].pk
    assert first["picture"] == str(shop[2].images.get().pk)


def test_words_and_a_picture_in_one_search(shop: list[Product], post: Ask) -> None:
    picture = SimpleUploadedFile("query.png", picture_bytes("blue"), content_type="image/png")
    assert titles(post({"q": "blue mug", "picture": picture, "per_page": "1"})) == ["blue mug"]


def test_similar_products_without_the_product_itself(shop: list[Product], client: Client) -> None:
    response = client.get(reverse("product_search:similar", args=[shop[0].pk]), {"limit": 3})
    assert response.status_code == 200
    ids = [hit["id"] for hit in response.json()["hits"]]
    assert len(ids) <= 3
    assert shop[0].pk not in ids


def test_what_is_not_visible_is_as_unknown_as_what_never_was(shop: list[Product], client: Client) -> None:
    Product.objects.filter(pk=shop[0].pk).update(published=False)
    hidden = client.get(reverse("product_search:similar", args=[shop[0].pk]))
    never = client.get(reverse("product_search:similar", args=[10**9]))
    assert hidden.status_code == never.status_code == 404
    assert hidden.json()["detail"] == never.json()["detail"]


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("language=de", "en", "de"),
        ("language=de-AT", "", "de"),
        ("", "de-CH,de;q=0.9", "de"),
        ("", "fr", "en"),
    ],
)
def test_the_language_of_an_answer(
    shop: list[Product], get: Ask, query: str, header: str, language: str
) -> None:
    response = get("search", f"per_page=1&{query}", headers={"Accept-Language": header})
    assert response.headers["Content-Language"] == language
    assert titles(response) == [{"de": "Becher 0", "en": "red mug"}[language]]


@pytest.mark.parametrize("header", ["de", "de-AT,en;q=0.5"])
def test_a_host_without_locale_middleware_still_speaks(
    shop: list[Product], get: Ask, settings: Any, header: str
) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("LocaleMiddleware")]
    assert titles(get("search", "per_page=1", headers={"Accept-Language": header})) == ["Becher 0"]


def seen(monkeypatch: pytest.MonkeyPatch) -> list[SearchScope]:
    """The scopes that searches are made for."""
    scopes: list[SearchScope] = []
    search = retrieval.search

    def spy(request: retrieval.SearchRequest, scope: SearchScope) -> retrieval.SearchAnswer:
        scopes.append(scope)
        return search(request, scope)

    monkeypatch.setattr(retrieval, "search", spy)
    return scopes


def test_a_search_is_made_for_the_sessions_user_by_get_and_by_post(
    shop: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    scopes = seen(monkeypatch)
    user = get_user_model().objects.create_user("ada")
    client = Client(enforce_csrf_checks=True)
    address = reverse("product_search:search")
    client.get(address)
    client.force_login(user)
    token = _get_new_csrf_string()
    client.cookies["csrftoken"] = token
    said = client.post(address, {"q": "mug"}, headers={"X-CSRFToken": token})
    assert client.get(address).status_code == said.status_code == 200
    assert [scope.user for scope in scopes] == [None, user, user]
    assert all(scope.request is not None for scope in scopes)


def test_head_and_options(shop: list[Product], client: Client) -> None:
    head = client.head(reverse("product_search:search"))
    assert (head.status_code, head.content) == (200, b"")
    options = client.options(reverse("product_search:search"))
    assert options.status_code == 204
    assert options.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_accept_does_not_matter(shop: list[Product], get: Ask) -> None:
    for accept in ("text/html", "application/xml", "application/problem+json", "nonsense"):
        assert get("search", q="mug", headers={"Accept": accept}).status_code == 200


def test_a_card_may_hold_what_json_has_no_word_for(
    shop: list[Product], get: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime
    import uuid
    from decimal import Decimal

    from django.utils.translation import gettext_lazy

    from catalog.documents import ProductDocument

    def card(self: ProductDocument, product: Product, scope: SearchScope) -> dict[str, Any]:
        return {
            "a": Decimal("1.50"),
            "b": datetime.date(2026, 1, 2),
            "c": uuid.UUID(int=1),
            "d": gettext_lazy("English"),
        }

    monkeypatch.setattr(ProductDocument, "card", card)
    assert get("search", per_page=1, language="de").json()["hits"][0]["card"] == {
        "a": "1.50",
        "b": "2026-01-02",
        "c": "00000000-0000-0000-0000-000000000001",
        "d": "Englisch",
    }


def test_health_tells_everybody_whether_and_staff_why(shop: list[Product], client: Client) -> None:
    address = reverse("product_search:health")
    response = client.get(address)
    assert response.status_code == 200
    assert set(response.json()) == {"status", "enabled", "serving"}
    assert response.headers["Cache-Control"] == "no-store"
    client.force_login(get_user_model().objects.create_user("ada"))
    assert set(client.get(address).json()) == {"status", "enabled", "serving"}
    client.force_login(get_user_model().objects.create_user("boss", is_staff=True))
    state = client.get(address).json()
    assert state["status"] == "degraded", "no worker and no beat run here"
    assert state["fresh"] == 8
    assert any(problem["stops"] and problem["fix"] for problem in state["problems"])


def test_health_is_a_503_while_searches_are_not_answered(db: None, client: Client) -> None:
    response = client.get(reverse("product_search:health"))
    assert (response.status_code, response.json()["status"]) == (503, "down")


def test_before_anything_is_indexed_a_search_says_so(db: None, get: Ask) -> None:
    answer = get("search", q="mug").json()
    assert (answer["hits"], answer["total"]) == ([], 0)
    assert answer["notices"][0].startswith("not-indexed")


def test_switched_off_nothing_is_found_and_the_answer_says_so(
    shop: list[Product], get: Ask, settings: Any
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    answer = get("search", q="mug").json()
    assert answer["hits"] == []
    assert answer["notices"][0].startswith("disabled")


def test_without_its_encoder_words_still_answer_and_a_picture_is_a_503(
    shop: list[Product], get: Ask, post: Ask, settings: Any
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": "local-dir:/nowhere"}
    Space.objects.update(
        name="local-dir:/nowhere"
    )  # else the serving space's own model answers beside ENCODER
    words = get("search", q="orange bowl")  # asked by no other test: a vector once made needs no encoder
    assert titles(words)[0] == "orange bowl"
    assert words.json()["notices"][0].startswith("keywords-only")
    response = post({"picture": SimpleUploadedFile("query.png", picture_bytes("blue"))})
    assert (response.status_code, response.json()["code"]) == (503, "encoder_unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert "nowhere" not in response.text


def test_a_correction_says_so_and_can_be_refused(shop: list[Product], get: Ask, post: Ask) -> None:
    answer = get("search", q="orrange bowl").json()
    assert answer["corrections"] == [{"original": "orrange", "corrected": "orange"}]
    assert answer["corrected"] == "orange bowl"
    body = json.dumps({"q": "orrange bowl", "spelling": "off"})
    for refused in (
        get("search", q="orrange bowl", spelling="off"),
        post(body, content_type="application/json"),
    ):
        assert (refused.json()["corrections"], refused.json()["corrected"]) == ([], "")


def test_what_was_read_from_the_words_can_be_words_again(shop: list[Product], get: Ask, post: Ask) -> None:
    answer = get("search", q="bowl under 26").json()
    assert answer["understood"] == [
        {
            "kind": "filter",
            "words": "under 26",
            "instead": "bowl under 26",
            "facet": "price",
            "value": "..26",
            "label": "..26",
        }
    ]
    assert titles(get("search", q="bowl under 26"))[0] == "black bowl"
    assert {float(hit["card"]["price"]) <= 26 for hit in answer["hits"]} == {True}
    assert get("search", q="bowl under 26", plain="price,brand").json()["understood"] == []
    body = json.dumps({"q": "bowl under 26", "plain": ["price"]})
    assert post(body, content_type="application/json").json()["understood"] == []


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("q=mug&spelling=maybe", "bad_value", "spelling"),
        ("q=mug&plain=prize", "unknown_filter", "plain"),
        ("q=mug&spelling=on&spelling=off", "repeated_parameter", "spelling"),
    ],
)
def test_what_cant_be_asked_of_words(get: Ask, query: str, code: str, parameter: str) -> None:
    response = get("search", query)
    assert response.status_code == 400
    assert (response.json()["code"], response.json()["parameter"]) == (code, parameter)


def test_what_was_looked_at_decides_between_what_fits_alike(
    shop: list[Product], get: Ask, post: Ask, settings: Any, client: Client
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "PERSONAL_WEIGHT": 0.2}
    bowls = [product.pk for product in shop[4:]]
    usual = get("search", q="thing")
    unasked = get("search", "q=thing&" + "&".join(f"viewed={key}" for key in bowls))
    assert titles(unasked) == titles(usual), "nobody is followed who did not ask for it"
    client.post(reverse("catalog:taste"), {"taste": "on"})
    by_address = get("search", "q=thing&" + "&".join(f"viewed={key}" for key in bowls))
    body = {"q": "thing", "viewed": bowls}
    by_body = post(json.dumps(body), content_type="application/json")
    assert titles(by_address) == titles(by_body) != titles(usual)
    assert [title.split()[1] for title in titles(by_address)] == ["bowl"] * 4 + ["mug"] * 4
    assert by_address.json()["notices"][0].startswith("personal: ")
    assert by_address.json()["total"] == usual.json()["total"]
    off = post(json.dumps({**body, "personal": "off"}), content_type="application/json")
    assert titles(off) == titles(usual)
    assert off.json()["notices"] == []


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("q=mug&personal=no", "bad_value", "personal"),
        ("q=mug&" + "&".join(f"viewed={number}" for number in range(51)), "too_many_viewed", "viewed"),
    ],
)
def test_what_cant_be_asked_of_views(get: Ask, query: str, code: str, parameter: str) -> None:
    response = get("search", query)
    assert response.status_code == 400
    assert (response.json()["code"], response.json()["parameter"]) == (code, parameter)
