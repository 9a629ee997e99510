"""What is read in texts: contact details by their form, and a policy's words as searches read words. No database."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..tagging.said import Phrases, longest_first, places_said
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
#: What a policy's word begins with that is the end of many.
ANY_BEGINNING = "*"
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


@dataclass(frozen=True)
class Sought:
    """A policy's `words` as searches in `language` read them, each by its place among the words."""

    words: tuple[str, ...]
    language: str
    phrases: Phrases
    endings: Mapping[str, int]


@lru_cache(maxsize=32)
def sought(words: tuple[str, ...], language: str) -> Sought:
    """A policy's `words`, to be looked up by `word_in` in texts in `language`.

    "*anleitung" is every word that ends so, itself among them: compounds are written as one.
    """
    phrases: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    endings: dict[str, int] = {}
    for place, phrase in enumerate(words):
        said = tuple(terms(phrase, language))
        if said and phrase.startswith(ANY_BEGINNING):
            endings.setdefault(said[-1], place)
        elif said:
            phrases[said[0]].setdefault(said, place)
    return Sought(words, language, longest_first(phrases), endings)


def word_in(fields: Mapping[str, str], of: Sought) -> str:
    """The first of the words sought that one of the `fields` says, in any inflection; empty where none does."""
    found: set[int] = set()
    for text in fields.values():
        said = terms(text, of.language)
        found |= places_said(said, of.phrases)
        found |= {place for ending, place in of.endings.items() for term in said if term.endswith(ending)}
    return of.words[min(found)] if found else ""
