"""The review of tags without its script: groups, decisions by forms, many at once, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from catalog.models import Product
from product_search.models import AttributeValue, Decision, Question, Tag, TagState, Verdict
from product_search.tagging import tag_pending
from product_search.tagging.deciding import Subject, decide
from product_search.tagging.review import groups
from tests.integration.retrieval.shelf import ShelfDocument
from tests.integration.tagging.conftest import Office, office, shelf, shelf_factory

__all__ = ["office", "shelf", "shelf_factory"]

REVIEW = "/admin/product_search/tag/"
GROUP = f"{REVIEW}group/?attribute=colour&value=red"


@pytest.fixture
def shop(office: Office) -> Office:
    for name in ("Shirt one", "Shirt two"):
        office.product(name, "red")
    office.product("Hat", "blue")
    tag_pending()
    return office


def key(shop: Office, name: str) -> int:
    return int({each: key for key, each in shop.shelf_names()}[name])


def sent(shop: Office, name: str, verdict: str, **more: str) -> dict[str, Any]:
    return {"product": key(shop, name), "attribute": "colour", "value": "red", "verdict": verdict, **more}


def test_the_uncertain_come_first_and_then_the_frequent(shop: Office) -> None:
    Tag.objects.filter(value="red").update(probability=0.95)
    Tag.objects.filter(value="blue").update(probability=0.96)
    named = [(each.value, each.waiting) for each in groups(using="default", language="en")]
    assert named == [("red", 2), ("blue", 1)], "as uncertain, and more of them"
    bag = shop.product("Bag", "other")
    for product in (bag.pk, key(shop, "Hat")):  # of the hat something is said meanwhile
        Question.objects.create(product=product, attribute="colour", value="green", probability=0.4)
    Tag.objects.create(product=987_654, attribute="colour", value="green", probability=0.1)
    named = [(each.value, each.waiting) for each in groups(using="default", language="en")]
    assert named == [("green", 1), ("red", 2), ("blue", 1)], "and nothing of products that are gone"


def test_a_group_is_decided_by_forms(admin_client: Client, shop: Office) -> None:
    page = admin_client.get(REVIEW).text
    assert "0 of 3 are decided" in page
    cards = admin_client.get(GROUP).text
    assert "Shirt one" in cards
    assert "Shirt two" in cards
    answer = admin_client.post(f"{REVIEW}decide/", sent(shop, "Shirt one", "accepted"), follow=True)
    assert "red accepted" in answer.text
    assert "Shirt one" not in answer.text.partition("ps-cards")[2]
    changed = sent(shop, "Shirt two", "changed", chosen="Green")
    answer = admin_client.post(f"{REVIEW}decide/", changed, follow=True)
    assert "value=blue" in answer.redirect_chain[-1][0], "the group is done, and the next comes"
    assert shop.tags() == {
        "Shirt one": "colour: red (accepted)",
        "Shirt two": "colour: green (accepted), colour: red (rejected)",
        "Hat": "colour: blue",
    }
    admin_client.post(f"{REVIEW}undo/")
    assert shop.tags()["Shirt two"] == "colour: red"
    assert set(Decision.objects.values_list("decided_by", flat=True)) == {"admin"}


def test_when_nothing_waits_it_says_so(admin_client: Client, shop: Office) -> None:
    Tag.objects.all().delete()
    answer = admin_client.get(GROUP, follow=True)
    assert "Nothing to review" in answer.text
    german = admin_client.get(REVIEW, headers={"Accept-Language": "de"})
    assert "Nichts zu prüfen" in german.text


@pytest.mark.parametrize(
    ("chosen", "status", "said"),
    [("", 400, "right instead"), ("red", 400, "right instead"), ("purple", 400, "no value of colour")],
)
def test_a_change_needs_another_value(
    admin_client: Client, shop: Office, chosen: str, status: int, said: str
) -> None:
    data = sent(shop, "Shirt one", "changed", chosen=chosen)
    answer = admin_client.post(f"{REVIEW}decide/", data, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert said in answer.json()["said"]
    assert not Decision.objects.exists()


def test_a_value_is_chosen_as_people_call_it(admin_client: Client, shop: Office) -> None:
    AttributeValue.objects.filter(value="green").update(translations={"de": "Grün"})
    data = sent(shop, "Shirt one", "changed", chosen="grün")
    admin_client.post(f"{REVIEW}decide/", data, headers={"Accept-Language": "de"})
    assert Decision.objects.get().chosen == "green"


def test_the_second_is_told_who_was_first(admin_client: Client, shop: Office) -> None:
    subject = Subject(key(shop, "Shirt one"), "colour", "red")
    decide(subject, Verdict.REJECTED, by="ann", using="default")
    data = sent(shop, "Shirt one", "accepted")
    answer = admin_client.post(f"{REVIEW}decide/", data, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["said"]) == (409, "ann was first: red, rejected.")
    assert "nn was first" in admin_client.post(f"{REVIEW}decide/", data, follow=True).text
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"verdict": "undone"}, {"verdict": "maybe"}, {"product": "x"}, {"product": "0"}, {"verdict": ""}],
)
def test_what_is_no_decision_is_not_found(admin_client: Client, shop: Office, wrong: Any) -> None:
    data = {**sent(shop, "Shirt one", "accepted"), **wrong}
    assert admin_client.post(f"{REVIEW}decide/", data).status_code == 404
    assert not Decision.objects.exists()


def test_many_are_accepted_after_it_was_said_how_many_and_how_sure(
    admin_client: Client, shop: Office
) -> None:
    Tag.objects.filter(product=key(shop, "Shirt one")).update(probability=0.99)
    Tag.objects.filter(product=key(shop, "Shirt two")).update(probability=0.5)
    asked = {"attribute": "colour", "value": "red", "least": "0.9"}
    page = admin_client.get(f"{REVIEW}accept/", asked).text
    assert "1 suggestion is that likely" in page
    assert "99.0% of them" in page
    assert not Decision.objects.exists(), "looking decides nothing"
    answer = admin_client.post(f"{REVIEW}accept/", asked, follow=True)
    assert "1 suggestion was accepted" in answer.text
    assert Tag.objects.get(product=key(shop, "Shirt two")).state == TagState.SUGGESTED
    assert "No suggestion is that likely" in admin_client.get(f"{REVIEW}accept/", asked).text
    assert admin_client.get(f"{REVIEW}accept/", {"attribute": "x"}).status_code == 404


def test_who_may_view_sees_and_who_may_change_decides(
    client: Client, django_user_model: Any, shop: Office
) -> None:
    user = django_user_model.objects.create_user("clerk", is_staff=True)
    client.force_login(user)
    data = sent(shop, "Shirt one", "accepted")
    assert client.get(REVIEW).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_tag"))
    assert 'value="accepted"' not in client.get(GROUP).text
    assert client.post(f"{REVIEW}decide/", data).status_code == 403
    assert client.post(f"{REVIEW}undo/").status_code == 403
    assert client.post(f"{REVIEW}accept/", {"attribute": "colour"}).status_code == 403
    assert client.get(f"{REVIEW}decide/").status_code == 405
    user.user_permissions.add(Permission.objects.get(codename="change_tag"))
    client.post(f"{REVIEW}decide/", data)
    assert Decision.objects.get().decided_by == "clerk"


def test_the_record_shows_who_decided_what(admin_client: Client, shop: Office) -> None:
    admin_client.post(f"{REVIEW}decide/", sent(shop, "Shirt one", "changed", chosen="blue"))
    admin_client.post(f"{REVIEW}undo/")
    page = admin_client.get("/admin/product_search/decision/").text
    assert "changed: blue (undone)" in page
    assert admin_client.get("/admin/product_search/decision/add/").status_code == 403


def test_what_the_shop_could_not_keep_is_shown_and_tried_again(
    admin_client: Client, shop: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any) -> None:
        raise ValueError("no such colour in the shop")

    with monkeypatch.context() as patch:
        patch.setattr(ShelfDocument, "keep_tags", fails)
        admin_client.post(f"{REVIEW}decide/", sent(shop, "Shirt one", "accepted"))
        tag_pending()
    page = admin_client.get(REVIEW).text
    assert "no such colour in the shop" in page
    assert "1 decided value is not" in page
    answer = admin_client.post(f"{REVIEW}keep/", follow=True)
    assert "1 value is written again" in answer.text
    tag_pending()
    assert "no such colour" not in admin_client.get(REVIEW).text
    assert Product.objects.get(name="Shirt one").attributes == {"colour": "red"}
