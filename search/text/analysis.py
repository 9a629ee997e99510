"""The analysis itself: a text becomes the terms that are stored and compared; a digest names its version."""

from __future__ import annotations

import hashlib
import importlib.metadata
import unicodedata
from functools import lru_cache

from .stemming import stem
from .tokenising import Token, tokens

VERSION = 1  # raise it with every change that gives any text other terms
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
        found += _terms_of(piece, language) if len(piece) > _LONGEST_KEPT else _kept(piece, language)
    return found


def located_terms(text: str, language: str) -> list[tuple[str, Token]]:
    """The same terms, each with the token that it was made of."""
    found = (
        (stem(token.text, language) if token.kind == "word" else token.text.replace("'", ""), token)
        for token in tokens(text)
    )
    return [(term, token) for term, token in found if term]


def _terms_of(piece: str, language: str) -> tuple[str, ...]:
    return tuple(term for term, _ in located_terms(piece, language))


_kept = lru_cache(maxsize=16384)(_terms_of)


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
