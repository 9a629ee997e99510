"""`manage.py measure_recall`: what it measures, proposes and remembers."""

from __future__ import annotations

from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from product_search.retrieval import recall
from product_search.retrieval.recall import Recall, Report

from .shelf import Shelf
from .test_index_path import large, stocked

__all__ = ["large", "stocked"]  # fixtures


def run(*arguments: str) -> str:
    written = StringIO()
    call_command("measure_recall", *arguments, stdout=written, verbosity=0)
    return written.getvalue()


def test_without_an_index_there_is_nothing_to_miss(shelf: Shelf) -> None:
    assert "every scan is exact" in run()
    assert recall.measured("default") is None


@pytest.mark.parametrize("arguments", [("--queries", "0"), ("--ef-search", "5"), ("--ef-search", "2000")])
def test_what_cant_be_measured_is_refused(shelf: Shelf, arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match=r"expected"):
        run(*arguments)


def test_the_smallest_breadth_that_reaches_it_for_every_pair_is_proposed() -> None:
    def measured(*means: tuple[int, float, float]) -> Report:
        pairs = ("text-text", "text-picture")
        return Report(
            1,
            tuple(
                Recall(pair, breadth, mean, mean, 1.0)  # type: ignore[arg-type]
                for breadth, *both in means
                for pair, mean in zip(pairs, both, strict=True)
            ),
        )

    assert measured((40, 0.99, 0.9), (80, 0.99, 0.98), (200, 1.0, 1.0)).proposed == 80
    assert measured((40, 0.9, 0.9)).proposed is None
    assert Report(1, ()).proposed is None
    assert np.isclose(recall.WANTED, 0.98)


# Last: the filled shop stays until the end of the file.


def test_every_pair_that_an_index_serves_is_measured_and_remembered(large: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 30, "EF_SEARCH": 60}
    said = run("--queries", "5", "--ef-search", "40", "--ef-search", "200")
    for pair in recall.PAIRS:
        assert said.count(f"\n{pair} ") == 3  # the breadth in use, too
    assert "<- in use" in said
    age, remembered = recall.measured("default") or (None, {})
    assert age is not None
    assert age < 60
    assert (remembered["ef_search"], remembered["queries"]) == (60, 5)
    assert set(remembered["pairs"]) == set(recall.PAIRS)
    assert all(0.9 <= pair["low"] <= pair["mean"] <= 1 for pair in remembered["pairs"].values())
    assert remembered["proposed"] in (40, 60, 200)
    assert f'EF_SEARCH"] = {remembered["proposed"]}' in said or f"EF_SEARCH {remembered['proposed']}" in said


def test_an_index_that_misses_is_seen_to_miss(large: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge reads every row: what an index leaves out lowers recall by just that much."""
    honest = recall._approximate

    def forgetful(leg: Any) -> list[float]:
        return honest(leg)[::2]

    monkeypatch.setattr(recall, "_approximate", forgetful)
    report = recall.measure(4, (200,))
    assert {each.pair for each in report.found} == set(recall.PAIRS)
    for each in report.found:
        assert each.mean == pytest.approx(0.5, abs=0.05)
    assert report.proposed is None
