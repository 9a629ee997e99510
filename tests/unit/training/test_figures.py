from __future__ import annotations

import numpy as np
import pytest

from product_search.training.figures import ensemble, recall_at, zero_shot_accuracy

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
