"""The codes of problems: those that are raised, those that the schema lists and those of the page are the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from product_search.api import codes
from product_search.api.problems import _PICTURE_STATUS
from product_search.api.schema import stored
from product_search.images.decoding import Reason

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "api.md"
#: Where the code stands among the arguments of what is raised.
_PLACES = {"Problem": 1, "InvalidRequest": 0, "KeyRefused": 0}
#: Codes that no call writes out: made of a name, or handed on.
_MADE = {"unknown_currency", "unknown_channel", "repeated_parameter", "too_many_pictures"}


def raised() -> Iterator[str]:
    """The codes that our own code writes out where it raises."""
    for path in sorted((ROOT / "search").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            place = _PLACES.get(name)
            if place is None or len(call.args) <= place or "/indexing/" in str(path):
                continue
            code = call.args[place]
            for each in (code.body, code.orelse) if isinstance(code, ast.IfExp) else (code,):
                if (
                    isinstance(each, ast.Constant)
                    and isinstance(each.value, str)
                    and each.value.isidentifier()
                ):
                    yield each.value


def test_what_is_raised_is_what_is_listed() -> None:
    pictures = set(get_args(Reason)) & _PICTURE_STATUS.keys()
    assert {*raised(), *_MADE, *pictures} == set(codes.every())


def test_the_schema_lists_them() -> None:
    components = stored()["components"]["schemas"]
    reference = components["Problem"]["properties"]["code"]["$ref"]
    assert components[reference.rpartition("/")[2]]["enum"] == codes.every()


def test_the_page_has_the_table_as_it_is_printed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "<!-- codes -->" in page
    assert codes.printed(page) == page, codes.__doc__
