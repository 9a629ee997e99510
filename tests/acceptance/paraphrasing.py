"""One query said otherwise: made from the rendered catalogue's attributes, from lists and a seed, never from hits."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from product_search.evaluation.catalogue import read_items, split_of
from product_search.evaluation.spec import names_in, read_spec
from tests.acceptance.conftest import ROOT

JUDGEMENTS = ROOT / "fixtures" / "judgements"
SEED = 6_050
#: The ways: singular or plural, another order of words, words around it, and a word that means the same.
WAYS = ("number", "order", "frame", "synonym")


@dataclass(frozen=True)
class Said:
    """A query, and the same asked in other ways; one that it can't be said in is not there."""

    q: str
    ways: Mapping[str, str]


def read_lists() -> dict[str, Any]:
    return tomllib.loads((JUDGEMENTS / "paraphrases.toml").read_text(encoding="utf-8"))


def synonyms(part: str) -> dict[str, str]:
    """What a merchant enters, of the list's half for `part` ("tune" or "check")."""
    return dict(_half(list(read_lists()["synonyms"].items()), part))


def paraphrased(part: str, number: int) -> list[Said]:
    """`number` queries of titles in `part`, each with its paraphrases; the same every time."""
    lists, draw = read_lists(), random.Random(f"{SEED}/{part}")
    frames, meaning_same = _half(lists["frames"], part), synonyms(part)
    found: dict[str, Said] = {}
    for asked, text in _queries(lists["queries"], part, draw):
        if len(found) == number:
            break
        if text in found:
            continue
        head = asked["type"]
        rest = text.removesuffix(head).strip()
        plural = lists["plurals"].get(head) or _plural(head)
        many = f"{rest} {plural}"
        article = "" if plural == head else ("an " if text[0] in "aeiou" else "a ")
        ways = {
            "number": many,
            "order": draw.choice(lists["orders"]).format(head=head, rest=rest),
            "frame": draw.choice(frames).format(a=article + text, s=many),
        }
        if replaced := [value for value in asked.values() if value in meaning_same]:
            value = draw.choice(replaced)
            ways["synonym"] = text.replace(value, meaning_same[value], 1)
        found[text] = Said(text, {way: said for way, said in ways.items() if said != text})
    return list(found.values())


def _queries(
    templates: Sequence[str], part: str, draw: random.Random
) -> Iterator[tuple[dict[str, str], str]]:
    spec = read_spec(JUDGEMENTS / "catalogue.toml")
    items = [item for item in read_items(spec) if split_of(item.digest) == part]
    draw.shuffle(items)
    for at, item in enumerate(items):
        asked = {name: item.facts[name] for name in names_in(templates[at % len(templates)])}
        if all(value and value not in spec.unasked.get(name, ()) for name, value in asked.items()):
            yield asked, templates[at % len(templates)].format(**asked)


def _half(every: list[Any], part: str) -> list[Any]:
    middle = (len(every) + 1) // 2
    return every[:middle] if part == "tune" else every[middle:]


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")
