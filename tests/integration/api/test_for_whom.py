"""Currency and channel reach the document; cursors and tags are bound to both; hits may be the shop's own."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Product
from product_search.documents import ProductDocument
from product_search.errors import ImproperDocument
from product_search.keys import make_key

from .conftest import Ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


@pytest.fixture
def channelled(shop: list[Product], settings: Any) -> list[Product]:
    name = "tests.integration.api.documents.Channelled"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": name}
    return shop


def refused(response: Any) -> tuple[int, str, str]:
    said = response.json()
    return response.status_code, said["code"], said["parameter"]


def test_the_document_knows_both(channelled: list[Product], get: Ask, post: Ask) -> None:
    everywhere = get("search", q="mug").json()
    assert everywhere["total"] == 4
    outlet = get("search", q="mug", channel="outlet", currency="CHF").json()
    assert outlet["total"] == 3
    assert {hit["card"]["currency"] for hit in outlet["hits"]} == {"CHF"}
    body = {"q": "mug", "channel": "outlet", "currency": "CHF"}
    assert post(body, content_type="application/json").json()["hits"] == outlet["hits"]
    assert post(body).json()["hits"] == outlet["hits"]
    suggested = get("suggest", q="white", channel="outlet").json()
    assert suggested["products"] == [], "the white mug costs 20"


@pytest.mark.parametrize("name", ["currency", "channel"])
def test_what_is_not_declared_is_refused_with_what_is(channelled: list[Product], get: Ask, name: str) -> None:
    response = get("search", q="mug", **{name: "moon"})
    assert refused(response) == (400, f"unknown_{name}", name)
    known = "EUR, CHF" if name == "currency" else "shop, outlet"
    assert f"Known: {known}." in response.json()["detail"]


def test_a_shop_without_any_says_so_and_its_schema_has_none(shop: list[Product], get: Ask) -> None:
    response = get("suggest", q="mug", currency="EUR")
    assert refused(response) == (400, "unknown_currency", "currency")
    assert "Meta.currencies" in response.json()["detail"]
    names = [each["name"] for each in get("schema").json()["paths"]["/v1/suggest"]["get"]["parameters"]]
    assert "language" in names
    assert "currency" not in names


def test_the_schema_lists_them(channelled: list[Product], get: Ask) -> None:
    asked = get("schema").json()["paths"]["/v1/search"]["get"]["parameters"]
    listed = {each["name"]: each["schema"].get("enum") for each in asked}
    assert (listed["currency"], listed["channel"]) == (["EUR", "CHF"], ["shop", "outlet"])


@pytest.mark.parametrize("other", [{"channel": "shop"}, {"currency": "EUR"}, {"language": "de"}])
def test_a_cursor_is_of_its_channel_currency_and_language(
    channelled: list[Product], get: Ask, other: dict[str, str]
) -> None:
    begun = get("search", q="mug", per_page=1, cursor="new").json()["next"]
    assert get("search", q="mug", per_page=1, cursor=begun).status_code == 200
    response = get("search", q="mug", per_page=1, cursor=begun, **other)
    assert refused(response) == (400, "foreign_cursor", "cursor")


def test_a_cursor_and_a_tag_are_of_their_key(shop: list[Product], get: Ask) -> None:
    """Two keys that show the same, and nobody's: each walks on by its own cursors alone."""
    tokens = [make_key(name)[1] for name in ("one page", "another page")]
    headers = [{}, *({"Authorization": f"Bearer {token}"} for token in tokens)]
    walks = [get("search", "q=mug&per_page=1&cursor=new", headers=each).json()["next"] for each in headers]
    tags = [get("search", "q=mug&fields=total", headers=each).headers["ETag"] for each in headers]
    assert len(set(tags)) == 3
    for own, each in enumerate(headers):
        for other in range(3):
            response = get("search", f"q=mug&per_page=1&cursor={walks[other]}", headers=each)
            assert response.status_code == (200 if other == own else 400)
            assert other == own or response.json()["code"] == "foreign_cursor"
            asked = get("search", "q=mug&fields=total", headers={**each, "If-None-Match": tags[other]})
            assert asked.status_code == (304 if other == own else 200)


def test_hits_by_the_shops_own_serializer(shop: list[Product], settings: Any, get: Ask) -> None:
    name = "tests.integration.api.documents.Serialized"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": name}
    (hit,) = get("search", q="red mug", language="de", per_page=1).json()["hits"]
    assert hit["card"] == {"sku": "P0", "price": "5.00", "asked_in": "de", "path": "/search/v1/search"}


def test_a_hit_shows_what_one_of_them_says() -> None:
    with pytest.raises(ImproperDocument, match=r"card\(\) and Meta\.hit_serializer"):

        class Both(ProductDocument):
            class Meta:
                hit_serializer = "shop.api.ProductSerializer"

            def card(self, product: Any, scope: Any) -> dict[str, Any]:
                return {}


@pytest.mark.parametrize("value", ["60", -1, True])
def test_public_seconds_are_whole_seconds(value: Any) -> None:
    with pytest.raises(ImproperDocument, match="public_seconds"):
        type("Odd", (ProductDocument,), {"Meta": type("Meta", (), {"public_seconds": value})})
