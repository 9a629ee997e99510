"""How a model is scored: products asked for by their titles among pictures, by id and by equal title."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .examples import Example
from .figures import Retrieval, Vectors, best_ranks

#: How little recall and MRR may differ to be the same: of a thousand titles either is known no better.
SAME_RECALL, SAME_MRR = 0.005, 0.01


@dataclass(frozen=True)
class Found:
    """Titles asked for among pictures: hits are the product's own pictures, or those of any product of that title."""

    by_id: Retrieval
    by_title: Retrieval
    asked: int
    pictures: int


def rank(found: Found) -> tuple[int, int]:
    """What weights are chosen by: how many products are among the first ten, and then how high they stand.

    Figures that differ by less than `SAME_RECALL` and `SAME_MRR` are the same. Where nearly all are found, which of
    the last few are is chance, and would decide for weights that set them far lower; and chance would decide for
    weights from before the rate came down, which tell less of what no title asks for.
    """
    return math.floor(found.by_id.recall_10 / SAME_RECALL), math.floor(found.by_id.mrr / SAME_MRR)


def titles_found(queries: Vectors, pictures: Vectors, examples: Sequence[Example]) -> Found:
    """The figures of `examples`, whose titles by `questions` and pictures have these unit vectors."""
    asked = questions(examples)
    identities = [example.identity for example in examples]
    titles = [example.asked.lower() for example in examples]
    by_id = best_ranks(queries, pictures, [identity for _, identity in asked], identities)
    by_title = best_ranks(queries, pictures, [title.lower() for title, _ in asked], titles)
    return Found(Retrieval.of_ranks(by_id), Retrieval.of_ranks(by_title), len(asked), len(examples))


def questions(examples: Sequence[Example]) -> list[tuple[str, str]]:
    """What is asked: each title of a product once, with what it is one of."""
    return list(dict.fromkeys((example.asked, example.identity) for example in examples))
