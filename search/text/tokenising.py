"""Cutting a text into tokens that know where they stood, for matching now and highlighting later.

A model code is found however it is written: "XJ-900" gives the whole `xj900` and the parts `xj` and `900`, so that
"xj900", "XJ 900" and "900" all meet it. Scripts without spaces give pairs of neighbouring characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .folding import fold_with_offsets

Kind = Literal["word", "number", "code", "bigram"]

MAX_TOKEN_LENGTH = 64  # a longer one is a hash or a pasted file, not something that shoppers type

_SCRIPTS_WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # iteration marks
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7AF),  # Hangul syllables: particles stick to the word, pairs find it
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_CONNECTORS = frozenset("-_./+&,'–·\N{HYPHEN}\N{NON-BREAKING HYPHEN}")

# One class letter a character: l letter, m mark, d digit, s script without spaces, c connector, _ anything else.
_COMPOUND = re.compile(r"[ld][lmd]*(?:c[ld][lmd]*)*|s+")
_SEPARATED_WORDS = re.compile(r"[lm]+|d+|c")


@dataclass(frozen=True, slots=True)
class Token:
    """A folded, unstemmed piece of a text; `original[start:end]` is what it was made of.

    `word` numbers the written words of the text: a whole and its parts share one number, and the whole comes first.
    """

    text: str
    start: int
    end: int
    word: int
    kind: Kind


def tokens(text: str) -> list[Token]:
    """The tokens of `text` in order; never raises, and gives at most `2 * len(fold(text))` of them."""
    folded, starts, ends = fold_with_offsets(text)
    found: list[Token] = []
    word = 0

    def add(piece: str, kind: Kind, begin: int, stop: int) -> None:
        found.append(Token(piece[:MAX_TOKEN_LENGTH], starts[begin], ends[stop - 1], word, kind))

    for begin, stop in _compounds(folded):
        piece = folded[begin:stop]
        if _character_class(piece[0]) == "s":
            for at in range(begin, max(stop - 1, begin + 1)):
                add(folded[at : min(at + 2, stop)], "bigram", at, min(at + 2, stop))
        else:
            parts = list(_parts(folded, begin, stop))
            whole = _whole(piece)
            if len(parts) == 1:
                add(whole, _kind(whole), begin, stop)
            else:
                add(whole, "code" if any(c.isdecimal() for c in whole) else "word", begin, stop)
                for first, last in parts:
                    part = _whole(folded[first:last])
                    add(part, _kind(part), first, last)
        word += 1
    return found


def _compounds(folded: str) -> Iterator[tuple[int, int]]:
    """Spans of written words; a comma holds only digits together ("1,5" but not "red,blue")."""
    classes = "".join(map(_character_class, folded))
    for match in _COMPOUND.finditer(classes):
        begin = match.start()
        for at in range(match.start(), match.end()):
            if folded[at] == "," and not (folded[at - 1].isdecimal() and folded[at + 1].isdecimal()):
                yield begin, at
                begin = at + 1
        yield begin, match.end()


def _parts(folded: str, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    """Spans between connectors and between letters and digits; decimals and words with an apostrophe stay whole."""
    classes = "".join(map(_character_class, folded[begin:stop]))
    runs = [(m.start() + begin, m.end() + begin) for m in _SEPARATED_WORDS.finditer(classes)]
    at = 0
    while at < len(runs):
        first, last = runs[at]
        if _is_connector(folded[first:last]):
            at += 1
            continue
        while at + 2 < len(runs) and folded[runs[at + 1][0]] == "'" and not folded[last - 1].isdecimal():
            if folded[runs[at + 2][0]].isdecimal():
                break
            at += 2
            last = runs[at][1]
        if _is_decimal(folded, runs, at):
            at += 2
            last = runs[at][1]
        yield first, last
        at += 1


def _is_decimal(folded: str, runs: list[tuple[int, int]], at: int) -> bool:
    """Digits, one point or comma, digits, and no second point: "1.5" and "1,5", not "1.2.3"."""

    def point(index: int) -> bool:
        return 0 <= index < len(runs) and folded[runs[index][0]] in ".,"

    def digits(index: int) -> bool:
        return 0 <= index < len(runs) and folded[runs[index][0]].isdecimal()

    if not (digits(at) and point(at + 1) and digits(at + 2)):
        return False
    return not (point(at - 1) and digits(at - 2)) and not (point(at + 3) and digits(at + 4))


def _whole(piece: str) -> str:
    """One spelling however it is joined: connectors go, but between two digits they part numbers and stay."""
    kept: list[str] = []
    for at, character in enumerate(piece):
        if character == "'" and not (piece[at - 1].isdecimal() or piece[at + 1].isdecimal()):
            kept.append(
                character
            )  # the English stemmer reads "women's"; other languages drop it with the stem
        elif not _is_connector(character):
            kept.append(character)
        elif piece[at - 1].isdecimal() and piece[at + 1].isdecimal():
            kept.append("." if character in ".," else "-")
    return "".join(kept)


def _kind(piece: str) -> Kind:
    if not any(character.isdecimal() for character in piece):
        return "word"
    return "number" if all(character.isdecimal() or character in ".-" for character in piece) else "code"


def _is_connector(character: str) -> bool:
    return character in _CONNECTORS


@lru_cache(maxsize=8192)
def _character_class(character: str) -> str:
    if character in _CONNECTORS:
        return "c"
    category = unicodedata.category(character)
    if category[0] not in "LMN":
        return "_"
    code = ord(character)
    if any(first <= code <= last for first, last in _SCRIPTS_WITHOUT_SPACES):
        return "s"
    if category == "Nd":
        return "d"
    return "m" if category[0] == "M" else "l"
