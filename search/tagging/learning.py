"""What decisions teach: a linear head on frozen picture vectors, held towards what the sentences say.

Arithmetic alone. A value's sentence is a direction in the space; what is learnt is added to it, and costs as much as it
moves the answers, so that a few decisions can't do harm (multinomial logistic regression with a Gaussian prior around
the zero-shot head, as for instance WiSE-FT and LP++ start from: Wortsman et al., 2022; Huang et al., 2024).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: How much a move of the head costs, from little to much; the one is taken that does best where it was not fitted.
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
#: How much of its share of the decisions a value is taken to be ahead by. With 0 rare values are never said; with 1
#: each is found as often as the others, and frequent ones are taken for rare. So much cost no right answer, by
#: cross-validation among decided photographs.
EVENED = 1 / 3
#: Steps of the optimiser, and how many of the last it remembers (L-BFGS: Liu, Nocedal, 1989).
STEPS, MEMORY = 60, 8
_LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Learned:
    """What is added to the cosines of pictures: `weights` `(v, dim)` and `offsets` `(v,)`, in cosines."""

    weights: NDArray[np.float32]
    offsets: NDArray[np.float32]

    def added(self, pictures: NDArray[np.floating[Any]]) -> Floats:
        """To the cosines of `(n, dim)` pictures, `(n, v)`; NaN where the picture is."""
        moved: Floats = pictures.astype(np.float64) @ self.weights.T.astype(np.float64) + self.offsets
        return moved


@dataclass(frozen=True, eq=False)
class Lesson:
    """Products whose pictures' vectors are known `(n, dim)`, and the logits that the sentences give them `(n, v)`, of
    which a share `(n,)` is the pictures'.

    `right` and `wrong` `(n, v)`: what somebody said that they have, and that they have not. `single`: they have one
    value at most, so the values share a softmax; else a logit stands for its value against none of them.
    """

    pictures: Floats
    logits: Floats
    shares: Floats
    right: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    single: bool

    def of(self, rows: NDArray[np.bool_]) -> Lesson:
        """The lesson of some of the products."""
        return Lesson(
            self.pictures[rows],
            self.logits[rows],
            self.shares[rows],
            self.right[rows],
            self.wrong[rows],
            self.single,
        )

    def with_learned(self, learned: Learned, scale: float) -> Floats:
        """The logits with what was learnt, `scale` of whose cosines are one."""
        moved: Floats = self.logits + self.shares[:, np.newaxis] * learned.added(self.pictures) / scale
        return moved


def evened(lesson: Lesson) -> Lesson:
    """`lesson` as it is learnt from: a value is ahead by its share of the decisions, so that a rare one is learnt by
    what it looks like and not by being rare (logit adjustment: Menon et al., 2021). Of several values each is asked
    for by itself.
    """
    if not lesson.single:
        return lesson
    decided = lesson.right.sum(axis=0) + 1.0
    return replace(lesson, logits=lesson.logits + EVENED * np.log(decided / decided.sum()))


def surprises(lesson: Lesson, logits: Floats) -> Floats:
    """The negative logarithm `(n,)` of what `logits` gave to what each product was said to be."""
    return _surprise(lesson, logits)[0]


def macro_f1(right: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    """The mean F1 of the values that occur, of what is right and what is said `(n, v)`."""
    there = right.any(axis=0)
    both, each = (right & said).sum(axis=0), right.sum(axis=0) + said.sum(axis=0)
    return float((2 * both[there] / each[there]).mean()) if there.any() else 0.0


def learn(lesson: Lesson, strength: float, scale: float) -> Learned:
    """The head that makes `lesson` least surprising; `scale` is how many cosines one logit of it is."""
    middle = lesson.pictures.mean(axis=0)
    values, dim = lesson.logits.shape[1], lesson.pictures.shape[1]
    seen = np.hstack([lesson.pictures - middle, np.ones((len(lesson.pictures), 1))])
    seen *= lesson.shares[:, np.newaxis]

    def cost(flat: Floats) -> tuple[float, Floats]:
        moved = flat.reshape(values, dim + 1)
        lost, slope = _surprise(lesson, lesson.logits + seen @ moved.T)
        gradient = slope.T @ seen + strength * moved
        return float(lost.sum() + strength / 2 * (moved**2).sum()), gradient.ravel()

    moved = _least(cost, np.zeros(values * (dim + 1))).reshape(values, dim + 1) * scale
    weights = moved[:, :-1]
    return Learned(weights.astype(np.float32), (moved[:, -1] - weights @ middle).astype(np.float32))


def best_strength(lesson: Lesson, folds: NDArray[Any], scale: float) -> tuple[float, Floats]:
    """The strength under which each fold is least surprising to what was learnt from the others, and the logits
    `(n, v)` that those gave.
    """
    found: list[tuple[float, float, Floats]] = []
    for strength in STRENGTHS:
        logits = lesson.logits.copy()
        for fold in np.unique(folds):
            own = folds == fold
            logits[own] = lesson.of(own).with_learned(learn(lesson.of(~own), strength, scale), scale)
        found.append((float(surprises(lesson, logits).mean()), strength, logits))
    _, strength, logits = min(found, key=lambda each: each[0])
    return strength, logits


def _surprise(lesson: Lesson, logits: Floats) -> tuple[Floats, Floats]:
    """The surprise of each product `(n,)`, and by how much it grows with each logit `(n, v)`."""
    if not lesson.single:
        chance = 1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0)))
        known = lesson.right | lesson.wrong
        given = np.where(lesson.right, chance, 1.0 - chance)
        lost = -(np.log(np.maximum(given, _LEAST)) * known).sum(axis=1)
        return lost, (chance - lesson.right) * known
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = raised / raised.sum(axis=1, keepdims=True)
    told = lesson.right.any(axis=1, keepdims=True)
    # Of a product of which only what it is not is known: that it is any of the others.
    given = np.where(told, (shares * lesson.right).sum(axis=1, keepdims=True), 0.0)
    others = (shares * ~lesson.wrong).sum(axis=1, keepdims=True)
    among = np.where(told, lesson.right, ~lesson.wrong)
    likely = np.maximum(np.where(told, given, others), _LEAST)
    return -np.log(likely)[:, 0], shares - shares * among / likely


def _least(cost: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    """Where a smooth convex `cost`, which also gives its gradient, is least: L-BFGS with backtracking."""
    at, (value, slope) = start, cost(start)
    moves: list[tuple[Floats, Floats]] = []
    for _ in range(STEPS):
        step = -_towards(slope, moves)
        length = 1.0 if moves else 1.0 / max(float(np.linalg.norm(slope)), 1.0)
        falls = float(slope @ step)
        while True:
            new = at + length * step
            reached, new_slope = cost(new)
            if reached <= value + 1e-4 * length * falls or length < 1e-8:
                break
            length /= 2
        moved, turned = new - at, new_slope - slope
        if float(moved @ turned) > _LEAST:
            moves = [*moves[-MEMORY + 1 :], (moved, turned)]
        done = value - reached < 1e-5 * max(abs(value), 1.0)
        at, value, slope = new, reached, new_slope
        if done:
            break
    return at


def _towards(slope: Floats, moves: Sequence[tuple[Floats, Floats]]) -> Floats:
    """The slope by the inverse of the curvature that the last moves showed (two-loop recursion)."""
    found, kept = slope.copy(), []
    for moved, turned in reversed(moves):
        share = float(moved @ found) / float(moved @ turned)
        found -= share * turned
        kept.append(share)
    if moves:
        moved, turned = moves[-1]
        found *= float(moved @ turned) / float(turned @ turned)
    for (moved, turned), share in zip(moves, reversed(kept), strict=True):
        found += moved * (share - float(turned @ found) / float(moved @ turned))
    return found
