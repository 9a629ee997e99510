"""The tests behind an audit's verdicts, against counting and against published figures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from product_search.auditing.chance import holm, separation, stratified, two_sided


def counted(score: Any, positive: Any) -> float:
    """How often a positive's score is above another's, pair by pair; a tie counts half."""
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high in score[positive]
        for low in score[~positive]
    ]
    return sum(pairs) / len(pairs)


@pytest.mark.parametrize("ties", [False, True])
def test_separation_is_the_share_of_pairs_in_order(ties: bool) -> None:
    rng = np.random.default_rng(3)
    score = rng.normal(size=120)
    positive = rng.random(120) < 0.3
    score[positive] += 0.7
    if ties:
        score = np.round(score)
    area, error = separation(score, positive)
    assert area == pytest.approx(counted(score, positive))
    assert 0 < error < 0.1


def test_its_error_is_that_of_repeated_drawing() -> None:
    rng = np.random.default_rng(5)
    areas, errors = [], []
    positive = np.arange(200) < 60
    for _ in range(400):
        score = rng.normal(size=200) + 0.8 * positive
        area, error = separation(score, positive)
        areas.append(area)
        errors.append(error)
    assert np.mean(errors) == pytest.approx(np.std(areas), rel=0.15)


def test_a_difference_within_strata_is_found_and_one_between_them_is_not() -> None:
    # Of the easy value half of the others are made, of the hard one most are ours: only the mix differs.
    stratum = np.repeat([0, 1], 200)
    inside = np.concatenate([np.arange(200) < 20, np.arange(200) < 180])
    right = np.concatenate([np.arange(200) % 10 != 0, np.arange(200) % 10 < 4])
    ours, theirs, chance = stratified(inside, right, stratum)
    assert ours == pytest.approx(theirs, abs=0.01)
    assert chance > 0.5
    worse = right & ~(inside & (np.arange(400) % 2 == 0))
    ours, theirs, chance = stratified(inside, worse, stratum)
    assert theirs - ours > 0.15
    assert chance < 0.01


def test_mantel_and_haenszel_give_the_textbook_s_figure() -> None:
    # Two by two by two: 10 of 20 against 20 of 25, and 15 of 30 against 35 of 45, worked by hand.
    table = [(10, 20, 20, 25), (15, 30, 35, 45)]
    inside, right, stratum = [], [], []
    expected = variance = observed = 0.0
    for number, (a, n1, c, n0) in enumerate(table):
        inside += [True] * n1 + [False] * n0
        right += [True] * a + [False] * (n1 - a) + [True] * c + [False] * (n0 - c)
        stratum += [number] * (n1 + n0)
        n, hits = n1 + n0, a + c
        observed += a
        expected += n1 * hits / n
        variance += n1 * n0 * hits * (n - hits) / (n * n * (n - 1))
    z = (abs(observed - expected) - 0.5) / math.sqrt(variance)
    ours, theirs, chance = stratified(np.array(inside), np.array(right), np.array(stratum))
    assert ours == pytest.approx(25 / 50)
    assert theirs == pytest.approx((20 * 20 / 25 + 30 * 35 / 45) / 50)
    assert chance == pytest.approx(math.erfc(z / math.sqrt(2)))


def test_a_group_that_has_everything_of_its_values_is_held_against_nobody() -> None:
    inside = np.array([True, True, False, False])
    _, _, chance = stratified(inside, inside, np.array([0, 0, 1, 1]))
    assert chance == 1.0


def test_holm_corrects_for_how_many_were_looked_at() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert two_sided(1.959964) == pytest.approx(0.05, abs=1e-6)
