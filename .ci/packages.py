#!/usr/bin/env python3
"""Compares pyproject.toml's list of packages with search/: a room left out would be missing from the wheel.

Standard library only; `make lint`, pre-commit and tests/unit/test_packaging.py call it.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def listed(root: Path = ROOT) -> set[str]:
    """The packages that pyproject.toml names."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return set(project["tool"]["setuptools"]["packages"])


def present(root: Path = ROOT) -> set[str]:
    """The packages that search/ holds, under their import name."""
    folders = {path.parent for path in (root / "search").rglob("*.py")}
    return {".".join(("product_search", *folder.relative_to(root / "search").parts)) for folder in folders}


def differences(root: Path = ROOT) -> list[str]:
    """One sentence for each package that is in one place only, and for each folder without `__init__.py`."""
    there, named = present(root), listed(root)
    found = [f"{name} is in search/ but not in pyproject.toml: add it" for name in sorted(there - named)]
    found += [f"{name} is in pyproject.toml but not in search/: remove it" for name in sorted(named - there)]
    for name in sorted(there):
        folder = root.joinpath("search", *name.split(".")[1:])
        if not (folder / "__init__.py").exists():
            found.append(f"{folder.relative_to(root)} has no __init__.py: add one")
    return found


if __name__ == "__main__":
    lines = differences()
    print("\n".join(lines))
    sys.exit(bool(lines))
