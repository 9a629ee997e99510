"""Words of a language that name the same thing, kinds of it, or what it is a kind of: a file read once per process.

It says what words mean anywhere, and nothing of what a shop sells. English ships, made from WordNet (`wordnet`); others
a shop makes from what its system has (`mythes`), in the folder that THESAURUS_DIR names.
"""

from __future__ import annotations

import gzip
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from ..conf import settings
from ..errors import ImproperSettings
from .folding import fold
from .stemming import base_language, stem

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


#: Before the stem of words, in a line that says whose it is.
BY_STEM = "~"


class Relation(Enum):
    """What another word is to one, the nearest first, as the file writes it."""

    SAME = "="
    KIND = ">"
    BROADER = "<"


@dataclass(frozen=True, eq=False)
class Thesaurus:
    """The `lines` of a file, sorted: a word, a relation, and the words that are so related, between tabs and bars; or
    a stem, and the words that have it.
    """

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
        for line in self._lines(f"{BY_STEM}{stems(words, self.language)}"):
            yield from line.split("\t")[2].split("|")


def stems(words: str, language: str) -> str:
    """The stem of each of `words`."""
    return " ".join(stem(word, language) for word in fold(words).split())


def thesaurus(language: str) -> Thesaurus | None:
    """That of `language`, or of its base ("en-gb": "en"): the shop's own, else what ships; None where there is none."""
    path = file_of(language)
    return None if path is None else _read(path)


def file_of(language: str) -> Path | None:
    """Where that thesaurus lies."""
    base = base_language(language)
    if not base.isalpha():
        return None
    own = settings().thesaurus_dir
    folders = (Path(own), DATA) if own else (DATA,)
    return next((path for folder in folders if (path := folder / file_name(base)).exists()), None)


def file_name(base: str) -> str:
    """Of the thesaurus of a language in its folder."""
    return f"{base}.tsv.gz"


@lru_cache(maxsize=32)
def _read(path: Path) -> Thesaurus:
    """The thesaurus in a file, once per process; raises `ImproperSettings` for one that is none."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise ImproperSettings(f"{path} can't be read as a thesaurus: {error}.") from error
    if any(line.count("\t") != 2 for line in lines):
        raise ImproperSettings(
            f"{path} is no thesaurus: a line of one has three parts, with tabs between them."
        )
    return Thesaurus(path.name.partition(".")[0], lines)
