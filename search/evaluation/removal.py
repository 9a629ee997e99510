"""A catalogue whose titles say less: half of them lose their words of colour and type; pictures stay as they are."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from .catalogue import Item, digest, folded, singular, words_of
from .spec import Spec

#: What is left dangling at an end of a text, or of a sentence, when a word goes.
_DANGLING = re.compile(
    r"^[\s,;:–&>-]+|[\s,;:–&>-]+$|[\s,–&-]*\b(?:in|with|of|and|for)\b[\s,–-]*(?=$|\.| with\b)", re.IGNORECASE
)
_GAPS = re.compile(r"\s+([,.;:])|(?<=\S)\s{2,}")
_STEPS = re.compile(r"\s*>\s*")


def is_stripped(title: str) -> bool:
    """Whether `title` is of the half that loses words; independent of the part that it is in."""
    return int(digest(f"words removed/{folded(title)}")[:8], 16) % 2 == 0


def words_to_remove(spec: Spec, items: Iterable[Item]) -> frozenset[str]:
    """All words for types and colours of the catalogue, in the singular."""
    words = {"and"}
    for name in ("type", "colour"):
        values = {item.facts[name] for item in items} - set(spec.unasked.get(name, ()))
        words |= {word for text in values | set(spec.words.get(name, ())) for word in words_of(text)}
    words.remove("and")
    return frozenset(map(singular, words))


def without(text: str, words: frozenset[str]) -> str:
    """`text` without `words` (singulars); steps of a path that had nothing else are gone with them."""
    steps = [_without(step, words) for step in _STEPS.split(text)]
    return " > ".join(filter(None, steps))


def write_stripped(path: Path, spec: Spec, items: Iterable[Item]) -> int:
    """Write the catalogue's rows to `path`, half of the titles with fewer words; returns how many rows lost some."""
    items = list(items)
    words = words_to_remove(spec, items)
    changed = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(items[0].row), lineterminator="\n")
        table.writeheader()
        for item in items:
            row = dict(item.row)
            if is_stripped(item.title):
                row |= {column: without(row[column], words) for column in spec.removed_from}
                row[spec.title] = row[spec.title] or item.key  # a title of nothing but type and colour
            changed += row != item.row
            table.writerow(row)
    return changed


def _without(text: str, words: frozenset[str]) -> str:
    kept = []
    for token in text.split():
        found = words_of(token)
        # Of `T-Shirt` nothing stays either way.
        if found and all(singular(word) in words for word in found):
            ending = re.search(r"[.!?]+$", token)
            kept.append(ending[0] if ending else "")
        else:
            kept.append(token)
    shorter = _GAPS.sub(lambda gap: gap[1] or " ", " ".join(filter(None, kept)))
    while (tidied := _DANGLING.sub("", shorter)) != shorter:
        shorter = tidied
    return shorter.strip()
