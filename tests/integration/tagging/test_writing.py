"""Suggestions in their table: many at once, and nothing that somebody decided."""

from __future__ import annotations

import pytest

from product_search.models import Tag, TagState
from product_search.tagging.writing import Suggestion, forget_others, write_suggestions

pytestmark = pytest.mark.django_db


def rows() -> set[tuple[int, str, str, float, str]]:
    return set(Tag.objects.values_list("product", "attribute", "value", "probability", "state"))


def write(*suggestions: Suggestion, keys: tuple[int, ...] = (1, 2)) -> None:
    write_suggestions(keys, ["colour", "style"], suggestions, using="default")


def test_a_page_replaces_what_was_suggested_of_its_products_and_attributes() -> None:
    write(Suggestion(1, "colour", "red", 0.9, True), Suggestion(2, "style", "old", 0.8, False))
    Tag.objects.create(product=1, attribute="other", value="x", probability=0.5)
    Tag.objects.create(product=3, attribute="colour", value="red", probability=0.5)
    write(Suggestion(1, "colour", "blue", 0.7, True), Suggestion(2, "style", "old", 0.95, False))
    assert rows() == {
        (1, "colour", "blue", 0.7, "suggested"),
        (2, "style", "old", 0.95, "suggested"),
        (1, "other", "x", 0.5, "suggested"),
        (3, "colour", "red", 0.5, "suggested"),
    }


@pytest.mark.parametrize("state", [TagState.ACCEPTED, TagState.REJECTED])
def test_what_was_decided_is_never_written(state: TagState) -> None:
    Tag.objects.create(product=1, attribute="style", value="old", probability=0.3, state=state)
    write(Suggestion(1, "style", "old", 0.9, False), Suggestion(1, "style", "new", 0.9, False))
    assert rows() == {(1, "style", "old", 0.3, state), (1, "style", "new", 0.9, "suggested")}
    write()
    assert rows() == {(1, "style", "old", 0.3, state)}


def test_what_the_vocabulary_has_no_more_is_forgotten_unless_it_was_decided() -> None:
    for value, state in (("red", "suggested"), ("blue", "suggested"), ("green", "accepted")):
        Tag.objects.create(product=1, attribute="colour", value=value, probability=0.9, state=state)
    Tag.objects.create(product=1, attribute="gone", value="x", probability=0.9)
    forget_others(["colour"], [("colour", "red")], using="default")
    assert {value for _, _, value, _, _ in rows()} == {"red", "green"}
