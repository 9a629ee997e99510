from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from product_search.evaluation.comparing import difference, mean


def test_p_is_the_share_of_sign_flips_that_differ_as_much():
    first = [0.9, 0.8, 0.75, 0.6, 0.5, 0.45, 0.4, 0.1]
    second = [0.5, 0.7, 0.80, 0.3, 0.2, 0.25, 0.1, 0.2]
    less = np.subtract(first, second)
    flipped = [abs(np.mean(less * signs)) for signs in product((1, -1), repeat=len(less))]
    exact = np.mean(np.array(flipped) >= abs(less.mean()) - 1e-12)
    found = difference(first, second)
    assert found.p == pytest.approx(exact, abs=1e-9)
    assert (found.better, found.worse) == (6, 2)
    assert found.mean.value == pytest.approx(less.mean())
    assert found.mean.low < less.mean() < found.mean.high


def test_no_difference_is_no_proof():
    found = difference([0.5, 1.0], [0.5, 1.0])
    assert (found.p, found.mean.value, found.better, found.worse) == (1.0, 0.0, 0, 0)


def test_one_query_alone_is_no_proof():
    assert difference([1.0], [0.0]).p == 1.0


def test_an_interval_is_the_same_each_time_and_as_wide_as_chance_makes_it():
    values = np.random.default_rng(1).normal(0.6, 0.1, 400).tolist()
    found = mean(values)
    assert found == mean(values)
    # The bootstrap agrees with the normal interval where that is right: 1.96 standard errors either way.
    error = 1.96 * np.std(values, ddof=1) / np.sqrt(400)
    assert found.high - found.value == pytest.approx(error, rel=0.1)
    assert found.value - found.low == pytest.approx(error, rel=0.1)


def test_equal_values_have_no_interval():
    assert mean([1.0, 1.0, 1.0]) == mean([1.0] * 3)
    assert (mean([1.0] * 3).low, mean([1.0] * 3).high) == (1.0, 1.0)
    assert mean([0.25]).queries == 1
