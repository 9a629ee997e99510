from __future__ import annotations

from math import log2

import pytest

from product_search.evaluation.measures import answers_found, answers_wanted, score


def test_a_ranking_is_measured_as_by_hand():
    wanted = {"query": {"a": 3, "b": 2, "c": 1, "d": 2}}
    scores = score(wanted, {"query": ["c", "x", "a", "b"]})["query"]
    gained = 1 / log2(2) + 0 / log2(3) + 3 / log2(4) + 2 / log2(5)
    ideal = 3 / log2(2) + 2 / log2(3) + 2 / log2(4) + 1 / log2(5)
    assert scores["nDCG@10"] == pytest.approx(gained / ideal, abs=1e-9)
    assert scores["MRR"] == pytest.approx(1 / 3)  # c has the type alone, which is no answer
    assert scores["R@10"] == pytest.approx(2 / 3)
    assert scores["empty"] == 0


def test_only_the_first_ten_count_for_ndcg_and_more_for_recall():
    wanted = {"query": {"a": 3, "b": 3}}
    hits = [f"x{n}" for n in range(9)] + ["a", "b"]
    scores = score(wanted, {"query": hits})["query"]
    assert scores["nDCG@10"] == pytest.approx((3 / log2(11)) / (3 / log2(2) + 3 / log2(3)))
    assert (scores["R@10"], scores["R@50"]) == (0.5, 1.0)


def test_the_order_given_is_the_order_measured_past_ten_places_too():
    # As text "10" sorts before "9": scores are made of places, never of names.
    hits = [str(n) for n in range(20)]
    scores = {str(n): score({"q": {str(n): 3}}, {"q": hits})["q"]["MRR"] for n in range(20)}
    assert scores == {str(n): pytest.approx(1 / (n + 1)) for n in range(20)}


def test_an_empty_answer_counts_as_nothing_found_beside_others_and_alone():
    wanted = {"one": {"a": 3}, "two": {"a": 3}}
    scores = score(wanted, {"one": ["a"], "two": []})
    assert scores["one"]["nDCG@10"] == 1
    assert scores["two"] == {"empty": 1.0, "nDCG@10": 0.0, "MRR": 0.0, "R@10": 0.0, "R@50": 0.0}
    assert score({"two": {"a": 3}}, {})["two"]["nDCG@10"] == 0


def test_of_a_query_that_nothing_answers_only_the_empty_answer_is_measured():
    assert score({"none": {}, "zero": {"a": 0}}, {"none": ["a"], "zero": []}) == {
        "none": {"empty": 0.0},
        "zero": {"empty": 1.0},
    }


def test_a_group_counts_once_and_only_where_its_best_member_is_shown():
    groups = {1: "mug", 2: "mug", 3: "bowl", 4: "vase", 5: "pen"}
    grades = {1: 3, 2: 1, 3: 2, 9: 3}  # 9 is not to be seen
    wanted = answers_wanted(grades, groups)
    assert wanted == {"mug": 3, "bowl": 2}
    assert answers_found([4, 1, 3], grades, groups, wanted) == ["vase", "mug", "bowl"]
    found = answers_found([2, 3], grades, groups, wanted)
    assert found == ["mug (another variant)", "bowl"]
    assert score({"q": wanted}, {"q": found})["q"]["MRR"] == 0.5


def test_the_product_that_a_picture_was_taken_from_is_no_answer_nor_are_its_variants():
    groups = {1: "mug", 2: "mug", 3: "bowl"}
    grades = {2: 3, 3: 2}
    wanted = answers_wanted(grades, groups, "mug")
    assert wanted == {"bowl": 2}
    assert answers_found([1, 3], grades, groups, wanted, "mug") == ["bowl"]
