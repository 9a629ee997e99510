from __future__ import annotations

import numpy as np
import pytest

from product_search.calibration import Calibration, between


def test_the_middle_of_the_curve_is_one_half():
    assert Calibration(midpoint=0.3, scale=0.05).value(0.3) == pytest.approx(0.5)


def test_values_rise_with_scores_and_stay_within_bounds():
    curve = Calibration(midpoint=0.2, scale=0.01)
    values = curve.values(np.linspace(-1, 1, 50, dtype=np.float32))
    assert (np.diff(values) >= 0).all()
    assert values.min() >= 0
    assert values.max() <= 1
    assert curve.value(-1e9) == pytest.approx(0)


def test_array_and_single_agree():
    curve = Calibration(midpoint=0.1, scale=0.07)
    scores = np.array([-0.5, 0.0, 0.1, 0.4])
    assert curve.values(scores) == pytest.approx([curve.value(s) for s in scores])


def test_nearest_neighbours_of_nonsense_stay_below_one_half():
    random = np.random.default_rng(3)
    unrelated, matching = random.normal(0.1, 0.03, 5000), random.normal(0.35, 0.04, 500)
    curve = between(matching, unrelated)
    assert (curve.values(unrelated) < 0.5).mean() > 0.99
    assert (curve.values(matching) > 0.5).mean() > 0.9


def test_two_sides_that_overlap_still_give_a_curve():
    same = np.full(100, 0.25)
    curve = between(same, same)
    assert curve.scale > 0
    assert curve.midpoint == pytest.approx(0.25)


def test_an_empty_side_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        between(np.array([]), np.array([0.1]))
