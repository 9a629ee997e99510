"""Keys in the admin: made with a token that is shown once, changed, revoked by whom, and for whom."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from product_search.conf import SHOPPERS
from product_search.keys import make_key
from product_search.models import ApiKey

pytestmark = pytest.mark.django_db
LIST = "/admin/product_search/apikey/"
FORM = {
    "name": "Storefront of Acme",
    "kind": "publishable",
    "actions": ["search", "suggest"],
    "origins": "https://Acme.example\nhttps://*.acme.example",
    "filters": "brand: acme, globex\nin_stock: true",
    "channel": "",
    "currency": "EUR",
    "rate": "600",
    "expires_at": "",
}


def staff(*groups: str) -> Client:
    call_command("search_groups", verbosity=0)
    user = get_user_model().objects.create_user("ada", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


def made(client: Client, **changed: Any) -> Any:
    return client.post(f"{LIST}add/", FORM | changed)


def test_a_key_is_made_and_its_token_is_shown_once() -> None:
    client = staff("Search: keys")
    answer = made(client, expires_at="2999-12-31T23:30")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    (token,) = set(re.findall(r"ps_pub_[\w-]{43}", answer.content.decode()))
    row = ApiKey.objects.get()
    assert (row.name, row.made_by, row.beginning) == ("Storefront of Acme", "ada", token[:12])
    assert row.origins == ["https://acme.example", "https://*.acme.example"]
    assert row.filters == {"brand": ["acme", "globex"], "in_stock": ["true"]}
    assert row.expires_at.year == 2999
    assert (row.actions, row.rate, row.currency) == (["search", "suggest"], 600, "EUR")
    search = Client().get(reverse("product_search:search"), headers={"Authorization": f"Bearer {token}"})
    assert search.status_code == 200
    for address in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/"):
        page = client.get(address).content.decode()
        assert token not in page
        assert token[13:] not in page


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"origins": "acme.example"}, "is no origin"),
        ({"filters": "tenant: a"}, "There is no facet"),
        ({"filters": "brand"}, "Write a facet and its values"),
        ({"actions": ["explain"]}, "is for secret keys"),
        ({"kind": "secret"}, "leave origins empty"),
        ({"currency": "eur"}, "three letters"),
        ({"rate": "0"}, "allow 1 or more"),
        ({"expires_at": "2001-01-01T00:00"}, "That time has passed"),
    ],
)
def test_what_could_not_hold_is_told_beside_its_field(changed: dict[str, Any], says: str) -> None:
    answer = made(staff("Search: keys"), **changed)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_is_changed_and_stays_the_same_key() -> None:
    client = staff("Search: keys")
    key, _ = make_key("old", origins=["https://acme.example"])
    changed = FORM | {"name": "new", "origins": "https://globex.example", "actions": list(SHOPPERS)}
    assert client.post(f"{LIST}{key.pk}/change/", changed).status_code == 302
    row = ApiKey.objects.get(pk=key.pk)
    assert (row.name, row.origins, row.digest) == ("new", ["https://globex.example"], key.digest)


def test_revoking_asks_once_more_and_says_by_whom_and_when() -> None:
    client = staff("Search: keys")
    key, token = make_key("page")
    address = f"{LIST}{key.pk}/revoke/"
    assert b"It was never used." in client.get(address).content
    assert ApiKey.objects.get().revoked_at is None
    assert client.post(address).status_code == 302
    row = ApiKey.objects.get()
    assert (row.revoked_by, row.revoked_at is None) == ("ada", False)
    assert re.search(r"revoked \d{4}-\d\d-\d\d \d\d:\d\d by ada", client.get(LIST).content.decode())
    refused = Client().get(reverse("product_search:search"), headers={"Authorization": f"Bearer {token}"})
    assert refused.json()["code"] == "revoked_key"
    # What is revoked stays as it was, and nothing is deleted.
    assert client.post(f"{LIST}{key.pk}/change/", FORM).status_code == 403
    assert client.post(f"{LIST}{key.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_filter_that_the_document_no_longer_has_is_told() -> None:
    key, _ = make_key("page", filters={"brand": "acme"})
    ApiKey.objects.filter(pk=key.pk).update(filters={"tenant": ["acme"]})
    assert "shows nothing: There is no facet" in staff("Search: keys").get(LIST).content.decode()


def test_only_the_role_makes_and_revokes() -> None:
    key, _ = make_key("page")
    client = staff("Search: rules", "Search: operation")
    assert client.get(LIST).status_code == 403
    assert made(client).status_code == 403
    assert client.post(f"{LIST}{key.pk}/revoke/").status_code == 403
    assert ApiKey.objects.get().revoked_at is None
