from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from product_search.training.examples import Example
from product_search.training.words import (
    FEWEST_GROUPS,
    Rarity,
    Sayings,
    Truth,
    common_words,
    near_misses,
    well_known,
    words,
)


def pairs(said: list[str], texts: list[str]) -> list[list[bool]]:
    """Which texts are true of which pictures, as lists; asked for by pictures and by texts alike."""
    truth = Truth([words(each) for each in said], [words(each) for each in texts])
    table = truth.of_pictures(0, len(said))
    assert torch.equal(table, truth.of_texts(0, len(texts)).T)
    for start in range(len(said)):
        assert torch.equal(truth.of_pictures(start, start + 1), table[start : start + 1])
    for start in range(len(texts)):
        assert torch.equal(truth.of_texts(start, start + 1), table.T[start : start + 1])
    return table.tolist()


def test_near_misses_differ_in_one_word():
    plain = [
        "red striped mug",
        "red dotted mug",
        "red striped cup",
        "red mug",
        "blue mug",
        "blue dotted cup",
        "sofa",
    ]
    found = near_misses(plain)
    assert found["red striped mug"] == [["red dotted mug"], ["red striped cup"]]
    assert found["red mug"] == [["blue mug"]]
    assert "blue dotted cup" not in found
    assert "sofa" not in found


def test_the_same_caption_in_other_letters_is_no_miss():
    assert near_misses(["Red mug", "red mug"]) == {}


def test_words_said_of_most_pictures_are_common():
    captions = [("a photo of a mug", "a mug"), ("a photo of a boot",), ("a photo of a hat",), ("sofa",)]
    assert common_words(captions) == {"a", "photo", "of"}


def test_a_word_said_of_few_groups_was_hardly_taught():
    often = [Example(Path(), "", str(group), ("red mug",)) for group in range(FEWEST_GROUPS)]
    once = [Example(Path(), "", "one", ("blue mug",)) for _ in range(FEWEST_GROUPS)]
    assert well_known([*often, *once]) == {"red", "mug"}


def test_equal_captions_are_true_of_both_pictures():
    captions = ["red mug", "red mug", "blue mug"]
    assert pairs(captions, captions) == [[True, True, False], [True, True, False], [False, False, True]]


def test_a_caption_that_says_less_is_true_of_a_picture_that_shows_more():
    assert pairs(["red striped mug", "mug"], ["red striped mug", "mug"]) == [[True, True], [False, True]]


def test_a_caption_without_words_still_belongs_to_its_own_picture_and_to_no_other():
    assert pairs(["mug", "boot"], ["", "boot"]) == [[True, False], [False, True]]


def test_more_texts_than_pictures_have_no_picture_of_their_own():
    assert pairs(["red mug"], ["red mug", "mug", "blue mug"]) == [[True, True, False]]


def example(group: str, *captions: str, label: str = "") -> Example:
    return Example(Path("shop"), "a.png", group, captions, label=label)


SHOWN = [
    example("1", "red mug", "Nord"),
    example("1", "a mug"),
    example("2", "Red Mug", "Alba"),
    example("3", "mug", label="mug"),
    example("3", "boot", label="boot"),
    *(example(str(number), f"sofa{number}") for number in range(4, 16)),
]


@pytest.mark.parametrize(
    ("positives", "true_of"),
    [("words", {0, 1, 2}), ("equal", {0, 1, 2}), ("own", {0})],
)
def test_what_is_said_of_one_picture_of_a_product_is_true_of_its_others(positives, true_of):
    truth = Sayings(SHOWN, positives).truth(range(5), ["red mug"])
    assert set(torch.nonzero(truth.of_texts(0, 1)[0]).flatten().tolist()) == true_of


@pytest.mark.parametrize(("positives", "true_of"), [("words", {3, 0, 1, 2}), ("equal", {3})])
def test_a_shorter_caption_is_no_equal_one_and_a_labelled_photographs_group_is_no_product(positives, true_of):
    truth = Sayings(SHOWN, positives).truth([3, 0, 1, 2, 4], ["mug"])
    rows = [3, 0, 1, 2, 4]
    assert {rows[place] for place in torch.nonzero(truth.of_texts(0, 1)[0]).flatten().tolist()} == true_of


def test_what_two_pictures_share_counts_by_the_rarity_of_the_words():
    said = [
        words(text) for text in ("red striped mug", "red mug", "blue mug", "blue boot", "red boot", "mug")
    ]
    bags = Rarity(said).bags(range(6))
    shared = bags.shared(bags.dense(0, 6)).tolist()
    weight = {word: math.log(6 / sum(word in of for of in said)) for word in ("red", "mug", "striped")}
    assert shared[0][1] == pytest.approx(weight["red"] + weight["mug"], rel=1e-5)
    assert shared[0][0] == pytest.approx(sum(weight.values()), rel=1e-5)
    assert shared[1][3] == 0
    assert bags.squares().tolist() == pytest.approx([shared[row][row] for row in range(6)], rel=1e-5)
