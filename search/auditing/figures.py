"""How often answers are right: by value, by how sure they are, and what is taken for what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tagging import learning
from .answers import Answers

#: Equally wide bins of how sure an answer is.
BINS = 10
#: Pairs of values that are taken for one another, and products shown of each.
MOST_CONFUSED, MOST_SHOWN = 6, 4


@dataclass(frozen=True)
class ValueFigures:
    """Of one value: products that have it, products of which it is said, and of how many it is said rightly."""

    value: str
    known: int
    said: int
    right: int

    @property
    def precision(self) -> float | None:
        """Of what is said, how much is right; None where nothing is."""
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float:
        """Of the products that have it, of how many it is said; `known` is at least 1."""
        return self.right / self.known


@dataclass(frozen=True)
class Bin:
    """Answers that are about as sure: how sure on average, how many of them are right, and how many they are."""

    sure: float
    right: float
    count: int


@dataclass(frozen=True)
class Confusion:
    """Products of `value` that look most like `taken_for`: how many, and the surest by their keys."""

    value: str
    taken_for: str
    count: int
    shown: tuple[Any, ...]


def by_value(answers: Answers) -> tuple[ValueFigures, ...]:
    """Of each value that some known product has. What is said above it in a hierarchy is not counted for it."""
    rightly = answers.said & answers.truth
    wide = answers.said & answers.right
    found = []
    for place, value in enumerate(answers.head.values):
        known, said = int(answers.truth[:, place].sum()), int(answers.said[:, place].sum())
        if known or said:
            right = wide if answers.head.below[place].sum() > 1 else rightly
            found.append(ValueFigures(value.value, known, said, int(right[:, place].sum())))
    return tuple(each for each in found if each.known)


def macro_f1(answers: Answers) -> float:
    """The mean over values that products have of the F1 of the likeliest value, said or not; of an attribute with
    several, of what is likelier than not.
    """
    told = np.zeros_like(answers.truth)
    if answers.head.single:
        told[np.arange(len(told)), answers.likeliest] = True
    else:
        told = answers.own > 0.5
    return learning.macro_f1(answers.truth, told)


def reliability(answers: Answers) -> tuple[Bin, ...]:
    """Bins of how sure answers are, those without any left out."""
    sure, right = _sure(answers)
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    return tuple(
        Bin(
            float(sure[places == place].mean()),
            float(right[places == place].mean()),
            int((places == place).sum()),
        )
        for place in np.unique(places)
    )


def calibration_error(bins: tuple[Bin, ...]) -> float:
    """Expected calibration error (Guo et al., On Calibration of Modern Neural Networks, 2017), in 0..1."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.sure - each.right) for each in bins) / total


def confusions(answers: Answers) -> tuple[Confusion, ...]:
    """What is most often taken for what, the most frequent first; of an attribute with one value alone."""
    if not answers.head.single:
        return ()
    taken: dict[tuple[int, int], list[int]] = defaultdict(list)
    likeliest = answers.likeliest
    for row in np.flatnonzero(~answers.found).tolist():
        taken[int(answers.truth[row].argmax()), int(likeliest[row])].append(row)
    most = sorted(taken.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_CONFUSED]
    values = answers.head.values
    return tuple(
        Confusion(
            values[true].value,
            values[other].value,
            len(rows),
            tuple(
                answers.keys[row]
                for row in sorted(rows, key=lambda row: -answers.own[row, other])[:MOST_SHOWN]
            ),
        )
        for (true, other), rows in most
    )


def _sure(answers: Answers) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How sure each answer is, and whether it is right: the likeliest value of each product, else every value."""
    if not answers.head.single:
        return answers.own.ravel(), answers.truth.ravel()
    rows = np.arange(len(answers.keys))
    return answers.own[rows, answers.likeliest], answers.right[rows, answers.likeliest]
