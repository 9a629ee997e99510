"""Makes a thesaurus of things that shops sell from WordNet's own files (Fellbaum, WordNet: An Electronic Lexical
Database, 1998): `python -m product_search.text.wordnet DICT search/text/data/en.tsv.gz`.

DICT is the folder of `index.noun` and `data.noun` (Debian's package wordnet-base has them). Run once; the result ships.
"""

from __future__ import annotations

import gzip
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .thesaurus import Relation

#: Files of WordNet's lexicographers whose nouns can be sold: artifacts, and food.
SOLD = frozenset({6, 13})
#: Of a word asked for, so many senses count, of those that can be sold; of a word found, its first senses of all: what
#: it seldom means nobody thinks of.
ASKED, MEANT = 2, 3
#: How far kinds lie below a word.
DEPTH = 2
#: A word with more kinds than this is too general to stand for one of them: who asks for a kilt is not shown clothing.
MOST_KINDS = 60


@dataclass(frozen=True)
class _Synset:
    """Words of one sense, with the senses above and below it."""

    file: int
    words: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]


@dataclass(frozen=True)
class _WordNet:
    """The nouns: synsets by offset, and of each word its senses, the most frequent first."""

    synsets: Mapping[str, _Synset]
    senses: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, folder: Path) -> _WordNet:
        """Both files; raises `OSError` where one is missing."""
        return cls(dict(_synsets(folder / "data.noun")), dict(_senses(folder / "index.noun")))

    def sold(self, word: str) -> list[str]:
        """The senses of `word` that are asked for."""
        return [sense for sense in self.senses.get(word, ()) if self.synsets[sense].file in SOLD][:ASKED]

    def words(self, sense: str) -> list[str]:
        """The words that mean `sense` often enough."""
        return [
            word
            for word in self.synsets[sense].words
            if sense in self.senses.get(word, ())[:MEANT]
            and len(word) > 2
            and not any(map(str.isdecimal, word))
        ]

    def kinds(self, sense: str) -> list[str]:
        """The senses up to DEPTH below, the nearest first."""
        found, level = [], [sense]
        for _ in range(DEPTH):
            level = [below for each in level for below in self.synsets[each].below]
            found += level
        return list(dict.fromkeys(found))

    def is_general(self, sense: str) -> bool:
        """Whether more than MOST_KINDS senses lie anywhere below."""
        seen, level = set[str](), [sense]
        while level and len(seen) <= MOST_KINDS:
            level = [below for each in level for below in self.synsets[each].below if below not in seen]
            seen.update(level)
        return len(seen) > MOST_KINDS


def related(wordnet: _WordNet, word: str) -> dict[str, Relation]:
    """What else says `word`, kinds of it, and what it is a kind of; each word once, by its nearest relation."""
    found: dict[str, Relation] = {}
    senses = wordnet.sold(word)
    for relation, of in (
        (Relation.SAME, lambda sense: [sense]),
        (Relation.KIND, wordnet.kinds),
        (
            Relation.BROADER,
            lambda sense: [
                above
                for above in wordnet.synsets[sense].above
                if wordnet.synsets[above].file in SOLD and not wordnet.is_general(above)
            ],
        ),
    ):
        for sense in senses:
            for other in of(sense):
                for each in wordnet.words(other):
                    if each != word:
                        found.setdefault(each, relation)
    return found


def write(wordnet: _WordNet, path: Path) -> int:
    """Write the thesaurus to `path`, the same bytes each time; returns how many words it has."""
    lines: list[str] = []
    words = 0
    for word in sorted(wordnet.senses):
        found = {} if any(map(str.isdecimal, word)) else related(wordnet, word)
        words += bool(found)
        for relation in Relation:
            others = [each for each, how in found.items() if how is relation]
            if others:
                lines.append(f"{word}\t{relation.value}\t{'|'.join(others)}\n")
    path.write_bytes(gzip.compress("".join(sorted(lines)).encode(), mtime=0))
    return words


def _synsets(path: Path) -> Iterator[tuple[str, _Synset]]:
    for line in _lines(path):
        fields = line.partition(" | ")[0].split()
        count = int(fields[3], 16)
        end = 4 + 2 * count
        pointers = [fields[at : at + 4] for at in range(end + 1, end + 1 + 4 * int(fields[end]), 4)]
        near: defaultdict[str, list[str]] = defaultdict(list)
        for symbol, offset, part, _ in pointers:
            if part == "n":
                near[symbol[0]].append(offset)
        words = tuple(word.replace("_", " ").lower() for word in fields[4:end:2])
        yield fields[0], _Synset(int(fields[1]), words, tuple(near["@"]), tuple(near["~"]))


def _senses(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in _lines(path):
        fields = line.split()
        yield fields[0].replace("_", " "), tuple(fields[-int(fields[2]) :])


def _lines(path: Path) -> Iterator[str]:
    """All but the licence at its beginning."""
    with path.open(encoding="latin-1") as file:
        yield from (line for line in file if not line.startswith("  "))


if __name__ == "__main__":
    folder, target = map(Path, sys.argv[1:])
    print(write(_WordNet.read(folder), target), "words")  # noqa: T201 - a command
