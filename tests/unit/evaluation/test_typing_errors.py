from __future__ import annotations

import random

import pytest

from product_search.evaluation.typing_errors import EDITS, misspelt, neighbours


def distance(first: str, second: str) -> int:
    """Edits of one letter, a swap of two neighbours among them (optimal string alignment)."""
    rows = [list(range(len(second) + 1))]
    for i, a in enumerate(first, 1):
        rows.append([i])
        for j, b in enumerate(second, 1):
            best = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                best = min(best, rows[i - 2][j - 2] + 1)
            rows[i].append(best)
    return rows[-1][-1]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_one_slip_in_one_word_and_two_at_most_in_a_long_one(edit):
    far = []
    for seed in range(200):
        for text, most in (("striped mug", 1), ("a chequerboard mug", 2)):
            wrong = misspelt(text, edit, random.Random(seed), frozenset())
            right_words, wrong_words = text.split(), wrong.split()
            changed = [(a, b) for a, b in zip(right_words, wrong_words, strict=True) if a != b]
            assert len(changed) == 1
            assert len(changed[0][0]) >= 4  # a and mug are too short to be misspelt
            assert len(changed[0][1]) >= (
                8 if distance(*changed[0]) > 1 else 4
            )  # nothing shorter may be mended
            far.append((most, distance(*changed[0])))
    assert all(1 <= found <= most for most, found in far)
    assert (2, 2) in far


def test_each_edit_does_what_it_is_called():
    made = {edit: misspelt("scarf", edit, random.Random(3), frozenset()) for edit in EDITS}
    assert len(made["insert"]) == 6
    assert len(made["delete"]) == 4
    assert sorted(made["swap"]) == sorted("scarf")
    assert made["swap"] != "scarf"
    (right, wrong), *more = [(a, b) for a, b in zip("scarf", made["neighbour"], strict=True) if a != b]
    assert wrong in neighbours(right)
    assert more == []


def test_keys_beside_each_other():
    assert set(neighbours("g")) == set("fhtyvb")
    assert set(neighbours("q")) == set("wa")
    assert all(
        letter in neighbours(near) for letter in "qwertyuiopasdfghjklzxcvbnm" for near in neighbours(letter)
    )


def test_what_is_a_word_of_the_catalogue_is_no_typo():
    every = {misspelt("shirt", "replace", random.Random(seed), frozenset()) for seed in range(500)}
    assert "skirt" in every
    known = frozenset({"skirt"})
    assert "skirt" not in {misspelt("shirt", "replace", random.Random(seed), known) for seed in range(500)}


@pytest.mark.parametrize("text", ["mug", "XJ-9000", "T-Shirt", "café", "Ø42", ""])
def test_short_words_codes_and_what_is_not_plain_letters_stay(text):
    assert misspelt(text, "delete", random.Random(1), frozenset()) is None


def test_quotes_and_case_around_a_word_stay():
    assert misspelt("“Dana”", "swap", random.Random(1), frozenset()) in {"“adna”", "“dnaa”", "“daan”"}
