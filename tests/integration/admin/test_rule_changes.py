"""A rule's preview, publishing from it, its history with differences, and undo, in the admin."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from product_search.merchandising.changing import discard, history, last_change, publish, save_draft
from product_search.merchandising.content import Conditions, Content, Pin, Synonym
from product_search.merchandising.history import lines
from product_search.models import Rule, RuleChange, RuleState, SuggestedSynonym
from tests.integration.retrieval.asking import titles
from tests.integration.retrieval.conftest import shelf, shelf_factory, shop
from tests.integration.retrieval.shelf import Shelf

__all__ = ["shelf", "shelf_factory", "shop"]

PAGE = "/admin/product_search/rulechange/"


@pytest.fixture
def trainers(shop: Shelf) -> Rule:
    """The draft of a synonym that finds two products by a word that none has."""
    return save_draft("Trainers", Content(actions=(Synonym(("trainers",), ("sneakers",)),)), who="mia")


def preview(client: Client, rule: Rule, **asked: str) -> str:
    answer = client.get(f"{PAGE}{rule.pk}/preview/", asked)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_preview_publish_undo_and_undo_of_that(admin_client: Client, trainers: Rule) -> None:
    page = preview(admin_client, trainers)
    assert "Now: 0 products" in page
    assert "After: 2 products" in page
    assert "No searches of the last 30 days are recorded." in page
    seen = last_change([trainers])[trainers.pk]
    told = admin_client.post(f"{PAGE}{trainers.pk}/publish/", {"seen": seen}, follow=True)
    assert "“Trainers” is live." in told.text
    assert len(titles("trainers")) == 2
    published = history(trainers.pk)[0]
    assert f"{PAGE}{published.pk}/undo/" in told.text
    undone = admin_client.post(f"{PAGE}{published.pk}/undo/", follow=True)
    assert "“Trainers” is as it was before." in undone.text
    assert titles("trainers") == []
    assert Rule.objects.get().draft is not None, "what was drafted is there again"
    again = admin_client.post(f"{PAGE}{published.pk}/undo/", follow=True)
    assert "undo the later change first" in again.text
    admin_client.post(f"{PAGE}{history(trainers.pk)[0].pk}/undo/")
    assert len(titles("trainers")) == 2
    assert list(RuleChange.objects.order_by("pk").values_list("event", "who")) == [
        ("drafted", "mia"),
        ("published", "admin"),
        ("undone", "admin"),
        ("undone", "admin"),
    ]


def test_what_somebody_changed_meanwhile_is_not_published(admin_client: Client, trainers: Rule) -> None:
    seen = last_change([trainers])[trainers.pk]
    save_draft("Trainers", Content(actions=(Synonym(("trainers",), ("boots",)),)), who="ben", rule=trainers)
    told = admin_client.post(f"{PAGE}{trainers.pk}/publish/", {"seen": seen}, follow=True)
    assert "Somebody else changed this rule meanwhile" in told.text
    assert Rule.objects.get().state == RuleState.DRAFT


def test_another_search_and_what_can_not_be_shown(admin_client: Client, trainers: Rule) -> None:
    assert "“red mug”" in preview(admin_client, trainers, q="red mug")
    assert "at most" in preview(admin_client, trainers, q="mug " * 101)
    Rule.objects.filter(pk=trainers.pk).update(draft={"actions": [{"do": "dance"}]})
    assert "An action has “do”" in preview(admin_client, trainers)
    trainers.refresh_from_db()
    discard(trainers)
    assert "It says nothing yet" in preview(admin_client, trainers)
    assert admin_client.get(f"{PAGE}999999/preview/").status_code == 404
    assert admin_client.post(f"{PAGE}999999/undo/").status_code == 404
    assert admin_client.get(f"{PAGE}{trainers.pk}/publish/").status_code == 405


def test_history_shows_what_each_change_changed(admin_client: Client, trainers: Rule) -> None:
    publish(trainers, who="mia")
    conditions = Conditions("is", ("trainers",))
    actions = (Synonym(("trainers", "runners"), ("sneakers",)), Pin(("7",)))
    save_draft("Runners", Content(conditions, actions), who="ben", rule=Rule.objects.get())
    other = save_draft("Other", Content(actions=(Pin(("7",)),)))
    page = unescape(admin_client.get(f"{PAGE}?rule={trainers.pk}").text)
    assert ("Runners" in page, "Other" in page) == (True, False)
    last = history(trainers.pk)[0]
    changed = [(each.kind, each.text) for each in lines(last) if each.kind != "same"]
    assert changed == [
        ("gone", "name: Trainers"),
        ("new", "name: Runners"),
        ("new", "draft, condition, query: is"),
        ("new", "draft, condition, words: trainers"),
        ("new", "draft, action 1, does: synonym"),
        ("new", "draft, action 1, words: trainers, runners"),
        ("new", "draft, action 1, means: sneakers"),
        ("new", "draft, action 2, does: pin"),
        ("new", "draft, action 2, product: 7"),
    ]
    detail = unescape(admin_client.get(f"{PAGE}{last.pk}/change/").text)
    assert "draft, action 1, words: trainers, runners" in detail
    assert "Undo" in detail
    first = history(trainers.pk).last()
    assert first is not None
    assert "undo the later change first" in admin_client.get(f"{PAGE}{first.pk}/change/").text
    assert other.pk


def test_who_may(trainers: Rule) -> None:
    def staff(*permissions: str) -> Client:
        user = get_user_model().objects.create_user(f"staff{len(permissions)}", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client

    change = history(trainers.pk)[0]
    nobody, reader, editor = staff(), staff("view_rule"), staff("view_rule", "change_rule")
    for client, sees, may in ((nobody, 403, 403), (reader, 200, 403), (editor, 200, 302)):
        assert client.get(f"{PAGE}{trainers.pk}/preview/").status_code == sees
        assert client.get(f"{PAGE}{change.pk}/change/").status_code == sees
        assert client.get(PAGE).status_code == sees
        assert client.post(f"{PAGE}{trainers.pk}/publish/").status_code == may
        published: Any = history(trainers.pk)[0]
        assert client.post(f"{PAGE}{published.pk}/undo/").status_code == may


def test_a_new_rule_begins_with_the_query_that_led_to_it(admin_client: Client, shop: Shelf) -> None:
    form = "/admin/product_search/rule/add/"
    page = admin_client.get(form, {"synonym": "trainers\x00", "language": "en"}).context["draft"]
    assert page.form["name"].value() == "trainers"
    assert (page.form["about"].value(), page.form["language"].value()) == ("any", "en")
    (block,) = page.blocks
    assert (block.form["do"].value(), block.form["words"].value()) == ("synonym", "trainers")
    page = admin_client.get(form, {"query": "red  mug", "language": "xx"}).context["draft"]
    assert (page.form["about"].value(), page.form["words"].value()) == ("is", "red mug")
    assert page.form["language"].value() == ""
    assert admin_client.get(form, {"query": " "}).context["draft"].form["name"].value() == ""
    assert admin_client.get(form, {"query": "mug " * 200}).status_code == 200


def test_a_suggested_synonym_is_previewed_and_nothing_is_written(admin_client: Client, shop: Shelf) -> None:
    given = {"words": "trainers", "means": "sneakers", "language": "en", "sessions": 3}
    row = SuggestedSynonym.objects.create(**given)
    listed = admin_client.get("/admin/product_search/suggestedsynonym/").text
    address = f"{PAGE}suggested/{row.pk}/preview/"
    assert address in listed
    page = unescape(admin_client.get(address).text)
    assert ("Now: 0 products" in page, "After: 2 products" in page) == (True, True)
    assert "Publish" not in page
    assert titles("trainers") == []
    assert not Rule.objects.exists()
    assert admin_client.get(f"{PAGE}suggested/999999/preview/").status_code == 404
