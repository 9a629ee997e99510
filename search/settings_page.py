"""Every setting as a table for people: `python -m product_search.conf [PAGE]` prints it, or fills it into a page."""

from __future__ import annotations

import re
import sys
import typing
from collections.abc import Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Literal

from .conf import Conf, one_of


def reference() -> str:
    """Every setting with its type, default and meaning, as a table in Markdown."""
    types_of = typing.get_type_hints(Conf)
    rows = ["| setting | type | default | meaning |", "|---|---|---|---|"]
    for spec in fields(Conf):
        named = types_of[spec.name]
        if typing.get_origin(named) is Literal:
            kind = one_of(named)
        else:
            kind = named.__name__ if isinstance(named, type) else str(named).replace(" | ", " or ")
        minimum = spec.metadata["minimum"]
        least = "" if minimum is None else f", {minimum:g} or more"
        default = "required" if spec.default is MISSING else f"`{spec.default!r}`"
        rows.append(f"| `{spec.name.upper()}` | {kind}{least} | {default} | {spec.metadata['meaning']} |")
    return "\n".join(rows)


_PRINTED = re.compile(r"(<!-- settings -->\n).*?(\n<!-- /settings -->)", re.DOTALL)


def printed(page: str) -> str:
    """`page` with the table anew between its marks `<!-- settings -->` and `<!-- /settings -->`."""
    return _PRINTED.sub(lambda marks: marks[1] + reference() + marks[2], page)


def main(pages: Sequence[str]) -> None:
    """Fill the table into each of `pages`; without any, print it."""
    for name in pages:
        Path(name).write_text(printed(Path(name).read_text(encoding="utf-8")), encoding="utf-8")
    if not pages:
        sys.stdout.write(reference() + "\n")
