"""What decisions teach, against slopes taken by differences, and against products that taught nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from product_search.tagging import learning
from product_search.tagging.learning import (
    STRENGTHS,
    Learned,
    Lesson,
    _least,
    _surprise,
    best_strength,
    evened,
    learn,
    surprises,
)

SEED = 7_301
DIM, VALUES = 12, 4


def lesson(
    count: int,
    *,
    seed: int = SEED,
    single: bool = True,
    noise: float = 0.3,
    shares: tuple[float, ...] = (1 / VALUES,) * VALUES,
) -> Lesson:
    """Pictures of values that the sentences confuse: their logits say next to nothing, their vectors all."""
    random = np.random.default_rng(seed)
    kinds = random.choice(VALUES, count, p=shares)
    pictures = np.eye(VALUES, DIM)[kinds] + random.normal(0, noise, (count, DIM))
    pictures /= np.linalg.norm(pictures, axis=1, keepdims=True)
    right = np.eye(VALUES, dtype=bool)[kinds]
    logits = random.normal(0, 1, (count, VALUES)) + right
    return Lesson(pictures, logits, np.ones(count), right, ~right, single)


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("told", ["right", "wrong alone"])
def test_the_slope_of_surprise_is_that_of_differences(single: bool, told: str) -> None:
    given = lesson(6, single=single)
    if told != "right":
        one_wrong = np.eye(VALUES, dtype=bool)[np.arange(6) % VALUES]
        given = replace(given, right=np.zeros_like(given.right), wrong=one_wrong)
    lost, slope = _surprise(given, given.logits)
    for row in range(6):
        for value in range(VALUES):
            moved = given.logits.copy()
            moved[row, value] += 1e-6
            by = (_surprise(given, moved)[0][row] - lost[row]) / 1e-6
            assert by == pytest.approx(slope[row, value], abs=1e-4)


def test_the_least_is_found_where_it_is_known() -> None:
    random = np.random.default_rng(SEED)
    spread = random.normal(0, 1, (30, 10))
    curved, aim = spread.T @ spread + np.eye(10), random.normal(0, 1, 10)
    found = _least(lambda at: (float(at @ curved @ at / 2 - aim @ at), curved @ at - aim), np.zeros(10))
    assert found == pytest.approx(np.linalg.solve(curved, aim), abs=1e-2)


@pytest.mark.parametrize("single", [True, False])
def test_more_decisions_teach_more(single: bool) -> None:
    new = lesson(2_000, seed=SEED + 1, single=single)
    lost = [float(surprises(new, new.logits).mean())]
    for count in (40, 200, 1_000):
        given = lesson(count, single=single)
        strength, _ = best_strength(given, np.arange(count) % 3, 0.05)
        lost.append(float(surprises(new, new.with_learned(learn(given, strength, 0.05), 0.05)).mean()))
    assert lost == sorted(lost, reverse=True)
    assert lost[-1] < lost[0] / 2


def test_a_strength_that_does_worse_does_not_end_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does harm may lie between what does little and what does most good."""
    good = dict.fromkeys(STRENGTHS, -0.1) | {min(STRENGTHS): 0.0, max(STRENGTHS): 0.0, 0.3: 0.3}

    def learned(given: Lesson, strength: float, scale: float) -> Learned:
        weights = good[strength] * np.eye(VALUES, DIM, dtype=np.float32)
        return Learned(weights, np.zeros(VALUES, dtype=np.float32))

    monkeypatch.setattr(learning, "learn", learned)
    assert best_strength(lesson(60), np.arange(60) % 3, 0.05)[0] == 0.3


def test_what_teaches_nothing_moves_nothing() -> None:
    """Pictures that say nothing of their values: the sentences stay as they are, but for what they cost."""
    random = np.random.default_rng(SEED)
    given = lesson(60)
    given = replace(given, pictures=random.permutation(given.pictures))
    strength, _ = best_strength(given, np.arange(60) % 3, 0.05)
    assert strength == max(STRENGTHS)
    new = lesson(2_000, seed=SEED + 1)
    new = replace(new, pictures=random.permutation(new.pictures))
    before = surprises(new, new.logits).mean()
    after = surprises(new, new.with_learned(learn(given, strength, 0.05), 0.05)).mean()
    assert after < before + 0.02


def test_that_a_value_is_wrong_teaches_too() -> None:
    given = lesson(600)
    random = np.random.default_rng(SEED)
    denied = ~given.right & (random.random(given.right.shape) < 0.6)
    given = replace(given, right=np.zeros_like(given.right), wrong=denied)
    new = lesson(2_000, seed=SEED + 1)
    learned = learn(given, 1.0, 0.05)
    assert surprises(new, new.with_learned(learned, 0.05)).mean() < surprises(new, new.logits).mean() / 2


def test_texts_keep_their_share() -> None:
    given = lesson(300)
    halved = replace(given, shares=np.full(300, 0.5))
    learned = learn(halved, 1.0, 0.05)
    moved = halved.with_learned(learned, 0.05) - halved.logits
    assert moved == pytest.approx(0.5 * learned.added(halved.pictures) / 0.05)


def test_rare_values_are_learnt_by_what_they_look_like() -> None:
    """A part of the way to finding each as often as the others: more of the rare ones, and hardly fewer of all."""
    shares = (0.88, 0.04, 0.04, 0.04)
    given, new = lesson(400, noise=0.6, shares=shares), lesson(4_000, seed=SEED + 1, noise=0.6, shares=shares)

    def found(learnt_from: Lesson) -> tuple[float, float]:
        """The share of all that is answered rightly, and the mean of that over values."""
        strength, _ = best_strength(learnt_from, np.arange(400) % 3, 0.05)
        best = new.with_learned(learn(learnt_from, strength, 0.05), 0.05).argmax(axis=1)
        right = new.right[np.arange(len(best)), best]
        return float(right.mean()), float(np.mean([right[new.right[:, at]].mean() for at in range(VALUES)]))

    (all_plain, each_plain), (all_evened, each_evened) = found(given), found(evened(given))
    assert each_evened >= each_plain + 0.1
    assert all_evened >= all_plain - 0.03


def test_several_values_are_each_learnt_by_themselves() -> None:
    given = lesson(40, single=False)
    assert evened(given) is given
