"""Makes the English thesaurus from WordNet's own files (Fellbaum, WordNet: An Electronic Lexical Database, 1998):
`python -m product_search.text.wordnet DICT search/text/data/en.tsv.gz`.

DICT is the folder of `index.noun` and `data.noun` (Debian's package wordnet-base has them). Run once; the result ships.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from .synsets import Synset, Synsets, write

#: Files of WordNet's lexicographers whose nouns can be sold: artifacts, and food.
SOLD = frozenset({6, 13})
#: Senses of a word asked for, of those that can be sold, and of a word found.
ASKED, MEANT = 2, 3


def read(folder: Path) -> Synsets:
    """The nouns of both files; raises `OSError` where one is missing."""
    synsets, senses = dict(_synsets(folder / "data.noun")), dict(_senses(folder / "index.noun"))
    return Synsets(synsets, senses, ASKED, MEANT)


def _synsets(path: Path) -> Iterator[tuple[str, Synset]]:
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
        yield fields[0], Synset(words, tuple(near["@"]), tuple(near["~"]), int(fields[1]) in SOLD)


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
    print(write(read(folder), target), "words")  # noqa: T201 - a command
