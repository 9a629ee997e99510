from __future__ import annotations

import numpy as np
import pytest

from product_search.training.figures import (
    Retrieval,
    best_ranks,
    ensemble,
    recall_at,
    zero_shot_accuracy,
)

ITEMS = np.eye(4)


def test_recall_counts_queries_that_find_one_of_their_answers_in_time():
    queries = np.array([[0.9, 0.8, 0.1, 0.0], [0.1, 0.0, 0.9, 0.8]])
    assert recall_at(1, queries, ITEMS, [[0], [3]]) == 0.5
    assert recall_at(2, queries, ITEMS, [[0], [3]]) == 1.0
    assert recall_at(1, queries, ITEMS, [[1], [0, 3]]) == 0.0


def test_recall_over_fewer_items_than_asked_for_is_of_all_of_them():
    assert recall_at(10, np.eye(4), ITEMS, [[3], [2], [1], [0]]) == 1.0


def test_zero_shot_takes_the_nearest_label():
    pictures = np.array([[1.0, 0.2], [0.2, 1.0], [1.0, 0.9]])
    assert zero_shot_accuracy(pictures, [0, 1, 1], np.eye(2)) == pytest.approx(2 / 3)


def test_a_label_is_the_direction_of_all_its_prompts():
    prompts = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    means = ensemble(prompts, [2, 1])
    assert means == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [0.0, 1.0]]))


def test_ranks_are_those_of_the_best_answer():
    queries = np.array([[0.9, 0.8, 0.1, 0.0], [0.1, 0.0, 0.9, 0.8]])
    assert best_ranks(queries, ITEMS, ["b", "b"], ["a", "b", "c", "b"]).tolist() == [2, 2]
    assert best_ranks(queries, ITEMS, ["a", "a"], ["a", "b", "c", "b"]).tolist() == [1, 3]


@pytest.mark.parametrize("all_alike", [0.0, 1.0, float("nan")])
def test_a_model_that_makes_one_vector_of_everything_finds_nothing(all_alike):
    items = np.full((5, 3), all_alike)
    assert best_ranks(items, items, "abcde", "abcde").tolist() == [5] * 5


def test_retrieval_counts_the_first_the_first_ten_and_how_high():
    found = Retrieval.of_ranks(np.array([1, 2, 10, 11]))
    assert (found.recall_1, found.recall_10) == (0.25, 0.75)
    assert found.mrr == pytest.approx((1 + 1 / 2 + 1 / 10 + 1 / 11) / 4)
    assert Retrieval.of_ranks(np.array([], dtype=np.int64)) == Retrieval()
