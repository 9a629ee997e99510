"""The index in the admin: what waits, what failed and why; nothing to change but a retry."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from product_search import admin
from product_search.indexing import wake
from product_search.models import Entry, Mark, Picture, Space, State

pytestmark = pytest.mark.django_db
PAGES = ("entry", "mark", "space", "picture")


@pytest.fixture
def product() -> Product:
    return Product.objects.create(sku="A", slug="a", name="Red mug", price=1, currency="EUR")


@pytest.fixture
def rows(product: Product) -> dict[str, Any]:
    """One row on each page."""
    Entry.objects.all().delete()
    Mark.objects.all().delete()
    return {
        "entry": Entry.objects.create(
            product=product.pk, wanted=2, done=1, attempts=6, parked=True, error="No model\nTraceback ..."
        ),
        "mark": Mark.objects.create(source="catalog.product", key=str(product.pk)),
        "space": Space.objects.create(
            name="hash:64", digest="d", weights_digest="w", preprocessing_digest="p", dim=64
        ),
        "picture": Picture.objects.create(
            product=product.pk, picture="1", name="a.png", reason="truncated", detail="cut off"
        ),
    }


def client_with(*permissions: str) -> Client:
    """A member of staff with these permissions of ours and no others."""
    user = get_user_model().objects.create_user("ada", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="product_search", codename__in=permissions)
    )
    client = Client()
    client.force_login(user)
    return client


def listed(name: str) -> str:
    return reverse(f"admin:product_search_{name}_changelist")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_with_its_view_permission_alone(rows: dict[str, Any], name: str) -> None:
    client = client_with(f"view_{name}")
    page = client.get(listed(name))
    assert page.status_code == 200
    assert list(page.context["cl"].result_list) == [rows[name]]
    assert client.get(reverse(f"admin:product_search_{name}_change", args=[rows[name].pk])).status_code == 200
    for other in set(PAGES) - {name}:
        assert client.get(listed(other)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_added_changed_or_deleted_by_hand(
    rows: dict[str, Any], name: str, admin_client: Client
) -> None:
    assert admin_client.get(reverse(f"admin:product_search_{name}_add")).status_code == 403
    change = reverse(f"admin:product_search_{name}_change", args=[rows[name].pk])
    assert 'name="_save"' not in admin_client.get(change).text
    assert admin_client.post(change, {}).status_code == 403
    delete = reverse(f"admin:product_search_{name}_delete", args=[rows[name].pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin_client.get(listed(name)).text


@pytest.mark.parametrize("state", list(State))
def test_the_index_page_says_what_each_space_is_for(
    rows: dict[str, Any], admin_client: Client, state: State
) -> None:
    Space.objects.update(state=state)
    page = admin_client.get(reverse("admin:product_search_index_changelist"))
    assert str(state.label) in page.content.decode()
    assert str(state.label) in admin_client.get(listed("space")).content.decode(), (
        "the same words in the list"
    )


def test_an_entry_says_what_happens_next_and_links_to_the_product(
    rows: dict[str, Any], product: Product, admin_client: Client
) -> None:
    page = admin_client.get(listed("entry")).text
    assert "parked" in page
    assert "No model" in page
    assert "Traceback" not in page
    for state, shown in (("parked", True), ("waiting", False), ("fresh", False), ("failing", False)):
        answer = admin_client.get(listed("entry"), {"state": state})
        assert [row.pk for row in answer.context["cl"].result_list] == [product.pk] * shown


@pytest.mark.parametrize(
    ("term", "found"), [("{}", True), ("999999", False), ("red mug", False), ("1.5", False)]
)
def test_a_product_is_looked_up_by_its_key(
    rows: dict[str, Any], product: Product, admin_client: Client, term: str, found: bool
) -> None:
    for name in ("entry", "picture"):
        answer = admin_client.get(listed(name), {"q": term.format(product.pk)})
        assert len(answer.context["cl"].result_list) == found


def test_pictures_by_what_is_wrong(rows: dict[str, Any], product: Product, admin_client: Client) -> None:
    Picture.objects.create(product=product.pk, picture="2", name="fine.png")
    for reason, names in (("any", {"a.png"}), ("truncated", {"a.png"}), ("", {"a.png", "fine.png"})):
        answer = admin_client.get(listed("picture"), {"reason": reason} if reason else {})
        assert {row.name for row in answer.context["cl"].result_list} == names


def retry(client: Client, entry: Entry) -> Any:
    return client.post(listed("entry"), {"action": "retry", "_selected_action": [str(entry.pk)]}, follow=True)


def test_retry_takes_a_parked_product_up_again_and_wakes_a_worker(
    rows: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr(wake, "wake", lambda: woken.append(True))
    answer = retry(client_with("view_entry", "change_entry"), rows["entry"])
    assert "1 product is tried again" in answer.text
    entry = Entry.objects.get()
    assert (entry.parked, entry.attempts, entry.not_before) == (False, 0, None)
    assert entry.done < entry.wanted, "a retry is work, not forgiveness"
    assert woken


def test_retry_needs_the_change_permission(rows: dict[str, Any]) -> None:
    client = client_with("view_entry")
    assert 'value="retry"' not in client.get(listed("entry")).text
    retry(client, rows["entry"])
    assert Entry.objects.get().parked


def test_no_page_brings_a_script_or_style_of_ours_inline(rows: dict[str, Any], admin_client: Client) -> None:
    """So that a host's Content-Security-Policy needs no exception for us."""
    for name in PAGES:
        page = admin_client.get(listed(name)).text
        assert not re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", page)
        assert "<style" not in page
        assert not re.findall(r"\son\w+=\"", page)


def test_a_site_of_the_hosts_own_takes_the_pages_once() -> None:
    site = AdminSite("hosts")
    admin.register(site)
    admin.register(site)
    assert {Entry, Mark, Space, Picture} <= set(site._registry)
