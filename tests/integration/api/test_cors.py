"""Pages of other origins: who may ask, who may read the answer, and what everybody else is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from product_search.keys import make_key, origins, revoke_key, signed_key

from .conftest import Ask
from .test_problems import problem

pytestmark = pytest.mark.django_db

ACME = "https://acme.example"


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


def bearer(token: str, origin: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | ({"Origin": origin} if origin else {})


def preflight(name: str, origin: str, query: str = "", method: str = "GET") -> Any:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization",
    }
    return Client().options(reverse(f"product_search:{name}") + query, headers=headers)


def test_a_page_of_the_keys_origin_reads_the_answer(shop: list[Product], get: Ask) -> None:
    token = make_key("acme", origins=[ACME])[1]
    for answer in (
        get("search", q="mug", headers=bearer(token, ACME)),
        get("search", q="mug", key=token, headers={"Origin": ACME}),
        get("search", q="mug", page="x", headers=bearer(token, ACME)),  # problems too
    ):
        assert answer["Access-Control-Allow-Origin"] == ACME
        assert "Origin" in answer["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        exposed = answer["Access-Control-Expose-Headers"]
        assert all(name in exposed for name in ("X-Request-ID", "Retry-After", "ETag"))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://acme.example", "https://acme.example:444", "null", "http://["]
)
def test_every_other_origin_is_refused_and_reads_nothing(shop: list[Product], get: Ask, origin: str) -> None:
    for token in (make_key("acme", origins=[ACME])[1], signed_key(origins=[ACME]), make_key("none")[1]):
        answer = get("search", q="mug", headers=bearer(token, origin))
        problem(answer, 403, "origin_not_allowed")
        assert "Access-Control-Allow-Origin" not in answer.headers
    secret = make_key("server", secret=True)[1]
    problem(get("search", q="mug", headers=bearer(secret, origin)), 403, "origin_not_allowed")


def test_without_an_origin_a_key_is_good_anywhere(shop: list[Product], get: Ask) -> None:
    token = make_key("acme", origins=[ACME])[1]
    answer = get("search", q="mug", headers=bearer(token))
    assert (answer.status_code, "Access-Control-Allow-Origin" in answer.headers) == (200, False)
    assert get("search", q="mug", headers=bearer(token, "http://testserver")).status_code == 200


def test_a_preflight_says_whether_some_key_is_for_that_origin(shop: list[Product]) -> None:
    key, _ = make_key("acme", origins=[ACME, "https://*.globex.example"])
    for origin in (ACME, "https://www.globex.example"):
        answer = preflight("search", origin, method="POST")
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (204, origin)
        assert "POST" in answer["Access-Control-Allow-Methods"]
        assert "Authorization" in answer["Access-Control-Allow-Headers"]
        assert int(answer["Access-Control-Max-Age"]) > 0
    for origin in ("https://evil.example", "https://globex.example", "null"):
        answer = preflight("search", origin)
        problem(answer, 403, "origin_not_allowed")
        assert "Access-Control-Allow-Origin" not in answer.headers
    revoke_key(key)
    assert preflight("search", ACME).status_code == 403


def test_a_signed_key_in_the_address_says_so_itself(shop: list[Product]) -> None:
    token = signed_key(origins=[ACME])
    assert preflight("events", ACME, f"?key={token}", "POST").status_code == 204
    assert preflight("events", "https://evil.example", f"?key={token}", "POST").status_code == 403
    assert preflight("events", ACME, "?key=ps_sig_x:y:z", "POST").status_code == 401


def test_a_page_may_read_why_its_key_is_refused(shop: list[Product], get: Ask) -> None:
    key, token = make_key("acme", origins=[ACME])
    make_key("another", origins=[ACME])
    revoke_key(key)
    answer = get("search", q="mug", headers=bearer(token, ACME))
    problem(answer, 401, "revoked_key")
    assert answer["Access-Control-Allow-Origin"] == ACME
    stranger = get("search", q="mug", headers=bearer(token, "https://evil.example"))
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_events_of_another_origin_come_with_the_key_in_the_address(shop: list[Product]) -> None:
    token = make_key("acme", origins=[ACME])[1]
    body = json.dumps({"events": [{"kind": "view", "product": shop[0].pk}]})
    address = reverse("product_search:events")
    for origin, status in ((ACME, 202), ("https://evil.example", 403)):
        sent = Client().post(
            f"{address}?key={token}", body, content_type="text/plain", headers={"Origin": origin}
        )
        assert sent.status_code == status


@pytest.mark.parametrize(
    ("rule", "origin", "met"),
    [
        ("https://acme.example", "https://acme.example", True),
        ("https://ACME.example", "https://acme.example", True),
        ("https://acme.example:443", "https://acme.example", True),
        ("https://acme.example", "https://www.acme.example", False),
        ("https://acme.example", "https://acme.example.evil.example", False),
        ("https://*.acme.example", "https://www.acme.example", True),
        ("https://*.acme.example", "https://a.b.acme.example", True),
        ("https://*.acme.example", "https://acme.example", False),
        ("https://*.acme.example", "https://evilacme.example", False),
        ("https://*.acme.example", "http://www.acme.example", False),
        ("http://localhost:3000", "http://localhost:3000", True),
        ("*", "https://anything.example", True),
        ("*", "null", True),
    ],
)
def test_rules_of_origins(rule: str, origin: str, met: bool) -> None:
    assert origins.allows([origins.checked_origin(rule)], origin) == met
