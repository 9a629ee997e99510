"""Folding: the one spelling under which texts are compared, with the way back to where each letter stood.

Compatibility forms, case and accents go ("Ｃａｆé" is "cafe", "Größe" is "grosse"). A German umlaut folds to its
plain vowel in every language; that "Schuessel" is "Schüssel" too is known to the German stemmer (stemming.py), because
replacing every "ue" would break the words of all other languages, and "neue" in German itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Letters that no decomposition takes apart, and signs that stand for others in product texts.
_SPECIAL = {
    ord(written): plain
    for written, plain in {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ŧ": "t",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "×": "x",
        "’": "'",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{FRACTION SLASH}": "/",
    }.items()
}
# Accents of Latin, Greek and Cyrillic. Marks of other scripts are vowels (Hindi, Thai) or make another letter (か, が).
_ACCENTS = frozenset(
    chr(code)
    for first, last in ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF))
    for code in range(first, last + 1)
)
_BREVE = "\u0306"  # и with a breve is й, a letter of its own
_MAX_ROUNDS = 4  # a second round settles what folding itself made; more has never been seen


def fold(text: str) -> str:
    """`text` without case, accents, compatibility forms and invisible characters; `fold(fold(s)) == fold(s)`.

    Never raises; lone surrogates, which no database can store, become U+FFFD.
    """
    if text.isascii():
        return text.lower()
    return "".join(folded for folded, _, _ in _folded_clusters(text))


def fold_with_offsets(text: str) -> tuple[str, list[int], list[int]]:
    """The folded text and, for each of its characters, where its source begins and ends in `text`."""
    if text.isascii():  # each character by itself
        return text.lower(), list(range(len(text))), list(range(1, len(text) + 1))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for folded, start, end in _folded_clusters(text):
        pieces.append(folded)
        starts.extend([start] * len(folded))
        ends.extend([end] * len(folded))
    return "".join(pieces), starts, ends


def _folded_clusters(text: str) -> Iterator[tuple[str, int, int]]:
    """Cut where nothing before can change what follows: a letter keeps its marks, so offsets stay exact."""
    start = 0
    for position in range(1, len(text) + 1):
        if position < len(text) and _continues(text[position]):
            continue
        if start < position:
            yield _fold_cluster(text[start:position]), start, position
            start = position


@lru_cache(maxsize=8192)
def _continues(character: str) -> bool:
    """Whether the character belongs to the one before: marks, invisible joiners, half-width voicing, Hangul parts."""
    if character.isascii():
        return False
    if unicodedata.category(character) == "Cf" or "\u1160" <= character <= "\u11ff":
        return True
    return unicodedata.category(unicodedata.normalize("NFKD", character)[0]).startswith("M")


@lru_cache(maxsize=8192)
def _fold_cluster(cluster: str) -> str:
    if cluster.isascii():
        return cluster.lower()
    for _ in range(_MAX_ROUNDS):
        folded = _fold_once(cluster)
        if folded == cluster:
            break
        cluster = folded
    return cluster


def _fold_once(cluster: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", cluster).casefold())
    kept: list[str] = []
    for character in decomposed:
        if character in _ACCENTS and not (character == _BREVE and kept and kept[-1] == "и"):
            continue
        category = unicodedata.category(character)
        if category == "Cf" or "\ufe00" <= character <= "\ufe0f":  # soft hyphens, joiners, emoji selectors
            continue
        if category == "Cs":
            kept.append("\ufffd")
        elif category == "Nd":
            kept.append(str(unicodedata.decimal(character)))
        else:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept).translate(_SPECIAL))
