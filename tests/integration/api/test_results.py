"""What hits say of themselves, why a product is not among them, and the walk through all of them."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db.models.functions import Now
from django.test import Client

from catalog.models import Product
from product_search.models import Cursor

from .conftest import Ask

pytestmark = pytest.mark.django_db


def test_hits_say_which_places_matched_when_asked(shop: list[Product], get: Ask, post: Ask) -> None:
    (first, *_) = get("search", q="red mugs", highlight="true").json()["hits"]
    assert first["highlights"] == [
        {"field": "title", "start": 0, "end": 3, "words": "red"},
        {"field": "title", "start": 4, "end": 7, "words": "mug"},
        {"field": "category_name", "start": 0, "end": 4, "words": "Mugs"},
        {"field": "description", "start": 2, "end": 5, "words": "red"},
    ]
    by_body = post('{"q": "red mugs", "highlight": true}', content_type="application/json")
    assert by_body.json()["hits"][0] == first
    assert "highlights" not in get("search", q="red mugs", highlight="false").json()["hits"][0]
    assert get("search", q="red mugs", highlight="yes").json()["code"] == "bad_value"
    assert all(hit["highlights"] == [] for hit in get("search", highlight="true").json()["hits"])


def test_only_staff_are_told_why(shop: list[Product], get: Ask, post: Ask, client: Client) -> None:
    for refused in (get("search", q="mug", explain="true"), post({"q": "mug", "explain": "true"})):
        assert (refused.status_code, refused.json()["code"]) == (403, "staff_only")
        assert "sign in with a staff account" in refused.json()["detail"]
    client.force_login(get_user_model().objects.create_user("shopper"))
    assert get("search", q="mug", explain="true").status_code == 403
    client.force_login(get_user_model().objects.create_user("staff", is_staff=True))
    (first, *_) = get("search", q="red mug -plate", explain="true").json()["hits"]
    assert first["explanation"]["has"] == ["red", "mug"]
    assert first["explanation"]["lacks"] == []
    assert "keywords" in first["explanation"]["found_by"]
    assert first["explanation"]["met"] == [{"kind": "excluded", "words": "plate", "facet": "", "values": []}]
    assert first["legs"]["keywords"]["rank"] == 1
    assert set(first["legs"]["text-text"]) == {"rank", "raw", "value"}
    assert "explanation" not in get("search", explain="true").json()["hits"][0], "nothing is judged"


def test_staff_ask_why_a_product_is_not_shown(shop: list[Product], get: Ask, client: Client) -> None:
    bowl = shop[4].pk
    refused = get("why_not", q="mug", product=bowl)
    assert (refused.status_code, refused.json()["code"]) == (403, "staff_only")
    client.force_login(get_user_model().objects.create_user("staff", is_staff=True))
    said = get("why_not", f"q=bowl&product={bowl}&filter.price=..10").json()
    assert (said["step"], said["facet"], said["found"]) == ("filter", "price", False)
    assert said["reason"] == "It does not pass the filter price: ..10."
    said = get("why_not", f"q=Schalen+-black&product={bowl}&language=de").json()
    assert said["reason"] == "Es sagt oder ist „black“, und das schließt die Suche aus."
    said = get("why_not", q="bowl", product=bowl).json()
    assert (said["step"], said["found"], said["page"]) == ("shown", True, 1)
    assert get("why_not", q="bowl", product="no-key").json()["step"] == "unknown"
    assert get("why_not", q="bowl").json()["code"] == "missing_parameter"
    assert get("why_not", q="bowl", product=bowl, facets="price").json()["code"] == "unknown_parameter"


def test_a_cursor_walks_through_all(shop: list[Product], get: Ask, post: Ask, client: Client) -> None:
    first = get("search", per_page=3, cursor="new").json()
    second = get("search", per_page=3, cursor=first["next"]).json()
    third = post({"per_page": 3, "cursor": second["next"]}, content_type="application/json").json()
    assert [hit["id"] for page in (first, second, third) for hit in page["hits"]] == [
        product.pk for product in shop
    ]
    assert [page["total"] for page in (first, second, third)] == [8, 8, 8]
    assert third["next"] == get("search").json()["next"] == ""
    for address, code in (
        (f"per_page=3&q=mug&cursor={first['next']}", "foreign_cursor"),
        (f"per_page=3&language=de&cursor={first['next']}", "foreign_cursor"),
        (f"per_page=3&page=2&cursor={first['next']}", "bad_cursor"),
        (f"per_page=3&cursor={first['next']}x", "bad_cursor"),
    ):
        refused = get("search", address)
        assert (refused.status_code, refused.json()["code"]) == (400, code), address
    Cursor.objects.update(expires_at=Now())
    refused = get("search", per_page=3, cursor=first["next"])
    assert (refused.status_code, refused.json()["code"]) == (410, "cursor_expired")
    assert "Begin again with cursor=new" in refused.json()["detail"]
    begun = get("search", per_page=3, cursor="new").json()["next"]
    client.force_login(get_user_model().objects.create_user("other"))
    assert get("search", per_page=3, cursor=begun).json()["code"] == "foreign_cursor"
