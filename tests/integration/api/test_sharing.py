"""What caches may hand to others: what a public document answered to nobody in particular, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.celery import app
from catalog.models import Product
from product_search.keys import make_key

from .conftest import Ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def public(kept_shop: list[Product], settings: Any) -> list[Product]:
    """A shop whose document is public for a minute."""
    name = "tests.integration.api.documents.Serialized"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": name}
    return kept_shop


def kept(response: Any) -> str:
    assert response.status_code in (200, 304), response.content
    return str(response.headers["Cache-Control"])


def vary(response: Any) -> set[str]:
    return set(response.headers["Vary"].split(", "))


def test_a_document_is_private_unless_it_says_otherwise(kept_shop: list[Product], get: Ask) -> None:
    assert kept(get("search", q="mug")) == "private"


def test_what_nobody_in_particular_was_answered_is_public(public: list[Product], get: Ask) -> None:
    for name, query in (("search", "q=mug"), ("suggest", "q=mu"), ("related", "q=mug")):
        assert kept(get(name, query)) == "public, max-age=60"
    response = get("search", q="mug", fields="total")
    again = get("search", "q=mug&fields=total", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, kept(again)) == (304, "public, max-age=60")


def test_shared_answers_still_say_what_tells_them_apart(public: list[Product], get: Ask) -> None:
    assert vary(get("search", q="mug")) >= {"Accept-Language", "Cookie"}


def test_what_has_to_do_with_somebody_is_private(
    public: list[Product], get: Ask, client: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(get("search", q="mug", viewed=public[0].pk)) == "private"
    assert kept(get("search", q="mug", cursor="new")) == "private"
    assert kept(get("search", "q=mug", headers={"X-Visitor": "v-1"})) == "private"
    assert kept(client.post("/search/v1/search", {"q": "mug"})) == "private"
    assert get("search", page=0).headers["Cache-Control"] == "private", "a problem"
    client.cookies["sessionid"] = "somebody's, though nobody is signed in"
    assert kept(get("search", q="mug")) == "private"
    client.cookies.clear()
    assert kept(get("search", q="mug")) == "public, max-age=60"
    client.force_login(User.objects.create_user("anna"))
    assert kept(get("search", q="mug")) == "private"
    client.logout()
    client.cookies.clear()
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    response = get("search", q="mug")
    assert response.json()["search_id"], "which clicks name"
    assert kept(response) == "private"
    assert kept(get("suggest", q="mu")) == "public, max-age=60"


def test_a_keys_filters_make_it_private(public: list[Product], get: Ask) -> None:
    tokens = {
        "public, max-age=60": make_key("a page")[1],
        "private": make_key("a tenant's page", filters={"price": "..10"})[1],
    }
    for expected, token in tokens.items():
        response = get("search", "q=mug", headers={"Authorization": f"Bearer {token}"})
        assert kept(response) == expected
        assert {"Authorization", "Origin"} <= vary(response), "else another key's page would be handed this"


def test_monitoring_is_never_kept(public: list[Product], get: Ask) -> None:
    assert get("health").headers["Cache-Control"] == "no-store"
    assert "public" not in get("schema").headers["Cache-Control"]
