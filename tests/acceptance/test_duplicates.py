"""Which pictures are the same, on rendered products and CC0 photographs, of the part that chose no threshold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from product_search.images import overlay, small_copy
from tests.acceptance import reports
from tests.acceptance.copies import CC0, Pair, photographed, rendered

SEED = 77_100
LEAST_RECALL, LEAST_PRECISION = 0.98, 0.95


def measured(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Recall and precision, and of each kind of pair the share that is taken for the same."""
    taken: dict[str, list[bool]] = {}
    right = found = there = 0
    for pair in pairs:
        same = overlay(small_copy(pair.one), small_copy(pair.other)).same
        taken.setdefault(pair.kind, []).append(same)
        right, found, there = right + (same and pair.same), found + same, there + pair.same
    return {
        "pairs": sum(map(len, taken.values())),
        "recall": right / there,
        "precision": right / found,
        "taken_for_the_same": {kind: sum(each) / len(each) for kind, each in taken.items()},
    }


def hold(found: dict[str, Any], recall: float = LEAST_RECALL) -> None:
    assert found["recall"] >= recall, found
    assert found["precision"] >= LEAST_PRECISION, found


def test_copies_of_rendered_pictures_are_told_from_what_only_looks_so():
    hold(measured(rendered("check", 20, SEED + 1)), recall=0.95)  # of a hundred copies, a few are luck


@pytest.mark.acceptance_size(name="duplicates")
def test_duplicates():
    if not CC0.is_dir():
        pytest.fail(f"This measurement needs the photographs in {CC0}.", pytrace=False)
    pictures = int(reports.asked("duplicates")["pictures"])
    found = {
        "rendered": measured(rendered("check", pictures, SEED)),
        "photographs": measured(photographed("check", pictures, SEED)),
    }
    reports.write_report("duplicates", sizes={"pictures": pictures}, seeds={"pairs": SEED}, result=found)
    for each in found.values():
        hold(each)
