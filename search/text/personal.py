"""What people paste into a search box and nobody else may see: addresses, numbers that belong to somebody, keys."""

from __future__ import annotations

import re
import unicodedata

#: So many digits in one number, whatever stands between them, are a telephone, a card, an account.
_DIGITS = 7
#: A piece of so many characters is a key from so many changes between letters and digits on, or with any digit at all.
_MIXED, _CHANGES, _LONG = 12, 5, 20
#: No word is longer, in any language.
_LONGEST = 40

_ADDRESS = re.compile(r"\S@\S|://|(?:^|\s)www\.|\b\d{1,3}(?:\.\d{1,3}){3}\b")
#: Digits with what people write between them: "+49 (0)170 / 123-45.67", "DE89 3704 0044", "4111-1111 1111".
_NUMBER = re.compile(r"\d(?:[\s()/+._-]{0,3}\d)*")
_CHANGE = re.compile(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)")


def looks_personal(text: str) -> bool:
    """Whether `text` has something like an e-mail or web address, a telephone or card number, a key or a token.

    In doubt it does: a model number of seven digits is not shown either, though everybody may search for it.
    """
    text = unicodedata.normalize("NFKC", text)
    if _ADDRESS.search(text) or any(_digits(found[0]) >= _DIGITS for found in _NUMBER.finditer(text)):
        return True
    return any(_looks_like_a_key(piece) for piece in text.split())


def _looks_like_a_key(piece: str) -> bool:
    if len(piece) > _LONGEST or (len(piece) >= _LONG and _digits(piece)):
        return True
    return len(piece) >= _MIXED and len(_CHANGE.findall(piece)) >= _CHANGES


def _digits(text: str) -> int:
    return sum(character.isdecimal() for character in text)
