"""Decided tags in the shop's own fields: written by a worker, never over what a merchant filled in, and never lost."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Product
from product_search.models import Attribute, Decision, KeptTags, Tag, Verdict
from product_search.tagging import is_due, tag_pending
from product_search.tagging.deciding import Subject, accept_all, decide, last_decision, undo
from product_search.tagging.keeping import try_again
from tests.integration.retrieval.shelf import ShelfDocument

from .conftest import Office


@pytest.fixture
def shirt(office: Office) -> Product:
    made: Product = office.product("Shirt", "red")
    tag_pending()
    return made


def say(product: Product, verdict: Verdict = Verdict.ACCEPTED, chosen: str = "") -> None:
    decide(Subject(product.pk, "colour", "red"), verdict, by="ann", using="default", chosen=chosen)


def kept(product: Product) -> Any:
    product.refresh_from_db()
    return product.attributes.get("colour")


def test_what_was_accepted_is_written_and_what_was_taken_back_is_gone(shirt: Product) -> None:
    say(shirt)
    assert kept(shirt) is None, "the worker does it"
    assert is_due("default")
    tag_pending()
    assert kept(shirt) == "red"
    assert not is_due("default")
    decision = last_decision("ann", using="default")
    assert decision
    undo(decision, by="ann", using="default")
    tag_pending()
    assert kept(shirt) is None
    say(shirt, Verdict.CHANGED, "blue")
    tag_pending()
    assert kept(shirt) == "blue"


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_a_merchant_filled_in_stays(shirt: Product, when: str) -> None:
    def fill_in() -> None:
        Product.objects.filter(pk=shirt.pk).update(attributes={"colour": "crimson", "size": "M"})

    if when == "before":
        fill_in()
    say(shirt)
    tag_pending()
    if when == "after":
        fill_in()
        decision = last_decision("ann", using="default")
        assert decision
        undo(decision, by="ann", using="default")
        tag_pending()
    assert kept(shirt) == "crimson"
    assert shirt.attributes["size"] == "M"


def test_what_the_shops_own_facet_says_is_no_business_of_the_hook(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(ShelfDocument, "keep_tags", lambda self, *given: asked.append(given[1:]))
    Attribute.objects.update(enabled=False)
    office.attribute("brand", "red")
    own = office.product("Shirt", "red", brand="aubergine")
    free = office.product("Hat", "red")
    for product in (own, free):
        decide(Subject(product.pk, "brand", "red"), Verdict.ACCEPTED, by="ann", using="default")
    tag_pending()
    assert asked == [({"brand": ["red"]}, {"brand": []})], "the hat's"
    assert not is_due("default")


def test_a_failing_hook_is_told_and_nothing_is_lost(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    shirts = [office.product(f"Shirt {number}", "red") for number in range(3)]
    tag_pending()
    keep = ShelfDocument.keep_tags

    def fails(self: Any, product: Product, *given: Any) -> None:
        keep(self, product, *given)
        if product.pk == shirts[1].pk:
            raise ValueError("no such colour in the shop")

    with monkeypatch.context() as patch:
        patch.setattr(ShelfDocument, "keep_tags", fails)
        accept_all(Tag.objects.values_list("pk", flat=True), by="ann", using="default")
        tag_pending()
    assert [kept(each) for each in shirts] == ["red", None, "red"], "its own writes are taken back"
    assert Decision.objects.count() == 3
    assert set(Tag.objects.values_list("state", flat=True)) == {"accepted"}
    row = KeptTags.objects.get(due=True)
    assert (row.product, row.error, row.attempts) == (
        shirts[1].pk,
        "ValueError: no such colour in the shop",
        1,
    )
    assert not is_due("default"), "after a while"
    assert try_again("default") == 1
    assert is_due("default")
    tag_pending()
    assert kept(shirts[1]) == "red"
    assert not KeptTags.objects.filter(due=True).exists()


def test_a_product_that_is_gone_needs_nothing(shirt: Product) -> None:
    say(shirt)
    shirt.delete()
    tag_pending()
    assert not KeptTags.objects.exists()
