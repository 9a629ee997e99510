"""Entity tags: who has an answer is not sent it again; a tag says nothing to anybody whom it was not made for."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from product_search.models import SearchEvent

from .conftest import Ask

pytestmark = pytest.mark.django_db

ADDRESSES = {
    "search": {"q": "mug", "sort": "price"},
    "similar": {},
    "cover": {"q": "red"},
    "recommend": {"for": "1"},
    "suggest": {"q": "mu"},
    "related": {"q": "mug"},
    "schema": {},
}


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


def ask(client: Client, name: str, shop: list[Product], tag: str = "", **more: Any) -> Any:
    about = {"id": shop[0].pk} if name in ("similar", "cover") else {}
    data = {**ADDRESSES[name], **more}
    if "for" in data:
        data["for"] = shop[0].pk
    headers = {"If-None-Match": tag} if tag else {}
    return client.get(reverse(f"product_search:{name}", kwargs=about), data, headers=headers)


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_same_answer_is_not_sent_again(shop: list[Product], client: Client, name: str) -> None:
    first = ask(client, name, shop)
    assert first.status_code == 200, first.content
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    again = ask(client, name, shop, tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag
    for header in ("Cache-Control", "Vary"):
        assert again.headers.get(header) == first.headers.get(header)
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert ask(client, name, shop, f'"another", {tag}').status_code == 304
    assert ask(client, name, shop, '"another"').status_code == 200


def test_another_answer_has_another_tag(shop: list[Product], client: Client) -> None:
    tag = ask(client, "search", shop).headers["ETag"]
    assert ask(client, "search", shop, tag, fields="total").status_code == 200
    shop[0].price += 1
    shop[0].save()
    assert ask(client, "search", shop, tag).status_code == 200


def test_nobody_elses_tag_says_anything(shop: list[Product], client: Client) -> None:
    """Though every byte of the answers is the same."""
    fields = {"fields": "total"}
    tag = ask(client, "search", shop, **fields).headers["ETag"]
    assert ask(client, "search", shop, tag, language="de", **fields).status_code == 200
    signed_in = Client()
    signed_in.force_login(User.objects.create_user("anna"))
    own = ask(signed_in, "search", shop, tag, **fields)
    assert (own.status_code, own.json()) == (200, {"total": 4})
    assert ask(signed_in, "search", shop, own.headers["ETag"], **fields).status_code == 304
    other = Client()
    other.force_login(User.objects.create_user("berta"))
    assert ask(other, "search", shop, own.headers["ETag"], **fields).status_code == 200


def test_problems_and_what_is_never_kept_have_no_tag(shop: list[Product], client: Client, get: Ask) -> None:
    assert "ETag" not in get("search", page=0).headers
    assert "ETag" not in get("health").headers
    assert "ETag" not in client.post(reverse("product_search:search"), {"q": "mug"}).headers
    response = get("search", "q=mug", headers={"If-None-Match": "*"})
    assert response.status_code == 200, "a star is no answer that one has"


def test_a_search_that_is_not_sent_again_is_not_counted_again(
    shop: list[Product], client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.celery import app

    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    first = ask(client, "search", shop)
    assert first.json()["search_id"]
    assert ask(client, "search", shop, first.headers["ETag"]).status_code == 304
    assert SearchEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("Root=1-67891233-abcdef012345678912345678", True),
        ("4bf92f3577b34da6a3ce929d0e0e4736", True),
        ("short", False),
        ("a" * 129, False),
        ("line break", False),
        ("<script>alert(1)</script>", False),
    ],
)
def test_a_sane_request_id_is_taken_over(get: Ask, sent: str, taken: bool) -> None:
    response = get("search", page=0, headers={"X-Request-ID": sent})
    name = response.headers["X-Request-ID"]
    assert (name == sent) is taken
    kind = "product-search:request" if taken else "uuid"
    assert response.json()["instance"] == f"urn:{kind}:{name}"
