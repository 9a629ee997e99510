"""The price facet's drawing: how many products at which price."""

from __future__ import annotations

import re

import pytest

from .test_storefront import shop

__all__ = ["shop"]

pytestmark = pytest.mark.django_db


def test_the_spread_of_prices_is_drawn_and_said(client, shop):
    page = client.get("/products/").content.decode()

    drawing = re.search(
        r'<svg class="spread" viewBox="0 0 (\d+) 40"[^>]*aria-label="([^"]*)">(.*?)</svg>', page
    )
    assert drawing is not None
    assert drawing[2] == "0 to 200: 2 products; 1200 to 1400: 1 product"
    bars = re.findall(r'<rect x="(\d+)" y="(\d+)" width="9" height="(\d+)"(?: class="(\w+)")?/>', drawing[3])
    assert bars == [("0", "0", "40", ""), ("60", "20", "20", "")]
    assert drawing[1] == "69"
    chosen = client.get("/products/", {"price": "..20"}).content.decode()
    assert '<rect x="60" y="20" width="9" height="20" class="outside"/>' in chosen
    german = client.get("/products/", headers={"accept-language": "de"}).content.decode()
    assert 'aria-label="0 bis 200: 2 Produkte; 1200 bis 1400: 1 Produkt"' in german
    assert 'class="spread"' not in client.get("/products/", {"q": "plate"}).content.decode(), (
        "one bar says nothing"
    )
