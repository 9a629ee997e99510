"""`POST v1/events`: a batch is taken as a whole or refused with the place of what is wrong; searches say their id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from catalog.celery import app
from catalog.models import Product
from product_search.models import SearchEvent, ShopperEvent

from .conftest import Ask


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


@pytest.fixture(autouse=True)
def recorded(settings: Any) -> Iterator[None]:
    """Events are recorded, before the answer is sent: within the test's own transaction."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def send(client: Any) -> Ask:
    """Sends a body, as JSON unless said otherwise."""

    def ask(body: Any, *, kind: str = "application/json", **options: Any) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.post(reverse("product_search:events"), text, content_type=kind, **options)

    return ask


def test_a_search_says_its_id_and_what_follows_names_it(shop: list[Product], get: Ask, send: Ask) -> None:
    answer = get("search", q="mug", **{"filter.brand": "nordhus"}).json()
    (search,) = SearchEvent.objects.all()
    assert UUID(answer["search_id"]) == search.search_id
    assert search.shown == [hit["id"] for hit in answer["hits"]]
    assert (search.words, search.total, search.filters) == ("mug", answer["total"], {"brand": ["nordhus"]})

    event = {"kind": "click", "product": shop[0].pk, "search_id": answer["search_id"], "position": 1}
    response = send({"events": [event]})
    assert (response.status_code, response.json()) == (202, {"recorded": 1})
    (click,) = ShopperEvent.objects.all()
    assert (click.search_id, click.product, click.position) == (search.search_id, shop[0].pk, 1)
    assert click.session == search.session is not None


def test_a_beacon_is_text_and_needs_no_more(shop: list[Product], send: Ask) -> None:
    body = {
        "events": [
            {"kind": "cart", "product": str(shop[1].pk), "quantity": 2},
            {"kind": "order", "product": shop[1].pk, "amount": 19.9, "currency": "EUR", "order": "A-1"},
        ],
        "visitor": "f3c1",
    }
    assert send(body, kind="text/plain;charset=UTF-8").json() == {"recorded": 2}
    cart, order = ShopperEvent.objects.order_by("id")
    assert (cart.quantity, cart.amount, str(order.amount), order.currency) == (2, None, "19.90", "EUR")
    assert cart.session == order.session is not None
    assert order.order is not None
    assert "A-1" not in str(ShopperEvent.objects.values().last())


def test_a_search_that_nobody_knows_is_taken(shop: list[Product], send: Ask) -> None:
    event = {"kind": "click", "product": shop[0].pk, "search_id": str(uuid4())}
    assert send({"events": [event]}).json() == {"recorded": 1}


