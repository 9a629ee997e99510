from __future__ import annotations

import numpy as np
import pytest

from product_search.calibration import Calibration, Span, between
from product_search.indexing.calibrate import FEWEST_PICTURES, span_of


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


def flat(count: int, seed: int, dim: int = 32) -> np.ndarray:
    """Vectors near to the plane of the first few axes, most of what they differ in."""
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, dim)) * np.where(np.arange(dim) < 6, 1.0, 0.02)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def groups(count: int) -> np.ndarray:
    return np.array([str(number // 2) for number in range(count)])


def test_what_lies_outside_is_told_from_what_lies_within():
    span = span_of(flat(400, 1), groups(400))
    assert span is not None
    own, other = span.outside(flat(1000, 2)), span.outside(np.eye(32, dtype=np.float32)[6:])
    assert (own > span.level).mean() < 0.05
    assert (other > span.level).all()
    assert other.max() <= 1


def test_a_span_is_the_same_from_its_bytes():
    span = span_of(flat(400, 1), groups(400))
    assert span is not None
    again = Span.of_bytes(*span.as_bytes(), span.level)
    assert again.outside(flat(50, 3)) == pytest.approx(span.outside(flat(50, 3)), abs=1e-3)


def test_too_few_pictures_say_nothing_of_others():
    assert span_of(flat(FEWEST_PICTURES - 1, 1), groups(FEWEST_PICTURES - 1)) is None


def test_pictures_of_one_product_say_nothing_of_others():
    assert span_of(flat(400, 1), np.full(400, "one")) is None
