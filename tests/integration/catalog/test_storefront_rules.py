"""What a merchant's rules do in the shop: it follows redirects, shows banners, and lets a filter be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from product_search.merchandising import changing
from product_search.merchandising.reading import read

from .test_storefront import shop, titles

__all__ = ["shop"]

pytestmark = pytest.mark.django_db
RESULTS = reverse("catalog:results")


def publish(name: str, *actions: dict[str, Any], words: str = "mug") -> None:
    conditions = {"about": "is", "words": [words]}
    changing.publish(changing.save_draft(name, read({"conditions": conditions, "actions": list(actions)})))


def test_a_redirect_is_followed_but_not_to_where_one_is(shop: None, client: Client) -> None:
    publish("away", {"do": "redirect", "url": "https://example.org/mugs?a=1"})
    assert client.get(RESULTS, {"q": "mug"}).headers["Location"] == "https://example.org/mugs?a=1"
    publish("here", {"do": "redirect", "url": f"{RESULTS}?q=plate"}, words="plate")
    assert client.get(RESULTS, {"q": "plate"}).status_code == 200


def test_a_banner_is_text_and_a_rule_s_filter_a_chip(shop: None, client: Client) -> None:
    publish(
        "show",
        {"do": "banner", "text": "<b>Sale</b>", "url": "/sale/?a=1&b=2", "image": "/media/sale.png"},
        {"do": "filter", "filters": {"brand": ["tavola"], "in_stock": ["true"]}},
    )
    page = client.get(RESULTS, {"q": "mug"})
    assert "Blue Mug" not in titles(page)
    text = page.content.decode()
    assert (
        '<a href="/sale/?a=1&amp;b=2"><img src="/media/sale.png" alt="">&lt;b&gt;Sale&lt;/b&gt;</a>' in text
    )
    assert "Tavola" in text.partition('aria-label="Active filters"')[2].partition("</ul>")[0]
    assert "Blue Mug" in titles(client.get(RESULTS, {"q": "mug", "plain": "in_stock"}))
