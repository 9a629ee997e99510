"""The photographs of kagl-fashion as training data: they are not ours to ship and lie beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from product_search.training.examples import Example, Telling, read_examples
from tests.acceptance.reports import ROOT

KAGL = ROOT.parent / "shared" / "data" / "kagl-fashion"
#: What is said of each picture, the plainest first, and what tells things apart that are alike.
CAPTIONS = ("{colour} {article_type}", "{title}", "{article_type} for {gender}", "{usage} {article_type}")
TITLE, CATEGORY = "title", "article_type"


def require() -> Path:
    """The data set's folder; without it the measurement fails and says so."""
    if not KAGL.is_dir():
        pytest.fail(f"This measurement needs the data set in {KAGL}.", pytrace=False)
    return KAGL


def examples(part: str) -> list[Example]:
    """The pictures of a part, with what is said of them."""
    return read_examples(KAGL, Telling(CAPTIONS, {"split": part}, TITLE, CATEGORY))
