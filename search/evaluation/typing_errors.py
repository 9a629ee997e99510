"""Slips of the finger: the four edits of one letter, and a key beside the right one."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Container

from .catalogue import singular

EDITS = ("insert", "delete", "replace", "swap", "neighbour")
#: Letters from which a word is long enough for one edit, and for two.
ONE_EDIT, TWO_EDITS = 4, 8

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TRIES = 50
_PLAIN = re.compile(r"[a-z]+", re.IGNORECASE)


def misspelt(text: str, edit: str, rng: random.Random, known: Container[str]) -> str | None:
    """`text` with a slip of the kind `edit` in one of its words; None where no word allows it.

    A word has 4 letters at least, and two slips in half of the cases from 8; so has what comes out, as nothing shorter
    may be corrected. And that is no word of `known` (singulars): another word of the catalogue would be another query.
    """
    words = text.split(" ")
    places = [at for at, word in enumerate(words) if len(_letters(word)) >= ONE_EDIT]
    for _ in range(_TRIES if places else 0):
        at = rng.choice(places)
        right = _letters(words[at])
        slips = 2 if len(right) >= TWO_EDITS and rng.random() < 0.5 else 1
        wrong = right.lower()
        for _ in range(slips):
            wrong = _EDITED[edit](wrong, rng)
        if len(wrong) < (TWO_EDITS if slips == 2 else ONE_EDIT):
            continue
        if wrong != right.lower() and singular(wrong) not in known and wrong not in known:
            return " ".join([*words[:at], words[at].replace(right, wrong), *words[at + 1 :]])
    return None


def neighbours(letter: str) -> str:
    """The letters whose keys touch that of `letter` on an English keyboard."""
    row = next(number for number, keys in enumerate(_ROWS) if letter in keys)
    at = _ROWS[row].index(letter)
    # Each row lies half a key to the right of the one above.
    near = [(row, at - 1), (row, at + 1), (row - 1, at), (row - 1, at + 1), (row + 1, at - 1), (row + 1, at)]
    return "".join(_ROWS[r][c] for r, c in near if 0 <= r < len(_ROWS) and 0 <= c < len(_ROWS[r]))


def _letters(word: str) -> str:
    """The letters of a word of letters alone, without what stands around it; nothing of a model's code."""
    bare = word.strip("“”„\"'’,.;:!?()")
    return bare if _PLAIN.fullmatch(bare) else ""


def _insert(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) + 1)
    return word[:at] + rng.choice(string.ascii_lowercase) + word[at:]


def _delete(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at + 1 :]


def _replace(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + rng.choice(string.ascii_lowercase.replace(word[at], "")) + word[at + 1 :]


def _swap(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _neighbour(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + rng.choice(neighbours(word[at])) + word[at + 1 :]


_EDITED = dict(zip(EDITS, (_insert, _delete, _replace, _swap, _neighbour), strict=True))
