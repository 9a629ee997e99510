from __future__ import annotations

import itertools

import pytest

from product_search.retrieval.lexical import deciding_terms, idf


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
