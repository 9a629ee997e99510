"""Temperatures and thresholds against what was drawn: known probabilities, and a promise that new products keep."""

from __future__ import annotations

import numpy as np
import pytest

from product_search.models import NEVER
from product_search.tagging.fitting import FEWEST_KNOWN, fit, threshold
from product_search.tagging.scoring import likelihood, logits

from .conftest import head

SEED = 7_001
COLOURS = head("red", "blue", "green")


def drawn(count: int, temperature: float, seed: int = SEED):
    """Scores `(count, 5)`, and truths that are as likely as the softmax of them at `temperature` says."""
    random = np.random.default_rng(seed)
    scores = random.normal(0, 0.1, (count, 5))
    scores[:, 3:] = -1.0
    shares = np.exp(scores[:, :3] / temperature)
    shares /= shares.sum(axis=1, keepdims=True)
    truth = np.array([random.multinomial(1, share) for share in shares], dtype=bool)
    return scores, truth


def nothing(count: int):
    return np.full((count, 5), np.nan)


def test_the_temperature_that_was_drawn_with_is_found() -> None:
    for temperature in (0.02, 0.08):
        scores, truth = drawn(3_000, temperature)
        found = fit(COLOURS, scores, nothing(3_000), truth, np.arange(3_000) % 2, 0.9)
        assert found.temperatures.picture == pytest.approx(temperature, rel=0.15)
        assert found.known == 3_000


def test_answers_are_as_sure_as_they_are_right() -> None:
    """Of a third of the products the scores tell nothing: to give those truths something, all would be doubted."""
    several = head(*map(str, range(20)))
    random = np.random.default_rng(SEED)
    scores = np.hstack([random.normal(0, 0.1, (3_000, 20)), np.full((3_000, 2), -1.0)])
    blind = np.arange(3_000) % 3 == 0
    shares = np.exp(np.where(blind[:, np.newaxis], 0.0, scores[:, :20]) / 0.02)
    truth = np.array(
        [random.multinomial(1, share) for share in shares / shares.sum(axis=1, keepdims=True)], dtype=bool
    )
    nowhere = np.full_like(scores, np.nan)
    found = fit(several, scores, nowhere, truth, np.arange(3_000) % 2, 0.9)
    rows = logits(scores, nowhere, found.temperatures)
    sure = likelihood(several, rows, bias=found.temperatures.bias).own
    right = truth[np.arange(3_000), sure.argmax(axis=1)]
    assert sure.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.1)


@pytest.mark.parametrize("promised", [0.8, 0.9, 0.97])
def test_a_promised_precision_is_kept_on_new_products(promised: float) -> None:
    scores, truth = drawn(2_000, 0.04)
    found = fit(COLOURS, scores, nothing(2_000), truth, np.arange(2_000) % 2, promised)
    new, right = drawn(20_000, 0.04, seed=SEED + 1)
    sure = likelihood(
        COLOURS, logits(new, nothing(20_000), found.temperatures), bias=found.temperatures.bias
    ).values
    best = sure.argmax(axis=1)
    said = sure.max(axis=1) >= found.threshold
    assert said.mean() > 0.2, "not by silence"
    assert right[np.arange(20_000), best][said].mean() == pytest.approx(promised, abs=0.02)


def test_an_overconfident_model_is_believed_less() -> None:
    """Truths are drawn at random, so nothing is ever sure."""
    scores, _ = drawn(1_000, 0.04)
    truth = np.eye(3, dtype=bool)[np.random.default_rng(SEED).integers(0, 3, 1_000)]
    found = fit(COLOURS, scores, nothing(1_000), truth, np.arange(1_000) % 2, 0.9)
    assert found.threshold == NEVER


def test_too_few_known_leave_every_answer_to_itself() -> None:
    scores, truth = drawn(FEWEST_KNOWN, 0.04)
    truth[0] = False
    found = fit(COLOURS, scores, nothing(FEWEST_KNOWN), truth, np.arange(FEWEST_KNOWN) % 2, 0.9)
    assert (found.known, found.threshold) == (0, 0.9)
    assert found.temperatures.picture == pytest.approx(scores.std(axis=1).mean() / 2)


