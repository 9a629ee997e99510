from __future__ import annotations

import itertools

import pytest

from product_search.retrieval.lexical import MOST_SETS, deciding_terms, idf, sufficient_words


@pytest.mark.parametrize("floor", [0.0, 0.3, 0.5, 0.7, 1.0])
def test_a_text_without_a_deciding_term_cant_reach_the_floor(floor: float) -> None:
    weights = {"red": 1.0, "striped": 2.5, "mug": 0.5, "the": 0.1}
    deciding = set(deciding_terms(weights, floor))
    whole = sum(weights.values())
    for size in range(len(weights) + 1):
        for having in itertools.combinations(weights, size):
            covered = sum(weights[term] for term in having) / whole
            if covered >= floor and having:
                assert deciding & set(having)


def test_common_words_decide_nothing() -> None:
    assert deciding_terms({"red": 3.0, "the": 0.1}, 0.5) == ["red"]


def test_rarer_words_weigh_more_and_none_weighs_nothing() -> None:
    weights = [idf(1000, having) for having in (0, 1, 10, 500, 1000, 2000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0


@pytest.mark.parametrize("floor", [0.0, 0.3, 0.5, 0.7, 1.0, 1.5])
def test_a_text_that_reaches_the_floor_has_one_of_the_sets_that_suffice(floor: float) -> None:
    weights = {"red": 1.0, "striped": 2.5, "mug": 0.5, "the": 0.1, "oak": 1.1}
    sets = [set(words) for words in sufficient_words(weights, floor)]
    whole = sum(weights.values())
    for size in range(1, len(weights) + 1):
        for having in itertools.combinations(weights, size):
            covered = sum(weights[term] for term in having) / whole
            reaches = covered >= floor or size == len(weights)
            assert any(words <= set(having) for words in sets) == reaches


def test_two_of_three_equal_words_suffice() -> None:
    assert sufficient_words({"red": 2.0, "oak": 2.0, "mug": 2.0}, 0.5) == [
        ("mug", "oak"),
        ("mug", "red"),
        ("oak", "red"),
    ]


@pytest.mark.parametrize("words", [9, 40, 3000])
@pytest.mark.parametrize("floor", [0.0, 0.5, 1.0])
def test_of_many_words_a_few_sets_of_fewer_are_asked_for(words: int, floor: float) -> None:
    weights = {f"word{number}": 1.0 + number / words for number in range(words)}
    sets = sufficient_words(weights, floor)
    assert len(sets) <= MOST_SETS or sets == [(term,) for term in deciding_terms(weights, floor)]
    if floor == 1.0:
        assert len(sets) == 1
