"""Stems of folded words: Snowball's English and German, nothing for other languages.

The German stemmer takes "ae", "oe", "ue" for umlauts where German spelling allows it, so "Schuessel" and "Schüssel"
share a stem although folding made one of them "schussel". Plurals that no rule of Snowball's undoes are listed here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

STEMMED_LANGUAGES = ("de", "en")

#: Plurals of things that shops sell, with the singular.
_PLURALS = {
    "en": {
        "shelves": "shelf",
        "scarves": "scarf",
        "knives": "knife",
        "halves": "half",
        "leaves": "leaf",
        "loaves": "loaf",
        "wolves": "wolf",
        "women": "woman",
        "men": "man",
        "children": "child",
        "feet": "foot",
        "teeth": "tooth",
        "geese": "goose",
        "mice": "mouse",
    },
    "de": {
        "sofas": "sofa",
        "kameras": "kamera",
        "fotos": "foto",
        "autos": "auto",
        "videos": "video",
        "radios": "radio",
        "kimonos": "kimono",
        "ponchos": "poncho",
        "bikinis": "bikini",
        "pullis": "pulli",
        "babys": "baby",
        "bodys": "body",
        "handys": "handy",
        "teddys": "teddy",
    },
}
#: Endings of nouns and adjectives; which of them a word may take, its stem says.
_GERMAN_ENDINGS = ("", "e", "n", "en", "er", "es", "em", "s")
#: English words that end so have a plural in -es.
_SIBILANTS = ("s", "x", "z", "ch", "sh")
#: Endings of so many letters are plurals at the end of a compound, too ("bookshelves").
_OF_COMPOUNDS = 5


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
    return _stemmer(base).stemWord(_singular(word, _PLURALS[base]))


def inflections(word: str, language: str) -> tuple[str, ...]:
    """Other forms that the folded `word` may take by the common endings of `language`, all with its stem."""
    base = base_language(language)
    if base not in STEMMED_LANGUAGES:
        return ()
    own = stem(word, language)
    if base == "en":
        single = _english_singular(word)
        forms = {single, _english_plural(single)}
    else:
        roots = (word.removesuffix(ending) for ending in _GERMAN_ENDINGS)
        root = min((root for root in roots if stem(root, language) == own), key=len)
        forms = {root + ending for ending in _GERMAN_ENDINGS}
    return tuple(sorted(form for form in forms - {word} if len(form) > 2 and stem(form, language) == own))


def _english_singular(word: str) -> str:
    single = _singular(word, _PLURALS["en"])
    if single != word or not word.endswith("s") or word.endswith("ss"):
        return single
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word[:-2].endswith(_SIBILANTS) else word[:-1]


def _english_plural(word: str) -> str:
    for plural, single in _PLURALS["en"].items():
        if word == single:
            return plural
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(_SIBILANTS) else "s")


def _singular(word: str, plurals: Mapping[str, str]) -> str:
    if word in plurals:
        return plurals[word]
    for plural, single in plurals.items():
        if len(plural) >= _OF_COMPOUNDS and word.endswith(plural) and len(word) >= len(plural) + 3:
            return word.removesuffix(plural) + single
    return word


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
