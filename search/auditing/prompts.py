"""Which sentences of the vocabulary tell a value's products from others, and which mislead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..models.attribute import SLOT
from ..tagging.prompts import TEMPLATES, value_prompts
from .answers import Answers
from .chance import LEVEL, holm, separation, two_sided

#: Products that must have a value before its sentences are judged.
FEWEST = 10
#: How much worse than plain words, or than its siblings, a sentence must be before it is named, in 0..1.
LEAST_GAP = 0.1


@dataclass(frozen=True)
class PromptFigures:
    """A sentence of a value: how often it lies nearer to a product that has the value than to one that has not
    (`tells`, in 0..1, .5 by chance), beside the best of plain words and the value's other sentences (`plainly`); and
    the share of likeliest values that differ where it alone stands for its value.

    `chance`: how probable so large a difference is by chance alone, over all sentences that were looked at.
    """

    value: str
    sentence: str
    tells: float
    plainly: float
    changes: float
    chance: float

    @property
    def misleads(self) -> bool:
        """Whether it is worse than what could stand in its place, by more than chance."""
        return self.plainly - self.tells >= LEAST_GAP and self.chance < LEVEL


def plain_words(answers: Answers) -> dict[str, tuple[str, ...]]:
    """The sentences that would say each value without anybody's care."""
    return {
        value.value: tuple(template.replace(SLOT, value.said) for template in TEMPLATES)
        for value in answers.head.values
    }


def sentences(answers: Answers) -> list[str]:
    """All that `figures` needs the vectors of, each once."""
    own = [each for value in answers.head.values for each in value_prompts(answers.head.attribute, value)]
    plain = [each for said in plain_words(answers).values() for each in said]
    return list(dict.fromkeys([*own, *plain]))


def figures(answers: Answers, vectors: Mapping[str, NDArray[np.float32]]) -> tuple[PromptFigures, ...]:
    """Of every sentence of a value that enough products have, the worst first. `vectors`: unit vectors `(dim,)` of
    `sentences(answers)`. Products without a picture take no part.
    """
    seen = ~np.isnan(answers.pictures).any(axis=1)
    pictures, truth = answers.pictures[seen].astype(np.float64), answers.right[seen]
    plain = plain_words(answers)
    everyone = pictures @ answers.head.vectors.astype(np.float64).T
    likeliest = everyone.argmax(axis=1)
    found = []
    for place, value in enumerate(answers.head.values):
        positive = truth[:, place]
        if positive.sum() < FEWEST or positive.all():
            continue
        own = value_prompts(answers.head.attribute, value)
        told = {
            each: separation(pictures @ vectors[each].astype(np.float64), positive)
            for each in dict.fromkeys((*own, *plain[value.value]))
        }
        for each in own:
            siblings = [told[other] for other in own if other != each] or [told[each]]
            middle = sorted(siblings)[len(siblings) // 2]
            plainest = sorted(told[other] for other in plain[value.value])[len(TEMPLATES) // 2]
            best = max(middle, plainest)
            area, error = told[each]
            apart = max(best[0] - area, 0.0) / max(float(np.hypot(error, best[1])), 1e-9)
            alone = everyone.copy()
            alone[:, place] = pictures @ vectors[each].astype(np.float64)
            changes = float((alone.argmax(axis=1) != likeliest).mean())
            found.append(PromptFigures(value.value, each, area, best[0], changes, two_sided(apart)))
    corrected = holm([each.chance for each in found])
    found = [replace(each, chance=chance) for each, chance in zip(found, corrected, strict=True)]
    return tuple(sorted(found, key=lambda each: each.tells - each.plainly))
