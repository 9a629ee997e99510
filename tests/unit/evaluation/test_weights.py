from __future__ import annotations

import pytest

from product_search.evaluation import Run, Setup
from product_search.evaluation.judged import Topic
from product_search.evaluation.store import StoredQuery
from product_search.evaluation.weights import Proposal, proposals


@pytest.mark.parametrize(
    ("reached", "best"),
    [
        ({0.1: 0.70, 0.3: 0.80, 0.5: 0.75}, 0.3),
        # What is set stays where nothing is worth the change.
        ({0.1: 0.7505, 0.3: 0.7515, 0.5: 0.75}, 0.5),
        # Of those that are as good as each other, the one that changes least.
        ({0.1: 0.8005, 0.3: 0.80, 0.5: 0.75}, 0.3),
        ({0.5: 0.0}, 0.5),
    ],
)
def test_the_best_weight_is_what_reaches_more_than_the_present_one(
    reached: dict[float, float], best: float
) -> None:
    assert Proposal("VECTOR_WEIGHT", 0.5, reached).best == best


def query(name: str, kind: str, text: str = "", picture: str = "") -> StoredQuery:
    return StoredQuery(Topic(name, kind, "tune", "en", text, picture), grades={1: 3})


def test_each_value_is_measured_over_the_queries_that_depend_on_it_and_kinds_count_alike() -> None:
    asked = [
        query("one", "attribute", "red mug"),
        query("two", "attribute", "red bowl"),
        query("three", "typo", "red mgu"),
        query("look", "picture", picture="red.png"),
    ]

    def run(queries: list[StoredQuery], setup: Setup) -> Run:
        conf = setup.conf()
        reached = {
            "one": 1 - conf.vector_weight,
            "two": 1 - conf.vector_weight,
            "three": 0.5,
            "look": conf.described_weight,
        }
        return Run(
            setup.name,
            {each.topic.name: {"nDCG@10": reached[each.topic.name]} for each in queries},
            {each.topic.name: each.topic.kind for each in queries},
            {},
        )

    words, pictures = proposals(asked, run)
    assert (words.weight, words.now, words.best) == ("VECTOR_WEIGHT", 0.5, 0.1)
    assert words.reached[0.1] == pytest.approx((0.9 + 0.5) / 2)
    assert (pictures.weight, pictures.now, pictures.best) == ("DESCRIBED_WEIGHT", 0.75, 1.0)
    assert [each.weight for each in proposals(asked[:1], run)] == ["VECTOR_WEIGHT"]
