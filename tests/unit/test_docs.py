"""The docs say what the code does: option lists are compared with the code that reads them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from product_search import conf, settings_page

ROOT = Path(__file__).resolve().parents[2]


PAGE = ROOT / "docs/settings.md"


def test_the_settings_page_is_as_it_is_printed():
    assert settings_page.printed(PAGE.read_text()) == PAGE.read_text(), (
        "out of date: python -m product_search.conf docs/settings.md"
    )


@pytest.mark.parametrize("spec", dataclasses.fields(conf.Conf), ids=lambda spec: spec.name)
def test_every_setting_is_documented_as_it_is(spec):
    (row,) = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{spec.name.upper()}` |")]
    _, _, kind, default, meaning, _ = (cell.strip() for cell in row.split("|"))
    assert kind.split(",")[0].split(" ")[0] in spec.type
    assert meaning == spec.metadata["meaning"]
    assert default == ("required" if spec.default is dataclasses.MISSING else f"`{spec.default!r}`")


def documents():
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(document):
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []
