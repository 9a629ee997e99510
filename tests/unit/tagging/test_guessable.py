from __future__ import annotations

import pytest

from product_search.tagging.guessable import is_guessable


@pytest.mark.parametrize(
    "words",
    ["42", "XL", "xs", "3XL", "M", "10 cm", "size 43", "set of four", "pair", "Zwölf Stück", "Set mit Deckel",
     "2-piece", "one size", "4er-Set"],
)  # fmt: skip
def test_numbers_sizes_and_counts_are_not_guessed(words: str) -> None:
    assert not is_guessable(words)


@pytest.mark.parametrize(
    "words", ["red", "v-neck", "polka dot", "someone", "Sette", "stone", "wax", "lamp", "petal"]
)
def test_other_words_are(words: str) -> None:
    assert is_guessable(words)
