from __future__ import annotations

import numpy as np

from product_search.retrieval.grouping import members


def test_groups_and_their_members_come_best_first_and_ties_in_the_shops_order() -> None:
    groups = ["a", "b", "a", "c", "c"]
    scores = np.array([0.1, 0.5, 0.9, 0.5, 0.5])
    places = np.array([1, 5, 2, 4, 3])
    assert members(groups, scores, places) == [[2, 0], [4, 3], [1]]


def test_nothing_gives_nothing() -> None:
    assert members([], np.array([]), np.array([], dtype=np.int64)) == []
