"""The docs say what the code does: option lists are compared with the code that reads them."""

from __future__ import annotations

import dataclasses
import re
import typing
from pathlib import Path

import pytest

from product_search import conf

ROOT = Path(__file__).resolve().parents[2]


def settings_table() -> str:
    types = typing.get_type_hints(conf.Conf)
    rows = ["| setting | type | default | meaning |", "|---|---|---|---|"]
    for spec in dataclasses.fields(conf.Conf):
        named = types[spec.name]
        kind = named.__name__ if isinstance(named, type) else str(named).replace(" | ", " or ")
        default = "required" if spec.default is dataclasses.MISSING else f"`{spec.default!r}`"
        rows.append(f"| `{spec.name.upper()}` | {kind} | {default} | {spec.metadata['meaning']} |")
    return "\n".join(rows)


def test_every_setting_is_documented_as_it_is():
    assert settings_table() in (ROOT / "docs/settings.md").read_text(), (
        "docs/settings.md should hold:\n" + settings_table()
    )


def documents():
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(document):
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []
