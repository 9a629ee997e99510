from __future__ import annotations

import pytest

from product_search.evaluation.weights import Proposal


@pytest.mark.parametrize(
    ("reached", "best"),
    [
        ({0.1: 0.70, 0.3: 0.80, 0.5: 0.75}, 0.3),
        # What is set stays where nothing is worth the change.
        ({0.1: 0.7505, 0.3: 0.7515, 0.5: 0.75}, 0.5),
        # Of those that are as good as each other, the one that changes least.
        ({0.1: 0.8005, 0.3: 0.80, 0.5: 0.75}, 0.3),
        ({0.5: 0.0}, 0.5),
    ],
)
def test_the_best_weight_is_what_reaches_more_than_the_present_one(
    reached: dict[float, float], best: float
) -> None:
    assert Proposal("VECTOR_WEIGHT", 0.5, reached).best == best
