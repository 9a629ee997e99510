from __future__ import annotations

import pytest

from product_search.finetuning.figures import Figure, paired, verdict


def leading(low: float, high: float, *, by: str = "title") -> Figure:
    return Figure("MRR", by, "en", 50, 60, 0.4, 0.4, low, high)


def test_a_difference_has_the_interval_of_paired_questions():
    figure = paired("recall@1", "id", "en", 9, [True, True, True, False], [False, True, False, False])
    assert (figure.new, figure.serving, figure.questions, figure.choices) == (0.75, 0.25, 4, 9)
    # The differences 1, 0, 1, 0 have a deviation of .577, so a standard error of .289.
    assert figure.low == pytest.approx(0.5 - 1.96 * 0.28868, abs=1e-3)
    assert figure.high == 1.0


def test_one_question_is_sure_of_nothing():
    figure = paired("MRR", "title", "en", 3, [1.0], [0.1])
    assert (figure.low, figure.high) == (-1.0, 1.0)
    assert verdict([figure]) == "unsure"


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ([leading(0.01, 0.2)], "better"),
        ([leading(-0.2, -0.01)], "worse"),
        ([leading(-0.1, 0.1)], "unsure"),
        ([leading(0.01, 0.2), leading(-0.2, -0.01)], "mixed"),
        ([leading(0.01, 0.2), leading(-0.2, -0.01, by="id")], "better"),
        ([], "unsure"),
    ],
)
def test_only_what_leads_decides_and_only_where_it_is_sure(figures, expected):
    assert verdict(figures) == expected
