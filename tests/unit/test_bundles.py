"""The search box as pages load it is small, and what its modules say."""

from __future__ import annotations

import gzip
import re

from tests import bundles

#: All that a page loads before the shopper does anything, gzipped.
MOST_BYTES = 25_000
DOCS = bundles.STATIC.parents[2] / "docs" / "box.md"


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


def test_every_attribute_is_documented_and_none_that_is_not_there() -> None:
    page = DOCS.read_text(encoding="utf-8")
    table = page[page.index("| attribute |") : page.index("## Looks")]
    told = set(
        re.findall(r"`([\w-]+)`", " ".join(row.split("|")[1] for row in table.splitlines() if "|" in row))
    )
    code = "".join(path.read_text(encoding="utf-8") for path in (bundles.STATIC / "box").glob("*.js"))
    read = set(re.findall(r'(?:box|this)\.getAttribute\("([\w-]+)"\)|\battribute\("([\w-]+)"\)', code))
    assert told == {name or other for name, other in read}


def test_the_element_of_the_docs_is_that_of_the_example() -> None:
    block = re.search(r"```html\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    example = (DOCS.parent / "examples" / "box" / "index.html").read_text(encoding="utf-8")
    missing = [line for line in block[1].splitlines() if line.strip() not in example]
    assert missing == []


def test_every_part_and_property_of_the_docs_is_there() -> None:
    page = DOCS.read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (bundles.STATIC / "box").glob("*.js"))
    listed = page[page.index("Parts to style") : page.index("Styles are constructed")]
    parts = set(re.findall(r"`([\w-]+)`", listed))
    assert parts <= set(re.findall(r'\bpart: "([\w-]+)"', code))
    assert set(re.findall(r"--ps-[\w-]+", page)) == set(re.findall(r"--ps-[\w-]+", code))
