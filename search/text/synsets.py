"""Senses of a language's words, with what lies above and below each, and the thesaurus that is made of them."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .thesaurus import BY_STEM, Relation

#: How far kinds lie below a word.
DEPTH = 2
#: A word with more kinds than this is too general to stand for one of them: who asks for a kilt is not shown clothing.
MOST_KINDS = 60
#: A shorter word than this says too little.
SHORTEST = 3


@dataclass(frozen=True)
class Synset:
    """Words of one sense, in small letters, with the senses above and below it; whether it may be `sold`."""

    words: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]
    sold: bool = True


@dataclass(frozen=True)
class Synsets:
    """Synsets by a name of theirs, and of each word its senses, the most frequent first where that is known.

    Of a word asked for, its first `asked` senses count of those that can be sold; of a word found, its first `meant` of
    all, as what it seldom means nobody thinks of; of None all count.
    """

    by_name: Mapping[str, Synset]
    senses: Mapping[str, tuple[str, ...]]
    asked: int | None = None
    meant: int | None = None

    def sold(self, word: str) -> list[str]:
        """The senses of `word` that are asked for."""
        return [sense for sense in self.senses.get(word, ()) if self.by_name[sense].sold][: self.asked]

    def words(self, sense: str) -> list[str]:
        """The words that mean `sense` often enough."""
        return [
            word
            for word in self.by_name[sense].words
            if (self.meant is None or sense in self.senses.get(word, ())[: self.meant])
            and len(word) >= SHORTEST
            and not any(map(str.isdecimal, word))
        ]

    def kinds(self, sense: str) -> list[str]:
        """The senses up to DEPTH below, the nearest first."""
        found, level = [], [sense]
        for _ in range(DEPTH):
            level = [below for each in level for below in self.by_name[each].below]
            found += level
        return list(dict.fromkeys(found))

    def is_general(self, sense: str) -> bool:
        """Whether more than MOST_KINDS senses lie anywhere below."""
        seen, level = set[str](), [sense]
        while level and len(seen) <= MOST_KINDS:
            level = [below for each in level for below in self.by_name[each].below if below not in seen]
            seen.update(level)
        return len(seen) > MOST_KINDS


def related(synsets: Synsets, word: str) -> dict[str, Relation]:
    """What else says `word`, kinds of it, and what it is a kind of; each word once, by its nearest relation."""
    found: dict[str, Relation] = {}
    ways: tuple[tuple[Relation, Callable[[str], Iterable[str]]], ...] = (
        (Relation.SAME, lambda sense: [sense]),
        (Relation.KIND, synsets.kinds),
        (Relation.BROADER, lambda sense: _above(synsets, sense)),
    )
    senses = synsets.sold(word)
    for relation, of in ways:
        for sense in senses:
            for other in of(sense):
                for each in synsets.words(other):
                    if each != word:
                        found.setdefault(each, relation)
    return found


def _above(synsets: Synsets, sense: str) -> Iterator[str]:
    """The senses right above that can be sold and say something."""
    for above in synsets.by_name[sense].above:
        if synsets.by_name[above].sold and not synsets.is_general(above):
            yield above


def write(synsets: Synsets, path: Path, stem: Callable[[str], str] | None = None) -> int:
    """Write the thesaurus to `path`, the same bytes each time; returns how many words it has.

    With `stem`, words are found in any inflection: a line for each stem says whose it is.
    """
    lines: list[str] = []
    known: list[str] = []
    for word in sorted(synsets.senses):
        found = {} if any(map(str.isdecimal, word)) else related(synsets, word)
        for relation in Relation:
            others = [each for each, how in found.items() if how is relation]
            if others:
                lines.append(f"{word}\t{relation.value}\t{'|'.join(others)}\n")
        if found:
            known.append(word)
    if stem is not None:
        by_stem: defaultdict[str, list[str]] = defaultdict(list)
        for word in known:
            by_stem[stem(word)].append(word)
        lines += (
            f"{BY_STEM}{of}\t{Relation.SAME.value}\t{'|'.join(words)}\n" for of, words in by_stem.items()
        )
    path.write_bytes(gzip.compress("".join(sorted(lines)).encode(), mtime=0))
    return len(known)
