from __future__ import annotations

import numpy as np
import pytest

from product_search.retrieval.diversity import diverse

RELEVANCE = np.array([3.0, 2.9, 2.8, 1.0])
#: The first three are all alike; the last is like none of them.
ALIKE = np.array(
    [[9.0, 2.0, 2.0, -3.0], [2.0, 9.0, 2.0, -3.0], [2.0, 2.0, 9.0, -3.0], [-3.0, -3.0, -3.0, 9.0]]
)


@pytest.mark.parametrize(
    ("diversity", "shown"),
    [(0.0, [0, 1, 2, 3]), (0.2, [0, 1, 2, 3]), (0.5, [0, 3, 1, 2]), (1.0, [0, 3, 1, 2])],
)
def test_it_weighs_relevance_against_the_nearest_that_is_shown(diversity: float, shown: list[int]) -> None:
    # At .5 the last gains (1.0 + 3) / 2, the second (2.9 - 2) / 2; at .2 they are .8 + .6 and 2.32 - .4.
    assert diverse(RELEVANCE, ALIKE, diversity, 4) == shown


def test_no_more_than_are_wanted_or_there() -> None:
    assert diverse(RELEVANCE, ALIKE, 0.5, 2) == [0, 3]
    assert diverse(RELEVANCE[:0], ALIKE[:0, :0], 0.5, 2) == []


def test_where_nothing_is_known_nothing_is_alike() -> None:
    alike = ALIKE.copy()
    alike[2, :] = alike[:, 2] = np.nan
    assert diverse(RELEVANCE, alike, 0.5, 2) == [0, 2]
    assert diverse(RELEVANCE, np.full((4, 4), np.nan), 0.9, 4) == [0, 1, 2, 3]


def test_the_scales_zero_is_nothing_special() -> None:
    shifted = diverse(RELEVANCE - 7, ALIKE + 5, 0.5, 4)
    assert shifted == diverse(RELEVANCE, ALIKE, 0.5, 4)
