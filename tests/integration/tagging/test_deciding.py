"""Decisions: each is one row with its tag, taken back by another, and of two who decide at once one is told."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from product_search.models import (
    Attribute,
    AttributeValue,
    Choice,
    Decision,
    Space,
    State,
    Tag,
    TagState,
    Untagged,
    Verdict,
)
from product_search.tagging.deciding import (
    AlreadyDecided,
    Subject,
    UnknownValue,
    accept_all,
    decide,
    last_decision,
    undo,
)

RED = Subject(1, "colour", "red")


@pytest.fixture
def colour(db: None) -> Attribute:
    made = Attribute.objects.create(name="colour")
    for value in ("red", "blue", "green"):
        AttributeValue.objects.create(attribute=made, value=value)
    Space.objects.create(name="a-model", digest="d" * 64, dim=4, state=State.SERVING)
    Tag.objects.create(product=1, attribute="colour", value="red", probability=0.8)
    return made


def say(verdict: Verdict, subject: Subject = RED, *, by: str = "ann", **options: Any) -> Decision:
    return decide(subject, verdict, by=by, using="default", **options)


def states() -> dict[str, str]:
    return dict(Tag.objects.filter(product=1).values_list("value", "state"))


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REJECTED])
def test_a_decision_is_written_with_who_and_how_sure_which_model_was(
    colour: Attribute, verdict: Verdict
) -> None:
    say(verdict)
    row = Decision.objects.get()
    assert (row.decided_by, row.product, row.attribute, row.value) == ("ann", 1, "colour", "red")
    assert (row.verdict, row.probability, row.model, row.space) == (verdict, 0.8, "a-model", "d" * 64)
    assert states() == {"red": verdict.value}
    assert row.decided_at
    assert Untagged.objects.filter(product=1).exists(), "the product is scored again"


def test_another_value_is_chosen_instead(colour: Attribute) -> None:
    say(Verdict.CHANGED, chosen="blue")
    assert states() == {"red": "rejected", "blue": "accepted"}
    assert Decision.objects.get().chosen == "blue"
    with pytest.raises(UnknownValue, match="purple"):
        say(Verdict.CHANGED, Subject(2, "colour", "red"), chosen="purple")
    assert not Tag.objects.filter(product=2).exists()


@pytest.mark.parametrize(
    ("verdict", "chosen"), [(Verdict.ACCEPTED, ""), (Verdict.REJECTED, ""), (Verdict.CHANGED, "blue")]
)
def test_what_was_decided_is_taken_back_once(colour: Attribute, verdict: Verdict, chosen: str) -> None:
    first = say(verdict, chosen=chosen)
    assert last_decision("ann", using="default") == first
    assert last_decision("ben", using="default") is None
    undo(first, by="ann", using="default")
    assert states() == {"red": "suggested"}
    assert last_decision("ann", using="default") is None
    with pytest.raises(AlreadyDecided):
        undo(first, by="ann", using="default")
    assert [row.verdict for row in Decision.objects.order_by("id")] == [verdict, Verdict.UNDONE]


def test_what_was_decided_otherwise_since_is_not_taken_back(colour: Attribute) -> None:
    first = say(Verdict.ACCEPTED)
    say(Verdict.REJECTED, by="ben", expected=TagState.ACCEPTED)
    with pytest.raises(AlreadyDecided, match="ben was first: red, rejected"):
        undo(first, by="ann", using="default")
    assert states() == {"red": "rejected"}


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REJECTED])
def test_the_second_is_told_who_was_first(colour: Attribute, verdict: Verdict) -> None:
    say(Verdict.ACCEPTED)
    with pytest.raises(AlreadyDecided, match="ann was first: red, accepted"):
        say(verdict, by="ben")
    assert Decision.objects.count() == 1
    assert states() == {"red": "accepted"}


def test_of_one_value_a_second_is_not_accepted(colour: Attribute) -> None:
    Tag.objects.create(product=1, attribute="colour", value="blue", probability=0.6)
    say(Verdict.ACCEPTED)
    blue = Subject(1, "colour", "blue")
    with pytest.raises(AlreadyDecided, match="red, accepted"):
        say(Verdict.ACCEPTED, blue, by="ben")
    assert accept_all(Tag.objects.values_list("pk", flat=True), by="ben", using="default") == 0
    Attribute.objects.update(choice=Choice.MULTIPLE)
    say(Verdict.ACCEPTED, blue, by="ben")
    assert states() == {"red": "accepted", "blue": "accepted"}


def test_a_suggestion_that_was_withdrawn_meanwhile_is_decided_all_the_same(colour: Attribute) -> None:
    Tag.objects.all().delete()
    say(Verdict.ACCEPTED)
    assert states() == {"red": "accepted"}
    assert Decision.objects.get().probability is None
    undo(Decision.objects.get(), by="ann", using="default")
    assert states() == {}


def test_many_are_accepted_at_once_and_each_has_its_row(colour: Attribute) -> None:
    for product in range(2, 40):
        Tag.objects.create(product=product, attribute="colour", value="blue", probability=0.7)
    say(Verdict.REJECTED, Subject(3, "colour", "blue"), by="ben")
    keys = list(Tag.objects.values_list("pk", flat=True))
    assert accept_all(keys, by="ann", using="default") == 38
    assert accept_all(keys, by="ann", using="default") == 0
    assert Decision.objects.filter(verdict=Verdict.ACCEPTED, decided_by="ann").count() == 38
    assert Tag.objects.get(product=3).state == TagState.REJECTED
    assert Decision.objects.get(product=2).probability == 0.7
    undo(Decision.objects.get(product=2), by="ann", using="default")
    assert Tag.objects.get(product=2).state == TagState.SUGGESTED


def test_rows_are_added_and_never_changed(colour: Attribute) -> None:
    row = say(Verdict.ACCEPTED)
    row.decided_by = "nobody"
    with pytest.raises(TypeError, match="never changed"):
        row.save()
    with pytest.raises(TypeError, match="never changed"):
        row.delete()


@pytest.fixture
def together(transactional_db: None) -> None:
    colour = Attribute.objects.create(name="colour")
    for value in ("red", "blue"):
        AttributeValue.objects.create(attribute=colour, value=value)
    for product in range(40):
        Tag.objects.create(product=product, attribute="colour", value="red", probability=0.8)


@pytest.mark.usefixtures("together")
def test_two_who_decide_the_same_at_once_decide_each_once() -> None:
    """Two reviewers go through one list, one accepting, one changing, while a third accepts all of it."""
    told: Counter[str] = Counter()
    firsts: set[tuple[str, str]] = set()
    start = threading.Barrier(3)

    def one_by_one(by: str, verdict: Verdict, chosen: str) -> None:
        start.wait()
        for product in range(40):
            try:
                say(verdict, Subject(product, "colour", "red"), by=by, chosen=chosen)
            except AlreadyDecided as late:
                told[by] += 1
                firsts.add((by, late.by))
        connection.close()

    def all_at_once() -> None:
        start.wait()
        keys = list(Tag.objects.filter(value="red").values_list("pk", flat=True))
        for at in range(0, len(keys), 5):
            accept_all(keys[at : at + 5], by="cy", using="default")
        connection.close()

    threads = [
        threading.Thread(target=one_by_one, args=("ann", Verdict.ACCEPTED, "")),
        threading.Thread(target=one_by_one, args=("ben", Verdict.CHANGED, "blue")),
        threading.Thread(target=all_at_once),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = list(Decision.objects.values_list("product", "decided_by", "verdict"))
    assert Counter(product for product, *_ in rows) == Counter(range(40)), "none lost, none doubled"
    assert all(first and first != by for by, first in firsts)
    by = Counter(who for _, who, _ in rows)
    assert by["ann"] + told["ann"] == by["ben"] + told["ben"] == 40
    for product, _, verdict in rows:
        tags = dict(Tag.objects.filter(product=product).values_list("value", "state"))
        changed = {"red": "rejected", "blue": "accepted"}
        assert tags == (changed if verdict == Verdict.CHANGED else {"red": "accepted"})
