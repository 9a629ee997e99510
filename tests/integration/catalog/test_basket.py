"""From a search through a click and the basket to an order, without JavaScript: each knows the search it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.celery import app
from catalog.models import Order, Product
from product_search.analytics import roll_up
from product_search.models import DailyQuery, DailyRevenue, SearchEvent, ShopperEvent

from .test_storefront import links, shop

__all__ = ["shop"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def recorded(settings: Any) -> Iterator[None]:
    """Events are recorded where they happen, within the test's own transaction."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def hidden(response: Any, name: str) -> str:
    (value,) = re.findall(rf'name="{name}" value="([^"]*)"', response.content.decode())[:1]
    return str(value)


def test_an_order_belongs_to_the_search_it_came_from(client: Client, shop: None) -> None:
    (address,) = links(client.get("/products/", {"q": "red mug"}), "Red Mug")[:1]
    page = client.get(address)
    client.get(address)  # opened again: no second click
    mug = Product.objects.get(sku="M-1")
    given = {"product": mug.pk, "search": hidden(page, "search")}
    assert client.post(reverse("catalog:put"), given).status_code == 302
    assert client.post(reverse("catalog:put"), given).status_code == 302
    basket = client.get(reverse("catalog:basket")).content.decode()
    assert "Red Mug" in basket
    assert "€29.00" in basket

    response = client.post(reverse("catalog:order"), follow=True)

    (order,) = Order.objects.all()
    assert f"number {order.pk}" in response.content.decode()
    (line,) = order.lines.all()
    assert (line.product, line.quantity, line.amount) == (mug, 2, Decimal("29.00"))
    search = SearchEvent.objects.get(words="red mug")
    led = list(ShopperEvent.objects.exclude(kind="view").order_by("id"))
    assert [event.kind for event in led] == ["click", "click", "cart", "cart", "order"]
    assert {event.search_id for event in led} == {search.search_id}
    assert led[0].position == search.shown.index(mug.pk) + 1

    roll_up(using="default")
    row = DailyQuery.objects.get(query="red mug")
    assert (row.searches, row.clicked, row.clicks, row.carts, row.orders) == (1, 1, 1, 1, 1)
    assert DailyRevenue.objects.get(query="red mug").amount == Decimal("29.00")


def test_a_product_is_taken_out_and_an_empty_basket_orders_nothing(client: Client, shop: None) -> None:
    mug = Product.objects.get(sku="M-1")
    client.post(reverse("catalog:put"), {"product": mug.pk})
    client.post(reverse("catalog:basket"), {"remove": mug.pk})
    assert "nothing in your basket" in client.get(reverse("catalog:basket")).content.decode()
    client.post(reverse("catalog:order"))
    assert not Order.objects.exists()
    assert client.get(reverse("catalog:ordered")).status_code == 404


@pytest.mark.parametrize("key", ["", "x", "0", "9" * 30, "-1"])
def test_what_is_not_for_sale_is_not_put_into_the_basket(client: Client, shop: None, key: str) -> None:
    assert client.post(reverse("catalog:put"), {"product": key}).status_code == 404
    sold_out = Product.objects.get(sku="M-2")
    assert client.post(reverse("catalog:put"), {"product": sold_out.pk}).status_code == 404
    assert "Put into the basket" not in client.get(sold_out.get_absolute_url()).content.decode()


def test_an_address_written_by_hand_is_a_visit(client: Client, shop: None) -> None:
    mug = Product.objects.get(sku="M-1")
    for query in ("", "?search=x", "?search=&at=3", "?at=9"):
        assert client.get(mug.get_absolute_url() + query).status_code == 200
    assert {event.kind for event in ShopperEvent.objects.all()} == {"view"}
    assert client.post(reverse("catalog:put"), {"product": mug.pk, "search": "x"}).status_code == 302


def test_hits_link_plainly_where_nothing_is_recorded(client: Client, shop: None) -> None:
    response = client.get("/products/", {"q": "red mug"}, headers={"Sec-GPC": "1"})
    assert "search=" not in links(response, "Red Mug")[0]
    assert not SearchEvent.objects.exists()
