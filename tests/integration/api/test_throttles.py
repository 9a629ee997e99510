"""Requests are counted by address and by key, in a cache that processes share; one that fails stops no search."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client, RequestFactory
from django.urls import reverse

from catalog.models import Product
from product_search.api import asking
from product_search.keys import make_key, signed_key, throttling

from .conftest import Ask
from .test_problems import problem

pytestmark = pytest.mark.django_db


class Failing(LocMemCache):
    """A cache that is away."""

    asked = 0

    def incr(self, *args: Any, **kwargs: Any) -> int:
        type(self).asked += 1
        raise ConnectionError("the cache is away")


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


@pytest.fixture(autouse=True)
def counted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At most three requests a minute of an address, in a minute that does not end while the test runs."""
    settings.CACHES = {
        **settings.CACHES,
        "counts": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "counts"},
        "failing": {"BACKEND": f"{Failing.__module__}.Failing"},
    }
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "RATE_PER_ADDRESS": 3, "CACHE": "counts"}
    monkeypatch.setattr("product_search.keys.throttling.time.time", lambda: 1_000_000_010.0)
    monkeypatch.setattr(throttling, "_left_alone_until", 0.0)
    yield
    caches["counts"].clear()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def statuses(get: Ask, times: int, **options: Any) -> list[int]:
    return [get("search", q="mug", **options).status_code for _ in range(times)]


def test_an_address_that_asks_too_often_is_told_when_to_come_again(
    shop: list[Product], get: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert statuses(get, 3) == [200] * 3
    refused = get("search", q="mug")
    problem(refused, 429, "too_many_requests")
    # It is 50 s into a minute.
    assert refused["Retry-After"] == "11"
    monkeypatch.setattr("product_search.keys.throttling.time.time", lambda: 1_000_000_010.0 + 11)
    assert statuses(get, 1) == [200]


def test_all_endpoints_count_but_those_of_operation(shop: list[Product], get: Ask) -> None:
    assert [get(name, q="mug").status_code for name in ("search", "suggest", "related", "search")] == [
        200, 200, 200, 429,
    ]  # fmt: skip
    assert {get(name).status_code for name in ("health", "live", "ready") for _ in range(5)} == {200}


def test_several_searches_in_one_request_count_as_so_many(shop: list[Product], get: Ask) -> None:
    def ask(number: int) -> int:
        body = json.dumps({"searches": [{"per_page": 0, "facets": []}] * number})
        address = reverse("product_search:searches")
        status: int = Client().post(address, body, content_type="application/json").status_code
        return status

    assert [ask(2), ask(1), ask(1)] == [200, 200, 429]
    caches["counts"].clear()
    assert [ask(4), ask(1)] == [429, 429], "what was refused counts, too"


def test_each_of_several_searches_counts(shop: list[Product], client: Client) -> None:
    def ask(count: int) -> Any:
        body = json.dumps({"searches": [{"q": "mug"}] * count})
        return client.post(reverse("product_search:searches"), body, content_type="application/json")

    assert ask(2).status_code == 200
    problem(ask(2), 429, "too_many_requests")


def test_a_key_has_a_rate_of_its_own(shop: list[Product], get: Ask, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "RATE_PER_ADDRESS": 0}
    tight, loose, signed = make_key("tight", rate=2)[1], make_key("loose")[1], signed_key(rate=1)
    assert statuses(get, 3, headers=bearer(tight)) == [200, 200, 429]
    assert statuses(get, 5, headers=bearer(loose)) == [200] * 5
    assert statuses(get, 2, headers=bearer(signed)) == [200, 429]
    another = signed_key(rate=1, expires_in=timedelta(minutes=7))
    assert statuses(get, 1, headers=bearer(another)) == [200]
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "RATE_PER_KEY": 6}
    assert statuses(get, 8, headers=bearer(loose)) == [200] * 6 + [429] * 2


def test_keys_that_are_none_are_counted_too(shop: list[Product], get: Ask) -> None:
    assert statuses(get, 5, headers=bearer("nonsense")) == [401, 401, 401, 429, 429]


def test_counts_are_where_every_process_looks(shop: list[Product], get: Ask) -> None:
    statuses(get, 2)
    name = "address 127.0.0.1"
    assert throttling.seconds_to_wait({name: 3}) == 0  # the third, as another process would count it
    assert statuses(get, 1) == [429]


def test_a_cache_that_fails_stops_no_search_and_is_left_alone(
    shop: list[Product], get: Ask, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "CACHE": "failing"}
    Failing.asked = 0
    with caplog.at_level(logging.WARNING, "product_search"):
        assert statuses(get, 6) == [200] * 6
    assert Failing.asked == 1
    assert caplog.text.count("Requests are not counted") == 1


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (None, "", "192.0.2.1"),
        (None, "203.0.113.9", ""),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.7, 203.0.113.9", "198.51.100.7"),
        (2, "203.0.113.9", "203.0.113.9"),
    ],
)
def test_an_address_is_believed_of_so_many_proxies(
    settings: Any, proxies: int | None, forwarded: str, address: str
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "PROXIES": proxies}
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers=headers)
    assert asking.address_of(request) == address


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("unix:", "unix:", True),
    ],
)
def test_one_visitors_addresses_are_counted_together(one: str, other: str, same: bool) -> None:
    assert (throttling.address_name(one) == throttling.address_name(other)) == same
