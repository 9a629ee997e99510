"""Stems of folded words by Snowball's rules; nothing for a language that it has none for.

The German stemmer takes "ae", "oe", "ue" for umlauts where German spelling allows it, so "Schuessel" and "Schüssel"
share a stem although folding made one of them "schussel". Others read words without their accents, as shoppers type
them: what they then miss of plurals and of what adjectives agree with is listed here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Protocol

#: Snowball's name of each language. Estonian is left out: of a noun's singular and plural it makes two stems.
_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
STEMMED_LANGUAGES = tuple(_SNOWBALL)
#: What is one language to whoever searches.
_SAME = {"no": "nb", "nn": "nb"}

#: Words of things that shops sell, and of their colours, that no rule of Snowball's undoes: each with its stem's word.
_PLURALS: Mapping[str, Mapping[str, str]] = {
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
    "fr": {"bleus": "bleu", "blanche": "blanc", "blanches": "blanc"},
    "es": {"sofas": "sofa"},
    "it": {"bicchieri": "bicchiere"},
    "nl": {"rode": "rood", "grote": "groot", "kussens": "kussen"},
    "sv": {"skor": "sko", "rott": "rod", "vitt": "vit", "blatt": "bla", "gratt": "gra"},
    "da": {"rodt": "rod", "blat": "bla", "grat": "gra"},
    "nb": {"rodt": "rod", "blatt": "bla", "gratt": "gra"},
    "pl": {"kubki": "kubek", "zegarki": "zegarek"},
}
#: Endings that stand for others before Snowball reads a word, where so many letters are left of it.
_STANDING_FOR: Mapping[str, Sequence[tuple[str, str]]] = {
    "es": (("ces", "z"),),  # luces, lápices
    "fr": (("ees", "e"), ("ee", "e")),  # brodées as brodés
    "pt": (("oes", "ao"), ("ais", "al"), ("eis", "el"), ("ois", "ol"), ("uis", "ul")),  # calções, lençóis
    "tr": (("lar", ""), ("ler", "")),
}
_LEFT = 2
#: Words that lose their vowel before another: "l'été" is "été".
_ELIDED = {
    "ca": re.compile(r"^[dlmnst]'"),
    "fr": re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'"),
    "it": re.compile(r"^(?:[cdlmstv]|un|all|dall|dell|nell|sull|quell|quest|bell)'"),
}
#: Endings of nouns and adjectives; which of them a word may take, its stem says.
_ENDINGS: Mapping[str, Sequence[str]] = {
    "da": ("", "e", "er", "r", "en", "et", "t"),
    "de": ("", "e", "n", "en", "er", "es", "em", "s"),
    "es": ("", "s", "es", "o", "a", "os", "as"),
    "fr": ("", "s", "e", "es", "x"),
    "it": ("", "o", "a", "i", "e"),
    "nb": ("", "e", "er", "r", "en", "et", "t"),
    "nl": ("", "s", "e", "en", "n"),
    "pl": ("", "a", "y", "i", "e", "o"),
    "pt": ("", "s", "es", "o", "a", "os", "as"),
    "sv": ("", "a", "ar", "or", "er", "r", "n", "en", "et", "t"),
}
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
    word = without_elision(word, base).replace("'", "")
    if base not in _SNOWBALL:
        return word
    # A word that is all ending is its own stem.
    return _stemmer(base).stemWord(_singular(word, base)) or word


def without_elision(word: str, language: str) -> str:
    """The folded `word` alone: "été" of "l'été", and "un" of "d'un"."""
    elided = _ELIDED.get(base_language(language))
    return word if elided is None else elided.sub("", word) or word


def inflections(word: str, language: str) -> tuple[str, ...]:
    """Other forms that the folded `word` may take by the common endings of `language`, all with its stem."""
    base = base_language(language)
    own = stem(word, language)
    if base == "en":
        single = _english_singular(word)
        forms = {single, _english_plural(single)}
    elif base in _ENDINGS:
        endings = _ENDINGS[base]
        roots = (word.removesuffix(ending) for ending in endings)
        root = min((root for root in roots if stem(root, language) == own), key=len)
        forms = {root + ending for ending in endings}
    else:
        return ()
    return tuple(sorted(form for form in forms - {word} if len(form) > 2 and stem(form, language) == own))


def _english_singular(word: str) -> str:
    single = _singular(word, "en")
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


def _singular(word: str, base: str) -> str:
    plurals = _PLURALS.get(base, {})
    if word in plurals:
        return plurals[word]
    for plural, single in plurals.items():
        if len(plural) >= _OF_COMPOUNDS and word.endswith(plural) and len(word) >= len(plural) + 3:
            return word.removesuffix(plural) + single
    for ending, instead in _STANDING_FOR.get(base, ()):
        if word.endswith(ending) and len(word) >= len(ending) + _LEFT:
            return word.removesuffix(ending) + instead
    return word


@lru_cache(maxsize=256)
def base_language(language: str) -> str:
    """ "de" of "de", "de-AT" and "DE_ch"; Norwegian is "nb" however it is written."""
    base = language.replace("_", "-").partition("-")[0].lower()
    return _SAME.get(base, base)


def _stemmer(base: str) -> _Stemmer:
    stemmers: dict[str, _Stemmer] = _own.__dict__.setdefault("stemmers", {})
    if base not in stemmers:
        # Not snowballstemmer.stemmer(): that prefers PyStemmer where it is installed, whose version may differ.
        name = _SNOWBALL[base]
        module = import_module(f"snowballstemmer.{name}_stemmer")
        stemmers[base] = getattr(module, f"{name.capitalize()}Stemmer")()
    return stemmers[base]
