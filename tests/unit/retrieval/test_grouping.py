from __future__ import annotations

import numpy as np
from django.db.models import F
from django.db.models.functions import Lower

from product_search.retrieval.grouping import members, order_columns


def test_groups_and_their_members_come_best_first_and_ties_in_the_shops_order() -> None:
    groups = ["a", "b", "a", "c", "c"]
    scores = np.array([0.1, 0.5, 0.9, 0.5, 0.5])
    places = np.array([1, 5, 2, 4, 3])
    assert members(groups, scores, places) == ([2, 4, 1], {2: [0], 4: [3]})


def test_those_who_are_alone_are_in_the_same_order() -> None:
    assert members(["a", "b", "c"], np.array([0.1, 0.5, 0.5]), np.array([1, 3, 2])) == ([2, 1, 0], {})


def test_nothing_gives_nothing() -> None:
    assert members([], np.array([]), np.array([], dtype=np.int64)) == ([], {})


def test_an_order_as_columns_sorts_as_it_did() -> None:
    lower = Lower("name")
    columns = order_columns(("-popularity", "pk", F("rating").desc(nulls_last=True), lower))
    assert [way for _, way in columns] == ["DESC", "ASC", "DESC NULLS LAST", "ASC"]
    assert [expression for expression, _ in columns] == [F("popularity"), F("pk"), F("rating"), lower]
