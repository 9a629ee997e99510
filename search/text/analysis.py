"""The analysis itself: a text becomes the terms that are stored and compared; a digest names its version."""

from __future__ import annotations

import hashlib
import importlib.metadata
import unicodedata
from functools import lru_cache

from .stemming import stem
from .tokenising import Token, tokens

VERSION = 3  # raise it with every change that gives any text other terms
#: A longer piece between two spaces is no word that comes again: it is cut anew each time, and fills no cache.
_LONGEST_KEPT = 40


def terms(text: str, language: str) -> list[str]:
    """The terms of `text` in order: folded, cut, stemmed in `language`; every word counts, there is no stop list.

    A joined word gives its whole before its parts ("XJ-900": `xj900`, `xj`, `900`). Accents never matter:
    `terms(fold(text), language) == terms(text, language)`. No token reaches over a space, and a shop says the same
    words again and again: what lies between spaces is kept.
    """
    found: list[str] = []
    for piece in text.split():
        found += (
            _kept(piece, language)
            if len(piece) <= _LONGEST_KEPT
            else [term for term, _ in located_terms(piece, language)]
        )
    return found


def located_terms(text: str, language: str) -> list[tuple[str, Token]]:
    """The same terms, each with the token that it was made of."""
    found = ((_term(token.text, token.kind == "word", language), token) for token in tokens(text))
    return [(term, token) for term, token in found if term]


def _term(token: str, is_word: bool, language: str) -> str:
    return stem(token, language) if is_word else token.replace("'", "")


@lru_cache(maxsize=16384)
def _kept(piece: str, language: str) -> tuple[str, ...]:
    return tuple(term for text, is_word in _tokens_of(piece) if (term := _term(text, is_word, language)))


@lru_cache(maxsize=1024)
def _tokens_of(piece: str) -> tuple[tuple[str, bool], ...]:
    """A product number is the same in all of a shop's languages, and comes in all of them one after the other."""
    lower = piece.lower()
    if lower.isascii() and lower.isalpha():
        return ((lower, True),)
    return tuple((token.text, token.kind == "word") for token in tokens(piece))


@lru_cache(maxsize=1)
def analysis_digest() -> str:
    """Hex SHA-256 of what decides the terms: our version, Snowball's, and the Unicode tables of this Python.

    Stored terms with another digest must be made anew before queries meet them.
    """
    parts = (
        f"analysis {VERSION}",
        f"snowballstemmer {importlib.metadata.version('snowballstemmer')}",
        f"unicode {unicodedata.unidata_version}",
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
