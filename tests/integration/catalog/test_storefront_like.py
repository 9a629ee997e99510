"""What an address of the search box asks for beside words, answered without JavaScript."""

from __future__ import annotations

import pytest

from catalog.models import Product

from .test_storefront import shop, titles

__all__ = ["shop"]

pytestmark = pytest.mark.django_db


def test_an_address_of_the_box_is_answered_without_javascript(client, shop):
    red = Product.objects.get(name="Red Mug")
    asked = {"q": "mug", "like": red.pk, "less": "plate"}
    page = client.get("/products/", asked)
    assert titles(page) == ["Blue Mug"]
    assert [hit["card"]["title"] for hit in client.get("/search/v1/search", asked).json()["hits"]] == [
        "Blue Mug"
    ]
    assert [(chip.title, chip.label) for chip in page.context["chips"]] == [
        ("Like", "Red Mug"),
        ("Less", "plate"),
    ]
    assert page.context["chips"][0].less.url == "/products/?q=mug&less=plate"
    assert client.get("/products/", {"like": red.pk}).context["heading"] == "Products like this"
    assert client.get("/", {"like": red.pk}).headers["Location"] == f"/products/?like={red.pk}"

    gone = client.get("/products/", {"like": "987654", "q": "mug"})
    assert gone.status_code == 404
    assert "no longer sold" in gone.text
    assert 'href="/products/?q=mug"' in gone.text
