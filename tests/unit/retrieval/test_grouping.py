from __future__ import annotations

import numpy as np

from product_search.retrieval.grouping import best_members


def test_each_group_once_by_its_best_member_and_ties_in_the_shops_order() -> None:
    groups = ["a", "b", "a", "c", "c"]
    scores = np.array([0.1, 0.5, 0.9, 0.5, 0.5])
    places = np.array([1, 5, 2, 4, 3])
    assert best_members(groups, scores, places) == [2, 4, 1]


def test_nothing_gives_nothing() -> None:
    assert best_members([], np.array([]), np.array([], dtype=np.int64)) == []
