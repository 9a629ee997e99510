"""When a head that was learnt may be used: rare values are not to pay, as far as can be told."""

from __future__ import annotations

import numpy as np
import pytest

from product_search.tagging.learning import Lesson
from product_search.tagging.teaching import _is_fair, _is_useful


def lesson(each: tuple[int, ...], said: tuple[tuple[int, int], ...]) -> tuple[Lesson, np.ndarray]:
    """Products, `each` of so many of a value, that the sentences answer rightly; and answers that say the next value
    of so many products of one: `(value, how many)`."""
    truth = np.repeat(np.arange(len(each)), each)
    right = np.eye(len(each), dtype=bool)[truth]
    answers = truth.copy()
    for value, many in said:
        answers[np.flatnonzero(truth == value)[:many]] = (value + 1) % len(each)
    given = Lesson(np.zeros((len(truth), 2)), right * 1.0, np.ones(len(truth)), right, ~right, single=True)
    return given, np.eye(len(each))[answers]


@pytest.mark.parametrize(
    ("each", "said", "fair"),
    [
        ((20, 2, 2), (), True),
        # One product of a rare value says nothing of that value.
        ((20, 2, 2), ((1, 1),), True),
        ((20, 2, 2), ((1, 2), (2, 1)), False),
        ((200, 20, 20), ((1, 10),), False),
        # Of a frequent value as many are a small part.
        ((200, 20, 20), ((0, 1),), True),
        ((200, 20, 20), ((0, 40),), False),
    ],
)
def test_values_are_found_as_often_as_before(
    each: tuple[int, ...], said: tuple[tuple[int, int], ...], fair: bool
) -> None:
    assert _is_fair(*lesson(each, said)) is fair


@pytest.mark.parametrize(
    ("fewer_right", "surer", "useful"),
    [
        (0, 3.0, True),
        (0, 0.0, False),
        # One right answer less of a hundred is chance; a fifth is not, however sure the others are.
        (1, 3.0, True),
        (20, 9.0, False),
    ],
)
def test_a_head_that_is_surer_of_what_is_right_is_used(fewer_right: int, surer: float, useful: bool) -> None:
    given, _ = lesson((50, 50), ())
    answers = given.logits * (1 + surer)
    wrong = np.array([*range(0, 100, 2), *range(1, 100, 2)])[:fewer_right]  # of both values
    answers[wrong] = answers[wrong, ::-1]
    assert _is_useful(given, answers) is useful
