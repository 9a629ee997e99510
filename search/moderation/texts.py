"""What is read in texts: contact details by their form, and a policy's words as searches read words. No database."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..tagging.said import Phrases, places_said
from ..text import terms

_ENDS = "com|net|org|info|biz|shop|store|online|app|de|eu|io"
_MAIL = (
    r"[\w.+-]+\s?(?:@|[\[(]\s?(?:at|ät)\s?[\])])\s?[\w-]+(?:\.|\s?[\[(]\s?(?:dot|punkt)\s?[\])]\s?)[a-z]{2,}"
)
_ADDRESS = rf"https?://\S{{3,}}|\bwww\.[\w-]+\.\w{{2,}}|\b(?:wa|t)\.me/\S+|\b[a-z0-9][a-z0-9-]{{1,62}}\.(?:{_ENDS})\b(?:/\S*)?"
_DIGITS = r"\d(?:[\d\s()/.-]{5,}\d)"
_CALL = (
    r"\b(?:tele[fp]hone?|telefon|tel|phone|fon|fax|call|mobile?|handy|whats\s?app|hotline|anruf\w*|ring)\b"
)
_PHONES = (
    r"(?<!\w)\+\s?[1-9][\d\s()/.-]{6,}\d",
    rf"{_CALL}\W{{0,3}}(?:\w{{1,12}}\W{{1,3}})?(?:\+|\()?{_DIGITS}",
    r"(?<![\w.,-])0[1-9]\d{1,4}\s?[/ -]\s?\d{3,}(?:[\s-]?\d{2,})*(?![\w.,]\d)",
    r"(?<![\w.,-])\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])",
)
_CONTACTS = re.compile("|".join(f"(?:{each})" for each in (_MAIL, _ADDRESS)), re.IGNORECASE)
_NUMBERS = re.compile("|".join(f"(?:{each})" for each in _PHONES), re.IGNORECASE)
#: Digits of a telephone number (E.164 has 15 at most).
_FEWEST, _MOST = 7, 15


def contact_in(text: str) -> str:
    """The first telephone number, e-mail or web address in `text`, as it is written there; empty where there is none.

    A text that is nothing but a number is a code of the shop's own: a SKU, a barcode.
    """
    if found := _CONTACTS.search(text):
        return found[0].strip()
    if not any(map(str.isalpha, text)) and not text.strip().startswith("+"):
        return ""
    for number in _NUMBERS.finditer(text):
        if _FEWEST <= sum(map(str.isdigit, number[0])) <= _MOST:
            return number[0].strip()
    return ""


def phrases_of(words: Sequence[str], language: str) -> Phrases:
    """A policy's `words` as searches in `language` read them, to be looked up by `words_in`."""
    found: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for place, phrase in enumerate(words):
        if said := tuple(terms(phrase, language)):
            found.setdefault(said[0], []).append((said, place))
    return {
        start: sorted(phrases, key=lambda phrase: (-len(phrase[0]), phrase))
        for start, phrases in found.items()
    }


def word_in(fields: Mapping[str, str], words: Sequence[str], phrases: Phrases, language: str) -> str:
    """The first of `words` that one of the `fields` says, in any inflection; empty where none does."""
    found = {place for text in fields.values() for place in places_said(terms(text, language), phrases)}
    return words[min(found)] if found else ""
