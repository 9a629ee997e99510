from __future__ import annotations

from pathlib import Path

import numpy as np

from product_search.training.examples import Example
from product_search.training.figures import Retrieval
from product_search.training.titles import Found, questions, rank, titles_found


def example(group: str, title: str, label: str = "") -> Example:
    return Example(Path("shop"), "a.png", group, ("mug",), label=label, title=title)


#: Two pictures of one product, another product of that title in other letters, and one without a title.
SHOWN = [example("1", "Nord"), example("1", "Nord"), example("2", "NORD"), example("3", "")]


def test_a_title_is_asked_for_once_for_a_product_and_the_plain_caption_where_there_is_none():
    assert questions(SHOWN) == [("Nord", "1"), ("NORD", "2"), ("mug", "3")]


def test_hits_are_the_products_own_pictures_or_those_of_its_title():
    pictures = np.eye(4)
    queries = np.array([[0.5, 0.2, 0.9, 0.1], [0.9, 0.4, 0.5, 0.6], [0.4, 0.3, 0.2, 0.1]])
    found = titles_found(queries, pictures, SHOWN)
    assert (found.asked, found.pictures) == (3, 4)
    assert found.by_id.mrr == (1 / 2 + 1 / 3 + 1 / 4) / 3
    assert found.by_title.mrr == (1 + 1 + 1 / 4) / 3
    assert (found.by_id.recall_1, found.by_title.recall_1) == (0, 2 / 3)


def test_of_a_labelled_photograph_only_its_label_is_known():
    shown = [example("sender", "", "Hat"), example("sender", "", "Pants"), example("other", "", "Hat")]
    assert questions(shown) == [("mug", "Hat"), ("mug", "Pants")]


def test_a_last_few_that_are_found_by_chance_do_not_decide():
    def found(recall: float, mrr: float) -> Found:
        return Found(Retrieval(recall_10=recall, mrr=mrr), Retrieval(), 1_000, 1_000)

    assert rank(found(0.996, 0.9)) > rank(found(0.999, 0.7))
    assert rank(found(0.96, 0.7)) > rank(found(0.95, 0.9))
    assert rank(found(0.996, 0.804)) == rank(found(0.999, 0.809))
