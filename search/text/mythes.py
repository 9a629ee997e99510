"""Reads a thesaurus in the format of MyThes, as LibreOffice and Debian (`mythes-de`, `mythes-fr`, ...) have them for
some thirty languages: https://github.com/hunspell/mythes, data_layout.txt.

The first line names the encoding. Then come words with the number of their senses, `sofa|2`, each with so many lines
`(noun)|couch|lounge|seat (generic term)`: a part of speech or a stroke, and words that mean it, some with what they
are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path

from ..errors import ProductSearchError
from .synsets import Synset, Synsets

#: What stands behind a word that is broader, and behind one that is no word for the same thing at all.
_BROADER = frozenset({"oberbegriff", "generic term", "hyperonym", "hyperonyme", "iperonimo"})
_OTHER = frozenset(
    {"antonym", "related term", "similar term", "gegenwort", "antonyme", "contraire", "contrario"}
)
#: How parts of speech begin that name nothing.
_NAMES_NOTHING = ("v", "adj", "agg", "adv", "avv", "prep", "conj", "cong", "pron", "inter")
#: Languages that write the names of things with a capital.
_CAPITALS = frozenset({"de"})
#: A term of more words is an explanation.
MOST_WORDS = 3

_TAG = re.compile(r"\s+\(([^()]*)\)$")
_OPTIONAL = re.compile(r"\([^()]*\)\s*")
_WORDS = re.compile(r"[^\W\d_][\w'’ -]*")


class BadThesaurus(ProductSearchError):
    """A file is no thesaurus in the format of MyThes; the message names the line and what is expected."""


def read(path: Path, language: str) -> Synsets:
    """What the file says of things. Raises `BadThesaurus`, and `OSError` where it can't be read.

    Senses that the file says of several words are one. A sense lies above another where the other names all of its
    words as broader.
    """
    words_of: dict[str, tuple[str, ...]] = {}
    broader_of: dict[str, frozenset[str]] = {}
    senses: defaultdict[str, list[str]] = defaultdict(list)
    for word, part, said in _entries(path):
        if part.strip("()- ").lower().startswith(_NAMES_NOTHING):
            continue
        same, broader = _same_and_broader(said)
        if language in _CAPITALS and not any(each[:1].isupper() and each.lower() == word for each in same):
            continue
        names = tuple(dict.fromkeys(each.lower() for each in (word, *same)))
        name = "|".join(sorted(names))
        words_of.setdefault(name, names)
        broader_of[name] = broader_of.get(name, frozenset()) | {each.lower() for each in broader}
        if name not in senses[word]:
            senses[word].append(name)
    above = {name: _above(name, broader, words_of, senses) for name, broader in broader_of.items()}
    below: defaultdict[str, list[str]] = defaultdict(list)
    for name, others in above.items():
        for other in others:
            below[other].append(name)
    return Synsets(
        {name: Synset(words, above[name], tuple(below[name])) for name, words in words_of.items()},
        {word: tuple(names) for word, names in senses.items() if names},
    )


def _above(
    name: str,
    broader: frozenset[str],
    words_of: dict[str, tuple[str, ...]],
    senses: dict[str, list[str]],
) -> tuple[str, ...]:
    """The senses whose words are all among the `broader` ones."""
    near = dict.fromkeys(sense for word in sorted(broader) for sense in senses.get(word, ()))
    return tuple(sense for sense in near if sense != name and broader.issuperset(words_of[sense]))


def _entries(path: Path) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Each sense: the word in small letters, its part of speech, and the other fields of its line."""
    with path.open("rb") as file:
        encoding = file.readline().strip().decode("ascii", "replace")
        try:
            text = TextIOWrapper(file, encoding, errors="replace")
        except (LookupError, ValueError):
            raise BadThesaurus(
                f"{path}, line 1: {encoding[:40]!r} is no encoding; expected a thesaurus of MyThes (th_*.dat)."
            ) from None
        lines = enumerate(text, start=2)
        for at, line in lines:
            word, _, count = line.strip().rpartition("|")
            if not count.isdecimal():
                raise BadThesaurus(
                    f"{path}, line {at}: {line.strip()[:60]!r}; expected a word and a number, `sofa|2`."
                )
            for _ in range(int(count)):
                _, sense = next(lines, (at, ""))
                part, *said = sense.strip().split("|")
                yield word.lower(), part, said


def _same_and_broader(said: Iterable[str]) -> tuple[list[str], list[str]]:
    """The words of a sense, and those that are broader, without what the file says of them."""
    same: list[str] = []
    broader: list[str] = []
    for each in said:
        tags: set[str] = set()
        while tag := _TAG.search(each):
            tags.add(tag[1].lower())
            each = each[: tag.start()]
        written = " ".join(_OPTIONAL.sub("", each).split())
        if tags & _OTHER or not _WORDS.fullmatch(written) or len(written.split()) > MOST_WORDS:
            continue
        (broader if tags & _BROADER else same).append(written)
    return same, broader
