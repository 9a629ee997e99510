"""Words of a language that name the same thing, kinds of it, or what it is a kind of: a file read once per process.

It says what words mean anywhere, and nothing of what a shop sells. English ships, made from WordNet (`wordnet`).
"""

from __future__ import annotations

import gzip
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from .stemming import base_language

DATA = Path(__file__).with_name("data")
#: By language, endings of plurals and what stands in their place in a singular (after WordNet's rules: morphy(7WN)).
_SINGULARS: Mapping[str, Sequence[tuple[str, str]]] = {
    "en": (
        ("s", ""),
        ("ses", "s"),
        ("xes", "x"),
        ("zes", "z"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("ies", "y"),
        ("ves", "f"),
        ("ves", "fe"),
        ("men", "man"),
    )
}


class Relation(Enum):
    """What another word is to one, the nearest first, as the file writes it."""

    SAME = "="
    KIND = ">"
    BROADER = "<"


@dataclass(frozen=True, eq=False)
class Thesaurus:
    """The `lines` of a file, sorted: a word, a relation, and the words that are so related, between tabs and bars."""

    language: str
    lines: Sequence[str]

    def related(self, words: str) -> tuple[str, ...]:
        """What is near to `words`, in small letters, as they stand or as a singular: the same first, then kinds, then
        what is broader. Empty for words it does not know.
        """
        for known in self._forms(words):
            if found := tuple(self._of(known)):
                return found
        return ()

    def knows(self, words: str) -> bool:
        """Whether `words`, in small letters, name a thing, as they stand or as a singular."""
        return any(next(self._lines(known), None) for known in self._forms(words))

    def _lines(self, word: str) -> Iterator[str]:
        begin = f"{word}\t"
        first = bisect_left(self.lines, begin)
        return takewhile(
            lambda line: line.startswith(begin), (self.lines[at] for at in range(first, len(self.lines)))
        )

    def _of(self, word: str) -> Iterator[str]:
        lines = self._lines(word)
        by_relation = {relation: others for _, relation, others in (line.split("\t") for line in lines)}
        for relation in Relation:
            if others := by_relation.get(relation.value):
                yield from others.split("|")

    def _forms(self, words: str) -> Iterator[str]:
        yield words
        for ending, instead in _SINGULARS.get(self.language, ()):
            if words.endswith(ending):
                yield words[: -len(ending)] + instead


@lru_cache(maxsize=16)
def thesaurus(language: str) -> Thesaurus | None:
    """That of `language`, or of its base ("en-gb": "en"); None where none ships."""
    base = base_language(language)
    path = DATA / f"{base}.tsv.gz"
    if not base.isalpha() or not path.exists():
        return None
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return Thesaurus(base, file.read().splitlines())
