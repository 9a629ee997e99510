"""What people decide: it stands while pictures and texts are the same, it can be undone, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from catalog.models import Product
from product_search.models import Picture, Policy, Ruling, RulingChange
from product_search.moderation import appeal, decide, moderate_pending, undo
from product_search.moderation.decisions import NothingToDecide

from .conftest import Court
from .test_run import seen, with_pictures


@pytest.fixture
def shirt(court: Court) -> Product:
    """Held by the policy."""
    product: Product = with_pictures(court.office.product("Shirt", "red"), "Shirt-0")
    moderate_pending()
    return product


def trail() -> list[tuple[str, str, str, str, str]]:
    return list(RulingChange.objects.order_by("id").values_list("event", "who", "before", "after", "why"))


def test_a_release_stands_however_often_it_is_judged(court: Court, shirt: Product) -> None:
    decide(shirt.pk, "released", who="anna", why="it is pink", policy="no_red")
    assert seen() == {"Shirt"}
    moderate_pending(again=True)
    assert court.states() == {"Shirt": "released"}
    assert trail() == [
        ("judged", "", "clear", "held", ""),
        ("decided", "anna", "held", "released", "it is pink"),
    ]


def test_another_picture_is_judged_anew(court: Court, shirt: Product) -> None:
    decide(shirt.pk, "released", who="anna", policy="no_red")
    Picture.objects.update(digest="another file")
    moderate_pending(again=True)
    assert court.states() == {"Shirt": "held"}
    assert seen() == set()
    assert trail()[-1] == (
        "judged",
        "",
        "released",
        "held",
        "Its pictures or texts have changed since that was decided.",
    )


def test_a_confirmed_hold_stands_when_the_policy_is_gone(court: Court, shirt: Product) -> None:
    decide(shirt.pk, "held", who="anna", policy="no_red")
    Policy.objects.all().delete()
    moderate_pending()
    assert seen() == set()


def test_held_by_hand_stays_whatever_changes(court: Court) -> None:
    hat = with_pictures(court.office.product("Hat", "blue"), "Hat-0")
    decide(hat.pk, "held", who="anna", why="stolen picture")
    Picture.objects.update(digest="another file")
    moderate_pending(again=True)
    assert seen() == set()
    decide(hat.pk, "released", who="bert")
    assert seen() == {"Hat"}


def test_each_decision_is_undone_in_turn(court: Court, shirt: Product) -> None:
    decide(shirt.pk, "held", who="anna", policy="no_red")
    decide(shirt.pk, "released", who="bert", policy="no_red")
    undone = undo(shirt.pk, who="bert", policy="no_red")
    assert (undone.state, undone.decided_by) == ("held", "anna")
    assert seen() == set()
    undone = undo(shirt.pk, who="anna", policy="no_red")
    assert (undone.state, undone.decided_by) == ("held", "")
    with pytest.raises(NothingToDecide):
        undo(shirt.pk, who="anna", policy="no_red")
    assert [event for event, *_ in trail()] == ["judged", "decided", "decided", "undone", "undone"]


def test_a_hold_by_hand_that_is_undone_leaves_no_ruling(court: Court) -> None:
    hat = court.office.product("Hat", "blue")
    decide(hat.pk, "held", who="anna")
    undo(hat.pk, who="anna")
    assert not Ruling.objects.exists()
    assert seen() == {"Hat"}


def test_an_appeal_is_noted_and_changes_nothing_else(court: Court, shirt: Product) -> None:
    appealed = appeal(shirt.pk, "It is orange.", who="seller", policy="no_red")
    assert (appealed.state, appealed.appeal) == ("held", "It is orange.")
    assert trail()[-1] == ("appealed", "seller", "held", "held", "It is orange.")
    moderate_pending(again=True)
    assert Ruling.objects.get().appeal == "It is orange."


def test_nothing_can_be_released_that_no_ruling_is_of(court: Court) -> None:
    hat = court.office.product("Hat", "blue")
    with pytest.raises(NothingToDecide):
        decide(hat.pk, "released", who="anna")
    with pytest.raises(NothingToDecide):
        appeal(hat.pk, "why?", who="anna")
    with pytest.raises(ValueError, match="who is empty"):
        decide(hat.pk, "held", who="")


def test_a_decision_that_is_rolled_back_never_was(court: Court) -> None:
    hat = court.office.product("Hat", "blue")
    with transaction.atomic():
        decide(hat.pk, "held", who="anna")
        assert seen() == set()
        transaction.set_rollback(True)
    assert seen() == {"Hat"}
    assert trail() == []


WAYS: dict[str, Callable[[QuerySet[RulingChange]], object]] = {
    "update": lambda rows: rows.update(who="nobody"),
    "delete": lambda rows: rows._raw_delete("default"),
    "delete one": lambda rows: rows.get().delete(),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_trail_can_only_be_added_to(court: Court, shirt: Product, way: str) -> None:
    with pytest.raises((DatabaseError, TypeError)), transaction.atomic():
        WAYS[way](RulingChange.objects.all())
    assert trail() == [("judged", "", "clear", "held", "")]
