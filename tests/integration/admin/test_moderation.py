"""Moderation in the admin: policies are written, what is held is decided with a reason, and the report is a page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from product_search.models import Policy, Ruling, RulingChange
from product_search.moderation import moderate_pending
from tests.integration.moderation.conftest import Court, court
from tests.integration.moderation.test_run import seen, with_pictures
from tests.integration.tagging.conftest import office, shelf, shelf_factory

__all__ = ["court", "office", "shelf", "shelf_factory"]


@pytest.fixture
def shirt(court: Court) -> Product:
    product: Product = with_pictures(court.office.product("Shirt", "red"), "Shirt-0")
    moderate_pending()
    return product


def page(client: Client, name: str, *args: Any, **data: Any) -> Any:
    return client.get(reverse(f"admin:product_search_{name}", args=args), data)


def decide(client: Client, decision: str, why: str = "") -> Any:
    address = reverse("admin:product_search_ruling_decide", args=[Ruling.objects.get().pk])
    return client.post(address, {"decision": decision, "why": why}, follow=True)


def test_a_held_product_is_released_with_a_reason_and_held_again(
    admin_client: Client, shirt: Product
) -> None:
    listed = page(admin_client, "ruling_changelist", decision="waits").content.decode()
    assert "no_red" in listed
    shown = page(admin_client, "ruling_change", Ruling.objects.get().pk).content.decode()
    assert "“red”" in shown
    assert "Undo the last decision" not in shown
    answer = decide(admin_client, "released", "it is pink")
    assert "Released." in answer.content.decode()
    assert "it is pink" in answer.content.decode()
    assert seen() == {"Shirt"}
    assert Ruling.objects.get().decided_by == "admin"
    decide(admin_client, "undo")
    assert seen() == set()
    assert "nobody has decided" in decide(admin_client, "undo").content.decode()
    decide(admin_client, "appeal", "It is orange.")
    assert Ruling.objects.get().appeal == "It is orange."
    waiting = page(admin_client, "ruling_changelist", decision="appeal").content.decode()
    assert "no_red" in waiting


def test_a_policy_to_begin_with_is_read_and_saved_like_any(admin_client: Client) -> None:
    listed = page(admin_client, "policy_changelist").content.decode()
    assert "Pictures that are no product photographs" in listed
    form = page(admin_client, "policy_add", starter="no_product_photograph").context["adminform"].form
    given = {bound.html_name: form.initial.get(bound.name, bound.initial) for bound in form}
    assert {"size chart", "*tabelle"} <= set(given["words"])
    assert not Policy.objects.exists()
    given["words"] = "\n".join(given["words"])
    sent = {name: value for name, value in given.items() if value not in (None, []) and value is not False}
    answer = admin_client.post(reverse("admin:product_search_policy_add"), sent, follow=True)
    assert "was added successfully" in answer.content.decode()
    (policy,) = Policy.objects.all()
    assert (policy.action, policy.unfamiliar, policy.words_in_names) == ("flag", True, True)
    left = page(admin_client, "policy_changelist").content.decode()
    assert "starter=no_product_photograph" not in left
    assert "starter=contact_details" in left
    # Of another name there is nothing to begin with.
    form = page(admin_client, "policy_add", starter="anything").context["adminform"].form
    assert not form.initial.get("words")


def test_a_product_is_held_by_hand_by_its_key(admin_client: Client, court: Court) -> None:
    hat = court.office.product("Hat", "blue")
    address = reverse("admin:product_search_ruling_hold")
    admin_client.post(address, {"product": hat.pk, "why": "stolen picture"})
    assert seen() == set()
    assert RulingChange.objects.get().why == "stolen picture"
    for wrong in ("999999", "no key", ""):
        answer = admin_client.post(address, {"product": wrong}, follow=True)
        assert "There is no product" in answer.content.decode()


def test_many_are_decided_at_once(admin_client: Client, court: Court, shirt: Product) -> None:
    with_pictures(court.office.product("Scarf", "red"), "Scarf-0")
    moderate_pending(again=True)
    chosen = {"action": "release_selected", "_selected_action": [each.pk for each in Ruling.objects.all()]}
    answer = admin_client.post(reverse("admin:product_search_ruling_changelist"), chosen, follow=True)
    assert "2 released." in answer.content.decode()
    assert seen() == {"Shirt", "Scarf"}


def test_who_may_only_look_decides_nothing(shirt: Product) -> None:
    user = User.objects.create_user("looker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_ruling"))
    client = Client()
    client.force_login(user)
    shown = page(client, "ruling_change", Ruling.objects.get().pk).content.decode()
    assert "<button" not in shown.split('id="content-main"')[1]
    assert decide(client, "released").status_code == 403
    assert client.post(reverse("admin:product_search_ruling_hold"), {"product": 1}).status_code == 403


def test_the_report_is_a_page_and_says_what_is_unknown(admin_client: Client, shirt: Product) -> None:
    told = page(admin_client, "ruling_report", by="brand").content.decode()
    assert "Nobody has decided about any yet." in told
    decide(admin_client, "held")
    assert "people held 1 of the 1 that they decided" in page(admin_client, "ruling_report").content.decode()
    assert "is no facet" in page(admin_client, "ruling_report", by="nothing").content.decode()


def test_a_policy_is_written_line_by_line_and_one_without_anything_is_refused(
    admin_client: Client, db: None
) -> None:
    address = reverse("admin:product_search_policy_add")
    form = {
        "name": "no_candles",
        "action": "hold",
        "unjudged": "pass",
        "judged_by": "both",
        "threshold": "0.5",
    }
    form |= {"position": "0", "enabled": "on"}
    assert "Nothing falls under it yet" in admin_client.post(address, form).content.decode()
    admin_client.post(
        address, form | {"concepts": "a photo of a candle\na tea light, burning", "words": "candle"}
    )
    policy = Policy.objects.get()
    assert policy.concepts == ["a photo of a candle", "a tea light, burning"]
    assert 'name="name"' not in page(admin_client, "policy_change", policy.pk).content.decode()
