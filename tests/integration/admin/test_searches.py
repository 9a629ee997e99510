"""The report on searches: figures, lists, exports, and from a query without results to what mends it."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from product_search.analytics import days
from product_search.models import QueryNote
from tests.searched import add_searches

PAGE = "/admin/product_search/dailysearches/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def searched(settings: Any) -> None:
    """Twelve sessions look for what there is not, one for a formula, and thirty for lamps."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    made = (("zorbling", 12, 0), ("=1+1", 1, 0), ("lamp", 30, 5))
    add_searches((words, total) for words, count, total in made for _ in range(count))


def page(client: Client, query: str = "") -> str:
    response = client.get(PAGE + query)
    assert response.status_code == 200
    return str(response.content.decode())


def staff(*permissions: str) -> Client:
    user = User.objects.create_user("anna", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_it_says_what_was_looked_for(searched: None, admin_client: Client) -> None:
    text = page(admin_client)
    assert re.search(r"Searches</span> <strong>43</strong>", text)
    assert re.search(r"Searches without results</span> <strong>30.2 %</strong>", text)
    assert "zorbling" in text
    assert text.count('ps-chart"') == 3
    assert "style=" not in text.partition('id="content-main"')[2]
    assert "<script" not in text.partition('id="content-main"')[2]


def test_a_query_without_results_becomes_a_note_in_two_clicks(searched: None, admin_client: Client) -> None:
    rows = page(admin_client).partition('id="zero"')[2]
    (link,) = re.findall(r'href="(/admin/product_search/querynote/add/\?query=zorbling[^"]*)"', rows)[:1]
    form = admin_client.get(link.replace("&amp;", "&"))
    assert 'value="zorbling"' in form.content.decode()

    given = {"query": "zorbling", "language": "en", "note": "We should sell these."}
    assert admin_client.post(link.replace("&amp;", "&"), given).status_code == 302

    note = QueryNote.objects.get()
    assert (note.query, note.by, note.done) == ("zorbling", "admin", False)
    assert "noted" in page(admin_client)


def test_who_may_not_add_is_offered_nothing_and_who_may_not_view_sees_nothing(searched: None) -> None:
    assert "querynote/add" not in page(staff("view_dailysearches"))
    User.objects.all().delete()
    nobody = staff("view_entry")
    assert nobody.get(PAGE).status_code == 403
    assert nobody.get(PAGE + "export/?what=top").status_code == 403


@pytest.mark.parametrize(
    "what", ["top", "rising", "zero", "low_click", "abandoned", "orders", "days", "filters"]
)
def test_every_list_can_be_exported(searched: None, admin_client: Client, what: str) -> None:
    response = admin_client.get(f"{PAGE}export/?days=7&what={what}")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    if what == "zero":
        assert [(row["query"], row["zero_results"]) for row in rows] == [("zorbling", "12"), ("'=1+1", "1")]
    if what == "days":
        assert [int(row["searches"]) for row in rows] == [0] * 6 + [43]


def test_an_unknown_list_is_a_bad_request(searched: None, admin_client: Client) -> None:
    assert admin_client.get(f"{PAGE}export/?what=nothing").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "?days=999999999999", "?days=-1", "?days=x", "?days=0", "?from=2026-02-30", "?from=2026-03-02&to=2026-03-01",
        "?from=0001-01-01&to=9999-12-31", "?to=9999-12-31", "?to=0001-01-01", "?language=%00", "?channel=app",
        "?from=2026-03-01", "?segment=" + "x" * 300,
    ],
)  # fmt: skip
def test_any_address_is_answered(searched: None, admin_client: Client, query: str) -> None:
    page(admin_client, query)


def test_another_period_is_beside_the_one_before(searched: None, admin_client: Client) -> None:
    tomorrow = days.today() + timedelta(days=1)
    text = page(admin_client, f"?from={tomorrow}&to={tomorrow}")
    assert re.search(r"Searches</span> <strong>0</strong>\s*<span class=\"ps-hint\">before: 43", text)


def test_before_anything_is_recorded_it_says_what_to_do(admin_client: Client) -> None:
    text = page(admin_client)
    assert "Set EVENTS to True" in text
    assert "No searches in this period" in text
    assert 'class="ps-chart"' not in text


def test_it_speaks_german(searched: None, admin_client: Client) -> None:
    admin_client.cookies["django_language"] = "de"
    text = page(admin_client)
    assert "Bericht über Suchen" in text
    assert "Ohne Ergebnis" in text
    assert "30,2 %" in text


def test_the_index_of_the_admin_links_to_it(searched: None, admin_client: Client) -> None:
    assert reverse("admin:product_search_dailysearches_changelist") == PAGE
    assert PAGE in admin_client.get("/admin/product_search/").content.decode()