@pytest.mark.parametrize(
    ("body", "status", "code", "parameter"),
    [
        ("{", 400, "malformed_body", None),
        (b"\xff", 400, "malformed_body", None),
        ("[]", 400, "malformed_body", None),
        ("[" * 50_000, 400, "malformed_body", None),
        ({}, 400, "invalid_event", "events"),
        ({"events": []}, 400, "invalid_event", "events"),
        ({"events": [1]}, 400, "invalid_event", "events[0]"),
        ({"events": [{"kind": "click", "product": 1}] * 101}, 400, "too_many_events", "events"),
        ({"events": [{"kind": "click", "product": 1}], "user": 1}, 400, "unknown_parameter", "user"),
        ({"events": [{"kind": "click", "product": 1}], "visitor": "x" * 201}, 400, "invalid_event", "visitor"),
        ({"events": [{"kind": "click", "product": 1}, {"kind": "buy"}]}, 400, "invalid_event", "events[1].kind"),
        ({"events": [{"kind": ["click"], "product": 1}]}, 400, "invalid_event", "events[0].kind"),
        ({"events": [{"kind": "click"}]}, 400, "invalid_event", "events[0].product"),
        ({"events": [{"kind": "click", "product": True}]}, 400, "invalid_event", "events[0].product"),
        ({"events": [{"kind": "click", "product": "x"}]}, 400, "invalid_event", "events[0].product"),
        ({"events": [{"kind": "click", "product": 10**30}]}, 400, "invalid_event", "events[0].product"),
        ({"events": [{"kind": "click", "product": 1, "who": 2}]}, 400, "invalid_event", "events[0]"),
        ({"events": [{"kind": "click", "product": 1, "search_id": "x"}]}, 400, "invalid_event", "events[0].search_id"),
        ({"events": [{"kind": "click", "product": 1, "search_id": 7}]}, 400, "invalid_event", "events[0].search_id"),
        ({"events": [{"kind": "click", "product": 1, "position": 0}]}, 400, "invalid_event", "events[0].position"),
        ({"events": [{"kind": "cart", "product": 1, "quantity": True}]}, 400, "invalid_event", "events[0].quantity"),
        ({"events": [{"kind": "order", "product": 1, "amount": -1}]}, 400, "invalid_event", "events[0].amount"),
        ('{"events": [{"kind": "order", "product": 1, "amount": NaN}]}', 400, "invalid_event", "events[0].amount"),
        ({"events": [{"kind": "order", "product": 1, "amount": [1]}]}, 400, "invalid_event", "events[0].amount"),
        ({"events": [{"kind": "order", "product": 1, "currency": "eur"}]}, 400, "invalid_event", "events[0].currency"),
        ({"events": [{"kind": "order", "product": 1, "order": 3}]}, 400, "invalid_event", "events[0].order"),
        (" " * 70_000, 413, "body_too_large", None),
    ],
)  # fmt: skip
def test_what_cant_be_recorded_names_its_place_and_nothing_of_it_is(
    shop: list[Product], send: Ask, body: Any, status: int, code: str, parameter: str | None
) -> None:
    response = send(body)
    problem = response.json()
    assert (response.status_code, problem["code"], problem.get("parameter")) == (status, code, parameter)
    assert response["Content-Type"] == "application/problem+json"
    assert not ShopperEvent.objects.exists()


def test_a_form_is_refused(shop: list[Product], send: Ask) -> None:
    assert (
        send("kind=click", kind="application/x-www-form-urlencoded").json()["code"]
        == "unsupported_media_type"
    )


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_whoever_asks_not_to_be_tracked_leaves_no_trace(
    shop: list[Product], client: Any, send: Ask, header: str
) -> None:
    headers = {header: "1"}
    answer = client.get(reverse("product_search:search"), {"q": "mug"}, headers=headers).json()
    assert answer["search_id"] == ""
    assert answer["hits"]
    event = {"kind": "click", "product": shop[0].pk}
    assert send({"events": [event]}, headers=headers).json() == {"recorded": 0}
    assert not SearchEvent.objects.exists()
    assert not ShopperEvent.objects.exists()


def test_nothing_is_recorded_unless_the_shop_says_so(
    shop: list[Product], get: Ask, send: Ask, settings: Any
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": False}
    assert get("search", q="mug").json()["search_id"] == ""
    assert send({"events": [{"kind": "click", "product": shop[0].pk}]}).json() == {"recorded": 0}
    assert not SearchEvent.objects.exists()


def test_an_app_says_who_a_visitor_is(shop: list[Product], get: Ask, send: Ask) -> None:
    for who in ("one", "one", "two"):
        get("search", q="mug", headers={"X-Visitor": who})
    sessions = list(SearchEvent.objects.order_by("id").values_list("session", flat=True))
    assert sessions[0] == sessions[1] != sessions[2]


def test_staff_who_look_into_a_search_are_no_shoppers(shop: list[Product], admin_client: Any) -> None:
    answer = admin_client.get(reverse("product_search:search"), {"q": "mug", "explain": "true"}).json()
    assert answer["search_id"] == ""
    assert not SearchEvent.objects.exists()
