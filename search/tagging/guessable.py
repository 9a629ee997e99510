"""What a picture can't tell: numbers, sizes and counts. They are read from texts, and never guessed."""

from __future__ import annotations

import re

from ..text import fold

_LETTER_SIZE = re.compile(r"(?:[2-9]?x{0,4}[sl]|m|one size|einheitsgr(?:oe|o)sse)")
_COUNTED = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|pair|single|double|triple"
    r"|ein|eine|eins|zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|elf|zwolf|dutzend|paar|doppel"
    r"|set|pack|box|bundle|lot|satz|packung)\b"
)


def is_guessable(words: str) -> bool:
    """Whether a picture may say `words` of a product: not a number ("42", "10 cm"), a size ("XL") or a count ("set of
    four", "pair").
    """
    folded = fold(words).lower().strip()
    if any(letter.isdigit() for letter in folded) or _LETTER_SIZE.fullmatch(folded):
        return False
    return not _COUNTED.search(folded)
