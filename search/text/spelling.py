"""How far a misspelt word is from one that may have been meant, and what both have left when letters are missing.

Two words a few edits apart become the same by leaving out a few letters of each, so those remains are looked up
instead of comparing with every word (Garbe's symmetric deletions, of the first letters alone).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import lru_cache

from .stemming import base_language

#: Letters of a word from which remains are made; longer ones would give many more and find nothing else.
PREFIX = 7
#: Words from so many letters on may have one edit, and from so many on two.
ONE_EDIT, TWO_EDITS = 4, 8
MAX_LETTERS = 40

#: What an edit costs where a hand is likely to make it; any other costs 1.
SWAPPED = 0.7
DOUBLED = 0.7
NEIGHBOUR = 0.8
#: Few misspell the first letter.
FIRST_LETTER = 0.4
#: Beside the word as it is written, another form of it.
INFLECTED = 0.1

_QWERTY, _QWERTZ = ("qwertyuiop", "asdfghjkl", "zxcvbnm"), ("qwertzuiop", "asdfghjkl", "yxcvbnm")
#: Rows of letters where a language's keyboards have others than English ones.
_ROWS = {
    "cs": _QWERTZ,
    "de": _QWERTZ,
    "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "hu": _QWERTZ,
}
_Cost = tuple[int, float]


def allowed_edits(word: str) -> int:
    """How many edits a written word may be away from the one meant: none under 4 letters, one to 7, two from 8."""
    return (len(word) >= ONE_EDIT) + (len(word) >= TWO_EDITS)


def remains(word: str, edits: int) -> set[str]:
    """What is left of the word's first letters without up to `edits` of them; the whole is one of these."""
    found = {word[:PREFIX]}
    last = found
    for _ in range(edits):
        last = {left[:at] + left[at + 1 :] for left in last for at in range(len(left))}
        found = found | last
    return found


def deletion_keys(word: str, edits: int) -> list[int]:
    """The remains as 32-bit numbers, which an index holds in less room; two that clash cost a comparison."""
    return sorted({zlib.crc32(left.encode()) - 2**31 for left in remains(word, edits)})


def stored_keys(word: str, forms: Iterable[str] = ()) -> list[int]:
    """The keys of a word that may be meant, or whose other `forms` may be: of two edits where one that is two edits
    longer may have them.

    Those of its beginnings too, of which one letter may be wrong: whoever types "snae" is on the way to "sneakers".
    """
    keys = {
        key for form in (word, *forms) for key in deletion_keys(form, 2 if len(form) >= TWO_EDITS - 2 else 1)
    }
    return sorted(keys.union(*(deletion_keys(word[:length], 1) for length in range(ONE_EDIT, PREFIX))))


def edits_between(written: str, meant: str, language: str, most: int) -> _Cost | None:
    """The fewest edits from one to the other, and what those cost; None where there are more than `most`.

    An edit leaves out, adds or replaces a letter, or swaps two neighbours (Damerau's four, no letter edited twice).
    """
    if abs(len(written) - len(meant)) > most:
        return None
    return _within(_costs(written, meant, language)[-1], written, meant, most)


def edits_to_a_form(written: str, meant: str, forms: Iterable[str], language: str, most: int) -> _Cost | None:
    """The same from `written` to `meant` or to the nearest of its other `forms`."""
    found = [edits_between(written, meant, language, most)]
    found += (
        (edits[0], edits[1] + INFLECTED)
        for form in forms
        if (edits := edits_between(written, form, language, most)) is not None
    )
    return min((edits for edits in found if edits is not None), key=lambda edits: edits[1], default=None)


def edits_to_begin(written: str, meant: str, language: str, most: int) -> _Cost | None:
    """The same from `written` to whichever beginning of `meant` is nearest."""
    if len(written) - len(meant) > most:
        return None
    return _within(min(_costs(written, meant[: len(written) + most], language)), written, meant, most)


def _within(found: _Cost, written: str, meant: str, most: int) -> _Cost | None:
    edits, cost = found
    if edits > most:
        return None
    return edits, cost + (FIRST_LETTER if written[:1] != meant[:1] else 0.0)


def _costs(written: str, meant: str, language: str) -> list[_Cost]:
    """What lies between `written` and each beginning of `meant`, the empty one first."""
    near = _neighbours(_ROWS.get(base_language(language), _QWERTY))
    before: list[_Cost] = []
    above: list[_Cost] = [(0, 0.0)]
    for at in range(1, len(meant) + 1):
        above.append(_plus(above[-1], _lone(meant, at - 1)))
    for row, letter in enumerate(written, 1):
        current = [_plus(above[0], _lone(written, row - 1))]
        for column, other in enumerate(meant, 1):
            if letter == other:
                best = above[column - 1]
            else:
                best = _plus(above[column - 1], NEIGHBOUR if other in near.get(letter, "") else 1.0)
            best = min(
                best,
                _plus(above[column], _lone(written, row - 1)),
                _plus(current[column - 1], _lone(meant, column - 1)),
            )
            if (
                row > 1
                and column > 1
                and letter != other
                and letter == meant[column - 2]
                and other == written[row - 2]
            ):
                best = min(best, _plus(before[column - 2], SWAPPED))
            current.append(best)
        before, above = above, current
    return above


def _lone(word: str, at: int) -> float:
    """What a letter costs that only one of the words has; one beside its like is soon written twice or once."""
    return DOUBLED if word[at] in (word[at - 1 : at], word[at + 1 : at + 2]) else 1.0


def _plus(cost: _Cost, one: float) -> _Cost:
    return cost[0] + 1, cost[1] + one


@lru_cache
def _neighbours(rows: tuple[str, ...]) -> dict[str, str]:
    """The keys around each key."""
    found: dict[str, str] = {}
    for row, keys in enumerate(rows):
        for at, key in enumerate(keys):
            beside = keys[max(at - 1, 0) : at] + keys[at + 1 : at + 2]
            above = rows[row - 1][at : at + 2] if row else ""
            below = rows[row + 1][max(at - 1, 0) : at + 1] if row + 1 < len(rows) else ""
            found[key] = beside + above + below
    return found
