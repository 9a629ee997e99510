"""A long text as passages that a model can read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from product_search.errors import InvalidRequest
from product_search.retrieval.passages import (
    LONGEST_PASSAGE,
    LONGEST_TEXT,
    MOST_PASSAGES,
    clean,
    narrowed,
    passages,
    words_of,
)


def test_sentences_and_each_two_that_follow_one_another() -> None:
    assert passages("There is a mug. It is red! “Is it?” Yes") == (
        "There is a mug.",
        "It is red!",
        "“Is it?”",
        "Yes",
        "There is a mug. It is red!",
        "It is red! “Is it?”",
        "“Is it?” Yes",
    )


def test_lines_and_lists_end_where_they_end() -> None:
    assert passages("Our favourites\n\n- a red mug\n• a bowl")[:3] == (
        "Our favourites",
        "a red mug",
        "a bowl",
    )


def test_an_abbreviation_ends_nothing() -> None:
    assert passages("Tassen, z. B. rote, kosten ca. 5 Euro.") == ("Tassen, z. B. rote, kosten ca. 5 Euro.",)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=2000) | st.text("ab .\n", max_size=2000))
def test_none_is_longer_than_a_model_reads(text: str) -> None:
    found = passages(text)
    assert len(found) <= MOST_PASSAGES
    assert all(0 < len(each) <= LONGEST_PASSAGE for each in found)
    assert bool(found) == bool(text.split())


def test_only_words_that_are_kept_stay_in_their_order() -> None:
    sentence = "Unser Liebling ist die rote Tasse, sagt Mara."
    written = words_of(sentence, "de")
    assert {"die", "ist"}.isdisjoint(written)
    assert narrowed(sentence, {"rote", "Tasse,"}) == "rote Tasse"
    assert narrowed(sentence, set()) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "missing_parameter"), (" \x00\n", "missing_parameter"), ("x" * (LONGEST_TEXT + 1), "too_long")],
)
def test_nothing_and_too_much_are_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        clean(text, "text")
    assert (refused.value.code, refused.value.parameter) == (code, "text")
