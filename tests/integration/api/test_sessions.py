"""Without a key: a session's POSTs carry Django's CSRF token, and pages of other origins ask nothing by POST."""

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

from .conftest import picture_bytes
from .test_problems import problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


@pytest.fixture
def strict() -> Client:
    """A signed-in user's browser, as far as CSRF goes."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_user("ada"))
    return client


def ask(client: Client, name: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    address = reverse(f"product_search:{name}")
    kind = "text/plain" if name == "events" else "application/json"
    return client.post(address, json.dumps(body), content_type=kind, headers=headers)


def beacon(shop: list[Product], **more: str) -> dict[str, Any]:
    return {"events": [{"kind": "view", "product": shop[0].pk}], **more}


def test_a_sessions_post_without_the_token_says_how_to_send_it(shop: list[Product], strict: Client) -> None:
    bodies = {"search": {"q": "mug"}, "media": {"text": "mug"}, "events": beacon(shop)}
    for name, body in bodies.items():
        refused = problem(ask(strict, name, body), 403, "csrf_failed")
        assert "X-CSRFToken" in refused["detail"]
    upload = SimpleUploadedFile("red.png", picture_bytes("red"), content_type="image/png")
    problem(strict.post(reverse("product_search:search"), {"picture": upload}), 403, "csrf_failed")
    problem(strict.post(reverse("product_search:tags"), {"picture": upload}), 403, "csrf_failed")
    assert strict.get(reverse("product_search:search")).status_code == 200


def test_with_the_token_it_is_answered(shop: list[Product], strict: Client) -> None:
    token = _get_new_csrf_string()
    strict.cookies["csrftoken"] = token
    header = {"X-CSRFToken": token}
    assert ask(strict, "search", {"q": "mug"}, header).json()["total"] == 4
    upload = SimpleUploadedFile("red.png", picture_bytes("red"), content_type="image/png")
    answer = strict.post(reverse("product_search:search"), {"picture": upload}, headers=header)
    assert answer.status_code == 200
    problem(ask(strict, "search", {"q": "mug"}, {"X-CSRFToken": "x" * 32}), 403, "csrf_failed")


def test_a_beacon_sends_the_token_in_its_body(shop: list[Product], strict: Client) -> None:
    token = _get_new_csrf_string()
    strict.cookies["csrftoken"] = token
    assert ask(strict, "events", beacon(shop, csrf=token)).status_code == 202
    assert ask(strict, "events", beacon(shop), {"X-CSRFToken": token}).status_code == 202
    problem(ask(strict, "events", beacon(shop, csrf="x" * 32)), 403, "csrf_failed")
    problem(ask(strict, "events", beacon(shop, csrf="\u00e4")), 400, "invalid_event", "csrf")


def test_who_has_no_session_needs_no_token(shop: list[Product]) -> None:
    anybody = Client(enforce_csrf_checks=True)
    assert ask(anybody, "search", {"q": "mug"}).status_code == 200
    assert ask(anybody, "events", beacon(shop)).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver.evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_origin_posts_nothing_without_a_key(
    shop: list[Product], headers: dict[str, str]
) -> None:
    client = Client()
    for name, body in {"search": {"q": "mug"}, "events": beacon(shop)}.items():
        problem(ask(client, name, body, headers), 403, "origin_not_allowed")
    answer = client.get(reverse("product_search:search"), headers=headers)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_shops_own_pages_and_those_it_trusts_do(shop: list[Product], settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.shop.example"]
    for headers in (
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://www.shop.example", "Sec-Fetch-Site": "cross-site"},
    ):
        assert ask(Client(), "search", {"q": "mug"}, headers).status_code == 200
