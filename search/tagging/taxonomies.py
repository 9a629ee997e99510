"""Vocabularies that others wrote: Shopify's attributes and Google's tree of categories, as their files are published.

Shopify: `dist/en/attributes.json` of its product taxonomy. Google: `taxonomy-with-ids.en-US.txt`, or without ids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from .vocabulary_files import BadVocabulary, Entry

_GOOGLE = re.compile(r"^(?:\d+\s+-\s+)?(\S.*)$")


def read_shopify(text: str, only: Collection[str] = ()) -> list[Entry]:
    """The attributes of Shopify's `attributes.json`; `only` those of these handles (`color`, `neckline`).

    Without `only`, there are thousands: they come, and are not in use until somebody says so. Raises `BadVocabulary`.
    """
    try:
        found = json.loads(text)
        listed = found["attributes"]
        handles = {each["handle"] for each in listed}
        entries = [
            entry for each in listed if not only or each["handle"] in only for entry in _shopify(each, only)
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadVocabulary(
            'This is not Shopify\'s attributes.json: expected {"attributes": [{"handle", "name", "values"}]}'
            f" ({type(error).__name__}: {error})."
        ) from error
    if unknown := sorted(set(only) - handles):
        raise BadVocabulary(f"The file has no attribute {unknown[0]!r}.")
    return entries


def _shopify(attribute: dict[str, Any], only: Collection[str]) -> Iterator[Entry]:
    handle = attribute["handle"]
    name = named(handle)
    yield Entry(name, given={"label": attribute["name"], "enabled": bool(only)})
    for value in attribute["values"]:
        said = value["name"]
        yield Entry(name, value["handle"].removeprefix(f"{handle}__").replace("/", "-"), {"label": said})


def read_google(text: str, attribute: str = "category") -> list[Entry]:
    """Google's categories as one attribute, whose values are the tree's branches as paths. Raises `BadVocabulary`."""
    entries = [Entry(attribute)]
    known: set[str] = set()
    for line, written in enumerate(text.splitlines(), start=1):
        found = _GOOGLE.match(written.strip())
        if found is None or written.startswith("#"):
            continue
        steps = [step.strip() for step in found[1].split(" > ")]
        if not all(steps):
            raise BadVocabulary(f"Line {line}: expected a path such as `Apparel & Accessories > Clothing`.")
        path = "/".join(slug(step) for step in steps)
        above = path.rpartition("/")[0]
        if above and above not in known:
            raise BadVocabulary(
                f"Line {line}: its parent, {' > '.join(steps[:-1])!r}, does not come before it."
            )
        known.add(path)
        entries.append(Entry(attribute, path, {"label": steps[-1]}, line))
    if len(entries) == 1:
        raise BadVocabulary("The file has no category; expected lines such as `166 - Apparel & Accessories`.")
    return entries


def named(handle: str) -> str:
    """A handle as an attribute is called: `neck-line` as `neck_line`; a digit does not come first."""
    name = re.sub(r"[^a-z0-9]+", "_", handle.lower()).strip("_")
    return name if name[:1].isalpha() else f"a_{name}"


def slug(words: str) -> str:
    """Words as one step of a path: `Apparel & Accessories` as `apparel-accessories`."""
    return re.sub(r"[^\w]+", "-", words.lower()).strip("-")
