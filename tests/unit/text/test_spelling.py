"""Distances against the definition, and the promise that no near word is missed by looking up remains."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_search.text import inflections
from product_search.text.spelling import (
    allowed_edits,
    deletion_keys,
    edits_between,
    edits_to_a_form,
    edits_to_begin,
    stored_keys,
)

words = st.text("abcde", min_size=3, max_size=12)


@cache
def distance(one: str, other: str) -> int:
    """Optimal string alignment, as it is defined."""
    if not one or not other:
        return len(one) + len(other)
    found = min(
        distance(one[:-1], other) + 1,
        distance(one, other[:-1]) + 1,
        distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    )
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        found = min(found, distance(one[:-2], other[:-2]) + 1)
    return found


def edited(word: str, edits: list[tuple[str, int]]) -> str:
    """`word` after edits of a kind (another letter, added, swapped, left out) at a place."""
    for kind, place in edits:
        at = place % len(word)
        word = {
            "x": word[:at] + "e" + word[at + 1 :],
            "a": word[:at] + "e" + word[at:],
            "r": word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
            "d": word[:at] + word[at + 1 :] or "e",
        }[kind]
    return word


@given(words, words)
def test_edits_are_counted_as_defined(written: str, meant: str) -> None:
    found = edits_between(written, meant, "en", 2)
    assert (None if found is None else found[0]) == (
        distance(written, meant) if distance(written, meant) <= 2 else None
    )


@given(words, st.lists(st.tuples(st.sampled_from("xard"), st.integers(0, 12)), max_size=2))
def test_what_is_near_shares_a_remain(meant: str, edits: list[tuple[str, int]]) -> None:
    written = edited(meant, edits)
    most = allowed_edits(written)
    if edits_between(written, meant, "en", most) is not None:
        assert set(deletion_keys(written, most)) & set(stored_keys(meant))


@given(
    st.sampled_from(["sneaker", "mugs", "berries", "tasse", "gestreift", "shelf"]),
    st.sampled_from(["en", "de"]),
    st.lists(st.tuples(st.sampled_from("xard"), st.integers(0, 12)), max_size=2),
    st.data(),
)
def test_what_is_near_another_form_shares_a_remain(meant: str, language: str, edits: Any, data: Any) -> None:
    forms = inflections(meant, language)
    written = edited(data.draw(st.sampled_from([meant, *forms])), edits)
    most = allowed_edits(written)
    if edits_to_a_form(written, meant, forms, language, most) is not None:
        assert set(deletion_keys(written, most)) & set(stored_keys(meant, forms))


def test_a_slip_of_another_form_is_nearer_than_the_word_as_it_is_written() -> None:
    assert edits_between("nseaker", "sneakers", "en", 1) is None
    found = edits_to_a_form("nseaker", "sneakers", inflections("sneakers", "en"), "en", 1)
    assert found is not None
    assert found[0] == 1


@pytest.mark.parametrize(
    ("word", "language", "forms"),
    [
        ("sneakers", "en", {"sneaker"}),
        ("dress", "en", {"dresses"}),
        ("berries", "en", {"berry"}),
        ("scarf", "en", {"scarves"}),
        ("tasse", "de", {"tassen", "tasser", "tasses", "tassem", "tass"}),
        ("sneakers", "fr", set()),
    ],
)
def test_inflections_share_a_stem(word: str, language: str, forms: set[str]) -> None:
    assert set(inflections(word, language)) == forms


@pytest.mark.parametrize(
    ("word", "edits"), [("mgu", 0), ("mugg", 1), ("striped", 1), ("sneakers", 2), ("", 0)]
)
def test_short_words_may_have_fewer_edits(word: str, edits: int) -> None:
    assert allowed_edits(word) == edits


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        (("lefat", "lefta"), ("lefat", "lefut")),  # two letters swapped
        (("letther", "lether"), ("lekther", "lether")),  # a letter doubled
        (("muh", "mug"), ("mup", "mug")),  # the key beside it
        (("mugg", "mug"), ("bmug", "mug")),  # the first letter is seldom wrong
    ],
)
def test_likely_slips_cost_less(nearer: tuple[str, str], farther: tuple[str, str]) -> None:
    (_, one), (_, other) = (edits_between(*pair, "en", 2) or (9, 9.0) for pair in (nearer, farther))
    assert one < other


def test_a_german_keyboard_has_its_z_beside_t() -> None:
    german, english = (edits_between("muzze", "mutze", language, 1) for language in ("de", "en"))
    assert german == (1, 0.8)
    assert english == (1, 1.0)


@given(
    words, st.integers(3, 12), st.lists(st.tuples(st.sampled_from("xard"), st.integers(0, 12)), max_size=2)
)
def test_what_is_typed_so_far_shares_a_remain_with_the_word(
    meant: str, length: int, edits: list[tuple[str, int]]
) -> None:
    written = edited(meant[:length], edits)
    most = allowed_edits(written)
    found = edits_to_begin(written, meant, "en", most)
    nearest = min(distance(written, meant[:end]) for end in range(len(meant) + 1))
    assert (None if found is None else found[0]) == (nearest if nearest <= most else None)
    if most and found is not None:
        assert set(deletion_keys(written, most)) & set(stored_keys(meant))
