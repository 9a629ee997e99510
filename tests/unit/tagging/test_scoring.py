from __future__ import annotations

import numpy as np
import pytest

from product_search.tagging.scoring import Temperatures, chosen, likelihood, logits, scores

from .conftest import DIM, head, rows

COLOURS = head("red", "blue", "green")


def test_the_options_share_one_whole() -> None:
    found = likelihood(COLOURS, rows([3, 1, 0, 2, 0]))
    whole = found.own.sum(axis=1) + found.none + found.background
    assert whole == pytest.approx([1.0])
    weights = np.exp([3, 1, 0, 2, 0])
    assert found.values[0] == pytest.approx(weights[:3] / weights.sum())


def test_what_was_refused_leaves_its_share_to_the_others() -> None:
    refused = np.array([[True, False, False]])
    found = likelihood(COLOURS, rows([9, 1, 0, 0, 0]), refused=refused)
    assert found.values[0, 0] == 0
    assert found.values[0, 1] == pytest.approx(np.exp(1) / (np.exp(1) + 3))


def test_what_no_picture_tells_is_never_likely() -> None:
    found = likelihood(head("red", "42", guessed=[True, False]), rows([1, 9, 0, 0]))
    assert found.values[0, 1] == 0


def test_nothing_known_is_nothing_likely() -> None:
    found = likelihood(COLOURS, rows([np.nan] * 5, [9, 0, 0, 0, 0]))
    assert found.values[0].tolist() == [0, 0, 0]
    assert not chosen(COLOURS, found, 0.0)[0].any()
    assert chosen(COLOURS, found, 0.5)[1].tolist() == [True, False, False]


def test_none_of_these_and_no_product_are_answers() -> None:
    found = likelihood(COLOURS, rows([1, 0, 0, 3, 0], [1, 0, 0, 0, 3]))
    assert not chosen(COLOURS, found, 0.05).any()


def test_of_several_values_each_stands_for_itself() -> None:
    several = head("red", "blue", "green", choice="multiple")
    found = likelihood(several, rows([4, 4, -4, 0, -1]))
    assert found.values[0] == pytest.approx(1 / (1 + np.exp([-4, -4, 4])))
    assert chosen(several, found, 0.9)[0].tolist() == [True, True, False]
    assert likelihood(several, rows([4, 4, -4, 0, -1]), bias=4).values[0, 0] == pytest.approx(0.5)


class TestHierarchy:
    TREE = head("shoes", "shoes/boots", "shoes/boots/rain", "hats")

    def test_a_branch_is_as_likely_as_all_below_it(self) -> None:
        found = likelihood(self.TREE, rows([0, 1, 1, 0, -9, -9]))
        weights = np.exp([0, 1, 1, 0])
        shares = weights / weights.sum()
        assert found.values[0] == pytest.approx(
            [shares[:3].sum(), shares[1:3].sum(), shares[2], shares[3]], abs=1e-3
        )

    def test_the_lowest_that_is_sure_is_said(self) -> None:
        found = likelihood(self.TREE, rows([0, 5, 5, 0, -9, -9], [0, 0, 9, 0, -9, -9], [2, 2, 2, 0, -9, -9]))
        said = chosen(self.TREE, found, 0.9)
        assert said.tolist() == [
            [False, True, False, False],
            [False, False, True, False],
            [True, False, False, False],
        ]

    def test_with_a_refused_branch_goes_all_below_it(self) -> None:
        refused = np.array([[False, True, False, False]])
        found = likelihood(self.TREE, rows([0, 5, 9, 1, -9, -9]), refused=refused)
        assert found.values[0, 1:3].tolist() == [0, 0]

    def test_of_several_values_the_lower_says_the_higher(self) -> None:
        tree = head("shoes", "shoes/boots", "hats", choice="multiple")
        found = likelihood(tree, rows([5, 5, 5, 0, 0]))
        assert chosen(tree, found, 0.9)[0].tolist() == [False, True, True]


class TestLogits:
    def test_scores_are_cosines_to_values_none_and_the_nearest_background(self) -> None:
        vector = np.array([[0.6, 0, 0, 0, 0, 0, 0, 0.8], [np.nan] * DIM])
        found = scores(COLOURS, vector)
        assert found[0] == pytest.approx([0.6, 0, 0, 0, 0.8])
        assert np.isnan(found[1]).all()

    def test_picture_and_text_are_averaged_over_what_is_known(self) -> None:
        at = Temperatures(picture=0.1, text=0.2)
        unknown = np.array([[np.nan, np.nan]])
        picture, text = np.array([[0.2, 0.4]]), np.array([[0.4, 0.0]])
        assert logits(picture, text, at)[0] == pytest.approx([0.75 * 2 + 0.25 * 2, 0.75 * 4])
        assert logits(picture, unknown, at)[0] == pytest.approx([2, 4])
        assert logits(unknown, text, at)[0] == pytest.approx([2, 0])
        assert np.isnan(logits(unknown, unknown, at)).all()
