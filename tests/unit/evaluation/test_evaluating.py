from __future__ import annotations

import json

import pytest

from product_search.evaluation import BadRun, BadSetup, Run
from product_search.evaluation.evaluating import compare, largest, read_least, stored_run, table
from product_search.evaluation.plot import write_plot
from product_search.evaluation.setups import read_setup

KINDS = {"a": "attribute", "b": "attribute", "k": "known_item", "n": "nothing_fits"}


def run(setup: str, a: float, b: float, k: float) -> Run:
    scores = {
        name: {"nDCG@10": value, "MRR": value, "R@10": value, "R@50": 1.0, "empty": 0.0}
        for name, value in (("a", a), ("b", b), ("k", k))
    }
    return Run(setup, {**scores, "n": {"empty": 1.0}}, KINDS, {name: f"words {name}" for name in KINDS})


def test_means_are_by_kind_and_over_all():
    found = run("hybrid", 0.5, 1.0, 0.9)
    assert found.rows == ("attribute", "known_item", "nothing_fits", "all")
    assert found.means("attribute")["nDCG@10"].value == 0.75
    assert found.means("all")["nDCG@10"].value == pytest.approx(0.8)
    assert found.means("all")["empty"].value == 0.25
    assert "nDCG@10" not in found.means("nothing_fits")


def test_two_runs_are_compared_over_the_queries_of_both():
    first, second = run("hybrid", 0.5, 1.0, 0.9), run("keyword", 0.7, 0.4, 0.9)
    found = compare(first, second, "attribute", "nDCG@10")
    assert found.mean.value == pytest.approx(0.2)
    assert (found.better, found.worse, found.mean.queries) == (1, 1, 2)
    assert compare(first, second, "nothing_fits", "nDCG@10") is None
    differing = [name for name, _ in largest(first, second, "nDCG@10", 5)]
    assert differing == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nDCG@10=0.79", None),
        ("nDCG@10=0.81", "nDCG@10 of all is 0.8000 with hybrid, under 0.81."),
        ("attribute:MRR=0.76", "MRR of attribute is 0.7500 with hybrid, under 0.76."),
        ("known_item:MRR=0.9", None),
        ("nothing_fits:MRR=0", "hybrid has no MRR of nothing_fits, asked for 0."),
        ("typo:MRR=0", "hybrid has no MRR of typo, asked for 0."),
    ],
)
def test_what_must_be_reached(text, problem):
    assert read_least(text).problem(run("hybrid", 0.5, 1.0, 0.9)) == problem


@pytest.mark.parametrize("text", ["nDCG@10", "nDCG=0.5", "nDCG@10=much", "nDCG@10=2", ":MRR=0.5", "empty=0"])
def test_a_limit_that_is_none_is_refused(text):
    with pytest.raises(BadRun, match="--fail-under"):
        read_least(text)


def test_a_run_comes_back_from_its_file(tmp_path):
    found = run("hybrid", 0.5, 1.0, 0.9)
    (tmp_path / "before.json").write_text(json.dumps({"runs": [found.as_json()]}))
    assert stored_run(tmp_path / "before.json") == found
    (tmp_path / "odd.json").write_text("{}")
    with pytest.raises(BadRun, match="is not what evaluate_search --json writes"):
        stored_run(tmp_path / "odd.json")


def test_a_person_can_read_it():
    lines = table([run("hybrid", 0.5, 1.0, 0.9), run("keyword", 0.7, 0.4, 0.9)])
    assert lines[1].split()[:4] == ["attribute", "hybrid", "2", "0.750"]
    assert lines[2].split()[:4] == ["attribute", "keyword", "2", "0.550"]
    assert lines[5].split() == ["nothing_fits", "hybrid", "1", "-", "-", "-", "-", "1.000"]
    assert len(lines) == 1 + 4 * 2


def test_the_same_figures_are_the_same_plot(tmp_path):
    runs = [run("hybrid", 0.5, 1.0, 0.9), run("keyword", 0.7, 0.4, 0.9)]
    for name in ("one.svg", "two.svg"):
        write_plot(tmp_path / name, runs, runs[1], "nDCG@10")
    drawn = (tmp_path / "one.svg").read_bytes()
    assert drawn == (tmp_path / "two.svg").read_bytes()
    assert b"<svg" in drawn


def test_a_set_up_is_legs_and_settings(settings):
    assert read_setup("hybrid").legs is None
    assert read_setup("hybrid").conf().relevance_floor == 0.5
    changed = read_setup("hybrid:VECTOR_WEIGHT=0.3,LEG_SIZE=90").conf()
    assert (changed.vector_weight, changed.leg_size) == (0.3, 90)
    alone = read_setup("picture")
    assert alone.legs == {"text-picture", "picture-picture"}
    assert alone.conf().relevance_floor == 0
    assert alone.understanding
    assert not read_setup("keyword:UNDERSTANDING=off,LEG_SIZE=90").understanding


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("words", "write hybrid, keyword, text, picture"),
        ("hybrid:ENCODER=x", "'ENCODER=x' is no setting of a search"),
        ("hybrid:UNDERSTANDING=no", "'UNDERSTANDING=no' is no setting"),
        ("hybrid:VECTOR_WEIGHT", "'VECTOR_WEIGHT' is no setting"),
        ("hybrid:VECTOR_WEIGHT=much", "'much' is no number"),
        ("hybrid:VECTOR_WEIGHT=7", "Set it between 0 and 1"),
        ("hybrid:VECTOR_WEIGHT=NaN", "'NaN' is no number"),
    ],
)
def test_what_is_no_set_up_says_how_to_write_one(text, message):
    with pytest.raises(BadSetup, match=message):
        read_setup(text)
