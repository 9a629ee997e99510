"""Stems of folded words: Snowball's English and German, nothing for other languages.

The German stemmer takes "ae", "oe", "ue" for umlauts where German spelling allows it, so "Schuessel" and "Schüssel"
share a stem although folding made one of them "schussel".
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Protocol

STEMMED_LANGUAGES = ("de", "en")


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...


# A Snowball stemmer keeps the word it works on in itself, so two threads must not share one.
_own = threading.local()


@lru_cache(maxsize=65536)
def stem(word: str, language: str) -> str:
    """The stem of one folded word in `language` ("de", "en-GB", ...); the word itself in a language we don't stem."""
    base = base_language(language)
    if base == "en":
        word = word.removesuffix("'s").removesuffix("'")
    word = word.replace("'", "")
    if base not in STEMMED_LANGUAGES:
        return word
    return _stemmer(base).stemWord(word)


def base_language(language: str) -> str:
    """ "de" of "de", "de-AT" and "DE_ch"."""
    return language.replace("_", "-").partition("-")[0].lower()


def _stemmer(base: str) -> _Stemmer:
    stemmers: dict[str, _Stemmer] = _own.__dict__.setdefault("stemmers", {})
    if base not in stemmers:
        # Not snowballstemmer.stemmer(): that prefers PyStemmer where it is installed, whose version may differ.
        if base == "de":
            from snowballstemmer.german_stemmer import GermanStemmer as Stemmer
        else:
            from snowballstemmer.english_stemmer import EnglishStemmer as Stemmer
        stemmers[base] = Stemmer()
    return stemmers[base]
