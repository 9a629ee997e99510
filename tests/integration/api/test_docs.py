"""docs/api.md names every error code there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from product_search.images import Reason

ROOT = Path(__file__).resolve().parents[3]
RAISED = (
    re.compile(r'Problem\(\s*\d{3},\s*"(\w+)"'),
    re.compile(r'InvalidRequest\(\s*"(\w+)"'),
    re.compile(r'KeyRefused\(\s*"(\w+)"'),
)


def test_the_documented_codes_are_those_that_are_raised() -> None:
    rooms = ("api", "keys", "retrieval", "tagging")
    sources = [source for room in rooms for source in (ROOT / "search" / room).glob("*.py")]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    raised = {code for pattern in RAISED for code in pattern.findall(text)} | set(get_args(Reason))
    table = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").partition("| status | codes |")[2]
    rows = [row for row in table.splitlines() if row.startswith("| ")]
    documented = {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)} - {"instance"}
    assert documented == raised
