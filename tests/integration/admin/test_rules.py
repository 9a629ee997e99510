"""Rules in the admin without any script: drafted, ordered, published, switched, deleted, and pages arranged."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from product_search.merchandising import changing
from product_search.merchandising.reading import read
from product_search.models import Rule, RuleState

from ..merchandising.conftest import mugs, shelf, shelf_factory, titles
from ..retrieval.shelf import Shelf

__all__ = ["mugs", "shelf", "shelf_factory"]

LIST, ADD = reverse("admin:product_search_rule_changelist"), reverse("admin:product_search_rule_add")
#: What a browser sends of a form in which nothing was chosen.
EMPTY = {
    "seen": "", "actions": "1", "about": "any", "words": "", "picture": "", "filters": "", "segments": "",
    "channels": "", "language": "", "starts": "", "ends": "", "note": "", "a0-do": "banner", "a0-points": "0.3",
}  # fmt: skip


def page(response: Any) -> str:
    assert response.status_code == 200, response
    return str(response.content.decode())


def of(rule: Rule) -> str:
    return reverse("admin:product_search_rule_change", args=[rule.pk])


def test_a_rule_is_drafted_found_products_are_ticked_and_published(
    mugs: dict[str, Any], admin_client: Client
) -> None:
    assert "a0-products" in page(admin_client.get(ADD))
    sent = EMPTY | {
        "name": "Hats first",
        "about": "is",
        "words": "mug\ncups",
        "a0-do": "pin",
        "a0-find": "hat",
    }
    offered = page(admin_client.post(ADD, sent | {"look": ""}))
    assert f'name="a0-add" value="{mugs["hat"]}"' in offered
    assert "Hat" in offered
    assert not Rule.objects.exists()
    refused = page(admin_client.post(ADD, sent | {"save": ""}))
    assert "Say which product to pin." in refused
    saved = admin_client.post(ADD, sent | {"a0-add": str(mugs["hat"]), "save": ""})
    rule = Rule.objects.get()
    assert saved.headers["Location"] == of(rule)
    assert (rule.state, rule.live) == (RuleState.DRAFT, None)
    assert rule.draft == {
        "conditions": {"about": "is", "words": ["mug", "cups"]},
        "actions": [{"do": "pin", "products": [str(mugs["hat"])]}],
    }
    assert titles("mug")[0] == "Mug one"
    shown = page(admin_client.get(of(rule)))
    seen = re.search(r'name="seen" value="(\d+)"', shown)
    assert f'name="a0-products" value="{mugs["hat"]}"' in shown
    published = sent | {"a0-products": str(mugs["hat"]), "a0-find": "", "seen": seen.group(1), "publish": ""}
    assert admin_client.post(of(rule), published).status_code == 302
    assert titles("mug")[0] == "Hat"
    listed = page(admin_client.get(LIST))
    assert "the query is “mug”, “cups”" in listed
    assert "pins 1 product from place 1" in listed
    # Somebody else wrote meanwhile: what was sent stays on the page.
    late = page(
        admin_client.post(of(rule), published | {"note": "mine", "publish": "", "name": "Other name"})
    )
    assert "Somebody else changed this rule meanwhile" in late
    assert "Other name" in late
    for button, top in (("off", "Mug one"), ("on", "Hat"), ("delete", "Mug one")):
        assert admin_client.post(of(rule), {button: ""}).status_code == 302
        assert titles("mug")[0] == top


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (
            {"a0-do": "bury", "a0-filters": "brand: nord, sol", "a0-points": "0.6"},
            {"do": "boost", "which": {"filters": {"brand": ["nord", "sol"]}}, "points": -0.6},
        ),
        (
            {"a0-do": "last", "a0-filters": "in_stock: false"},
            {"do": "last", "which": {"filters": {"in_stock": ["false"]}}},
        ),
        (
            {"a0-do": "synonym", "a0-words": "couch", "a0-means": "sofa\nsettee"},
            {"do": "synonym", "words": ["couch"], "means": ["sofa", "settee"], "two_way": False},
        ),
        (
            {"a0-do": "replace", "a0-replaced": "cup", "a0-instead": "mug"},
            {"do": "replace", "words": "cup", "instead": "mug"},
        ),
        ({"a0-do": "remove", "a0-words": "cheap\nbest"}, {"do": "remove", "words": ["cheap", "best"]}),
        ({"a0-do": "filter", "a0-filters": "price: ..20"}, {"do": "filter", "filters": {"price": ["..20"]}}),
        ({"a0-do": "redirect", "a0-url": "/sale/", "a0-text": "no matter"}, {"do": "redirect", "url": "/sale/"}),
        ({"a0-do": "banner", "a0-text": "Sale"}, {"do": "banner", "text": "Sale"}),
    ],
)  # fmt: skip
def test_every_action_goes_through_the_form_and_back(
    mugs: dict[str, Any], admin_client: Client, written: dict[str, str], kept: dict[str, Any]
) -> None:
    assert admin_client.post(ADD, EMPTY | written | {"name": "One", "save": ""}).status_code == 302
    rule = Rule.objects.get()
    assert rule.draft["actions"] == [kept]
    shown = page(admin_client.get(of(rule)))
    for value in written.values():
        for line in value.split("\n"):
            assert line == "no matter" or line in shown
    # Sent again as it is shown, it is the same.
    fields = dict(re.findall(r'<input type="(?:text|hidden|number)" name="([^"]+)" value="([^"]*)"', shown))
    texts = dict(re.findall(r'<textarea name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', shown))
    chosen = dict(
        re.findall(r'<select name="([^"]+)".*?<option value="([^"]*)" selected>', shown, flags=re.S)
    )
    admin_client.post(of(rule), EMPTY | fields | texts | chosen | {"save": ""})
    rule.refresh_from_db()
    assert rule.draft["actions"] == [kept]


def test_what_is_wrong_stands_beside_its_action(mugs: dict[str, Any], admin_client: Client) -> None:
    two = EMPTY | {
        "name": "Two",
        "actions": "2",
        "a0-text": "Fine",
        "a1-do": "redirect",
        "a1-url": "nowhere",
        "save": "",
    }
    shown = page(admin_client.post(ADD, two))
    assert "“nowhere” is no address" in shown.partition("Action 2")[2]
    shown = page(
        admin_client.post(ADD, EMPTY | {"name": "", "a0-filters": "brand", "a0-do": "filter", "save": ""})
    )
    assert "This field is required." in shown
    shown = page(
        admin_client.post(ADD, EMPTY | {"name": "x", "a0-filters": "brand", "a0-do": "filter", "save": ""})
    )
    assert "Write a facet, a colon and its values" in shown
    assert not Rule.objects.exists()
    more = page(admin_client.post(ADD, EMPTY | {"more": ""}))
    assert "Action 2" in more


def test_precedence_is_changed_by_buttons_and_the_check_is_shown(
    mugs: dict[str, Any], admin_client: Client
) -> None:
    for name in ("a", "b"):
        draft = changing.save_draft(name, read({"actions": [{"do": "redirect", "url": f"/{name}-gone/"}]}))
        changing.publish(draft)
    second = Rule.objects.get(name="b")
    moved = admin_client.post(reverse("admin:product_search_rule_move"), {"move": f"{second.pk}:-1"})
    assert moved.headers["Location"] == f"{LIST}#rule-{second.pk}"
    assert list(Rule.objects.values_list("name", flat=True)) == ["b", "a"]
    checked = page(admin_client.get(reverse("admin:product_search_rule_check")))
    assert "The shop has no page /a-gone/" in checked
    assert "“b” comes before it, and sends the same searches elsewhere." in checked


def test_a_page_is_arranged_by_buttons_alone(
    shelf: Shelf, mugs: dict[str, Any], admin_client: Client
) -> None:
    shelf.gather_words()
    here = reverse("admin:product_search_rule_arrange") + "?facet=category&value=kitchen%2Fmugs"
    chosen: Any = {"category": ("kitchen/mugs",)}
    assert 'value="category:kitchen/mugs"' in page(admin_client.get(LIST))

    def shown() -> list[str]:
        return re.findall(r'name="shown" value="(\d+)"', page(admin_client.get(here)))

    order = shown()
    assert order == [str(mugs[name]) for name in ("one", "two", "three", "four", "five")]
    admin_client.post(here, {"shown": order, "first": "0", "move": f"{mugs['five']}:top"})
    order = shown()
    assert order[:2] == [str(mugs["five"]), str(mugs["one"])]
    admin_client.post(here, {"shown": order, "first": "1", "move": f"{mugs['five']}:down"})
    assert shown()[:3] == [str(mugs["one"]), str(mugs["five"]), str(mugs["two"])]
    assert titles(filters=chosen)[0] == "Mug one"
    admin_client.post(here, {"shown": shown(), "first": "2", "stock_last": "on", "publish": ""})
    assert titles(filters=chosen) == ["Mug one", "Mug five", "Mug two", "Mug four", "Mug three"]
    assert titles("mug")[1] == "Mug two"
    rule = Rule.objects.get()
    assert rule.name == "Page Mugs"
    admin_client.post(here, {"shown": shown(), "first": "2", "release": ""})
    assert titles(filters=chosen) == ["Mug one", "Mug two", "Mug three", "Mug four", "Mug five"]


def test_who_may_only_look_changes_nothing(mugs: dict[str, Any], client: Client) -> None:
    looker = User.objects.create_user("looker", password="x", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_rule"))
    client.force_login(looker)
    rule = changing.publish(changing.save_draft("a", read({"actions": [{"do": "banner", "text": "x"}]})))
    assert "Save the draft" not in page(client.get(of(rule)))
    assert page(client.get(LIST))
    for address, sent in (
        (of(rule), {"off": ""}),
        (of(rule), EMPTY | {"name": "b", "save": ""}),
        (ADD, EMPTY | {"name": "b", "save": ""}),
        (reverse("admin:product_search_rule_move"), {"move": f"{rule.pk}:1"}),
        (reverse("admin:product_search_rule_arrange"), {}),
    ):
        assert client.post(address, sent).status_code == 403
    rule.refresh_from_db()
    assert (rule.state, rule.name) == (RuleState.LIVE, "a")
    assert client.get(reverse("admin:product_search_rule_change", args=[999])).status_code == 404
