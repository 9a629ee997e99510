"""A long text as what a model can read: its sentences, and each two that follow one another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from itertools import pairwise

from ..errors import InvalidRequest
from ..text import fold, is_function_word, terms

#: Characters that are read of a text, and of what one picture should show; passages that are compared.
LONGEST_TEXT, LONGEST_QUERY = 10_000, 1_000
MOST_PASSAGES = 60
#: Characters of a passage: models read 77 tokens, about so many.
LONGEST_PASSAGE = 300
#: An end of a sentence, or of a line; not the dot of "z. B." or "No. 5".
_END = re.compile(
    r"""(?:(?<=\w\w[.!?…])|(?<=\w\w[.!?…]["“”»')]))\s+(?=["„“«'(]*[^\W\d_a-zà-ÿ])|\n[\s•*–—-]*"""
)
_SIGNS = '.,;:!?…"“”„«»()[]'
_NO_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


def clean(text: str, parameter: str, longest: int = LONGEST_TEXT) -> str:
    """`text` without what no model reads. Raises `InvalidRequest` for nothing, and for more than `longest` letters."""
    if len(text) > longest:
        detail = f"The text has {len(text)} characters; at most {longest} are read."
        raise InvalidRequest("too_long", parameter, detail)
    said = unicodedata.normalize("NFC", _NO_TEXT.sub(" ", text)).strip()
    if not said:
        raise InvalidRequest("missing_parameter", parameter, f"Send words: {parameter}.")
    return said


def words_of(text: str, language: str) -> dict[str, tuple[str, ...]]:
    """The words of `text` as they are written there, each with its terms; function words and signs have none."""
    found = {}
    for word in text.split():
        said = tuple(terms(word, language))
        if said and not is_function_word(fold(word).lower().strip(_SIGNS), language):
            found[word] = said
    return found


def narrowed(passage: str, kept: Container[str]) -> str:
    """The words of a passage that are `kept`, in their order."""
    return " ".join(word.strip(_SIGNS) for word in passage.split() if word in kept)


def passages(text: str) -> tuple[str, ...]:
    """The sentences of `text`, and each two that follow one another, where both together are short enough.

    What one sentence names another describes: "There is a mug on the table. It is red."
    """
    sentences = [" ".join(part.split()) for part in _END.split(text)]
    sentences = [part for each in sentences if each for part in _cut(each)]
    pairs = [
        f"{first} {second}"
        for first, second in pairwise(sentences)
        if len(first) + len(second) < LONGEST_PASSAGE
    ]
    return tuple(dict.fromkeys((*sentences, *pairs)))[:MOST_PASSAGES]


def _cut(sentence: str) -> list[str]:
    """A sentence in pieces of LONGEST_PASSAGE characters, between words."""
    pieces = []
    while len(sentence) > LONGEST_PASSAGE:
        head = sentence[:LONGEST_PASSAGE].rpartition(" ")[0] or sentence[:LONGEST_PASSAGE]
        pieces.append(head)
        sentence = sentence[len(head) :].strip()
    return [*pieces, sentence] if sentence else pieces
