"""The search box as pages load it is small, and what its modules say."""

from __future__ import annotations

import gzip
import re

from tests import bundles

#: All that a page loads before the shopper does anything, gzipped.
MOST_BYTES = 25_000


def test_the_stored_box_is_made_of_its_modules() -> None:
    command = "PYTHONPATH=build/link:. .venv/bin/python -m tests.bundles"
    assert bundles.MADE.read_text(encoding="utf-8") == bundles.bundled(), f"out of date: {command}"


def test_it_is_small_with_the_largest_of_its_languages() -> None:
    languages = [path.read_bytes() for path in bundles.STATIC.glob("box/messages.*.js")]
    first = len(gzip.compress(bundles.MADE.read_bytes(), 9))
    assert first + max(len(gzip.compress(each, 9)) for each in languages) <= MOST_BYTES


def test_nothing_but_what_is_on_demand_is_fetched_later_and_all_of_it_is_there() -> None:
    text = bundles.MADE.read_text(encoding="utf-8")
    assert not re.search(r'\bimport\s*["{*]|\bfrom\s*"\.', text), "it is whole"
    fetched = re.findall(r'import\("\./box/([^"]+)\.js"\)', text)
    assert sorted(fetched) == sorted(bundles.ON_DEMAND)
    assert all((bundles.STATIC / "box" / f"{name}.js").exists() for name in fetched)


def test_every_language_says_everything() -> None:
    def keys(name: str) -> set[str]:
        text = (bundles.STATIC / "box" / name).read_text(encoding="utf-8")
        return set(re.findall(r'^  "?([\w.-]+?)"?: "', text, re.MULTILINE))

    english = keys("messages.js")
    assert len(english) > 80
    for path in bundles.STATIC.glob("box/messages.*.js"):
        # What English says by the facet's own name, others must say.
        assert english - keys(path.name) == set(), path.name