def test_none_of_these_is_where_few_that_have_a_value_lie() -> None:
    """However the sentences of it happen to lie, it is an answer for what is stranger than nearly all that is known."""
    for offset in (-0.5, 0.0, 0.5):
        scores, truth = drawn(2_000, 0.02)
        scores[:, 3:] = offset + np.random.default_rng(SEED).normal(0, 0.01, (2_000, 2))
        found = fit(COLOURS, scores, nothing(2_000), truth, np.arange(2_000) % 2, 0.9)
        rows = logits(scores, nothing(2_000), found.temperatures)
        likely = likelihood(COLOURS, rows, bias=found.temperatures.bias)
        doubted = np.maximum(likely.none, likely.background) > likely.own.max(axis=1)
        assert doubted.mean() == pytest.approx(0.02, abs=0.01)


def test_texts_are_measured_by_their_own_spread() -> None:
    scores, truth = drawn(1_000, 0.04)
    found = fit(COLOURS, scores, scores * 3, truth, np.arange(1_000) % 2, 0.9)
    assert found.temperatures.text == pytest.approx(3 * found.temperatures.picture)


def test_without_any_vector_nothing_is_said() -> None:
    found = fit(COLOURS, nothing(3), nothing(3), np.zeros((3, 3), dtype=bool), np.arange(3), 0.9)
    assert found.threshold == NEVER


def test_of_several_values_each_keeps_the_promise() -> None:
    several = head("red", "blue", "green", choice="multiple")
    random = np.random.default_rng(SEED)

    def draw(count: int):
        scores = random.normal(0, 0.1, (count, 5))
        scores[:, 3:] = 0.0
        truth = random.random((count, 3)) < 1 / (1 + np.exp(-(scores[:, :3] / 0.04 - 1)))
        known = truth.any(axis=1)  # of the others nothing is known
        return scores[known], truth[known]

    scores, truth = draw(3_000)
    found = fit(several, scores, nothing(len(scores)), truth, np.arange(len(scores)) % 2, 0.9)
    assert -0.5 < found.temperatures.bias < 1.5
    new, right = draw(5_000)
    rows = logits(new, nothing(len(new)), found.temperatures)
    said = likelihood(several, rows, bias=found.temperatures.bias).values >= found.threshold
    assert right[said].mean() == pytest.approx(0.9, abs=0.02)


def test_the_threshold_is_what_its_formula_says() -> None:
    sure = np.linspace(0.99, 0.5, 50)
    correct = np.arange(50) < 30
    found = threshold(sure, correct, 0.8)

    def expected(t: float) -> float:
        above = sure >= t
        return float((correct[above].sum() + 20 * sure[above].mean()) / (above.sum() + 20))

    assert expected(found) >= 0.8
    assert all(expected(t) < 0.8 for t in sure[sure < found])
    assert threshold(np.full(50, 0.9), np.zeros(50, dtype=bool), 0.8) == NEVER


def test_answers_that_were_rejected_are_known_to_be_wrong() -> None:
    """Of half the products the likeliest value was rejected, and it is not known what would have been right."""
    scores, _ = drawn(1_000, 0.04)
    best = np.eye(3, dtype=bool)[scores[:, :3].argmax(axis=1)]
    rejected = (np.arange(1_000) % 4 < 2)[:, np.newaxis]
    found = fit(COLOURS, scores, nothing(1_000), best & ~rejected, FOLDS, 0.9, best & rejected)
    assert (found.known, found.threshold) == (1_000, NEVER)
    found = fit(COLOURS, scores, nothing(1_000), best & ~rejected, FOLDS, 0.9)
    assert (found.known, found.threshold < 0.9) == (500, True), "without them all seems right"


FOLDS = np.arange(1_000) // 4 % 2
