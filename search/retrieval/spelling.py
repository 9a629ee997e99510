"""Misspelt words: one that no visible product has becomes the nearest of the shop's own that one has.

None under 4 letters, one edit from 4 to 7, two from 8; never a model code, and never a word that the shop sells. The
shop's vocabulary is looked up by what is left of words without a letter or two, in PostgreSQL, so no process keeps it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..models import Word
from ..text import Token, located_terms, stem, tokens
from ..text.spelling import MAX_LETTERS, ONE_EDIT, allowed_edits, deletion_keys, edits_between
from .answer import Correction
from .sold import Sold

#: A query with more words is a text, not something mistyped.
MOST_WORDS = 20
#: Candidates that are looked for among what the scope may see, and texts that are read to see how one is written.
MOST_TRIED = 5
MOST_TEXTS = 5
#: What a word that is e times as common may cost more.
COMMON = 0.08


@dataclass(frozen=True)
class Spelled:
    """One word to write otherwise: `[start, end)` of the words that were looked at."""

    start: int
    end: int
    correction: Correction


def misspelt(words: str, sold: Sold, *, known: Collection[str]) -> tuple[Spelled, ...]:
    """The corrections of `words`, in order; terms that are `known` (names, synonyms, phrases) are left alone."""
    written = [token for token in _words(words) if stem(token.text, sold.language) not in known]
    if not written or len(written) > MOST_WORDS:
        return ()
    own = sold.words({token.text for token in written})
    found: list[Spelled] = []
    for token in written:
        if token.text not in own and (meant := _meant(token.text, sold)):
            original = words[token.start : token.end]
            found.append(Spelled(token.start, token.end, Correction(original, meant)))
    return tuple(found)


def respelt(text: str, spelled: Collection[Spelled]) -> str:
    """`text` with the corrections in their places."""
    for each in sorted(spelled, key=lambda each: -each.start):
        text = text[: each.start] + each.correction.corrected + text[each.end :]
    return text


def _words(words: str) -> Iterator[Token]:
    """The words that may be misspelt: long enough, without digits, and no part of a model code."""
    found = tokens(words)
    coded = {token.word for token in found if token.kind != "word"}
    joined = {token.word for at, token in enumerate(found) if at and found[at - 1].word == token.word}
    first = True
    for at, token in enumerate(found):
        first = not at or found[at - 1].word != token.word
        if token.word in coded or (token.word in joined and first):
            continue
        if ONE_EDIT <= len(token.text) <= MAX_LETTERS:
            yield token


def _meant(written: str, sold: Sold) -> str | None:
    """The best of the shop's words for one that it does not have; None where none is near or may be seen."""
    most = allowed_edits(written)
    near = Word.objects.using(sold.using).filter(
        generation=sold.generation,
        language=sold.language,
        deletions__overlap=deletion_keys(written, most),
    )
    ranked = []
    for word, documents in near.values_list("word", "documents"):
        edits = edits_between(written, word, sold.language, most)
        if edits is not None:
            ranked.append((edits[1] - COMMON * math.log(documents), word))
    for _, word in sorted(ranked)[:MOST_TRIED]:
        if (seen := _seen(word, written, sold, most)) is not None:
            return seen
    return None


def _seen(word: str, written: str, sold: Sold, most: int) -> str | None:
    """`word` as visible products write it, or the nearest of its forms that they write; None where none has any."""
    term = stem(word, sold.language)
    forms: set[str] = set()
    for fields in sold.having([term]).values_list("fields", flat=True)[:MOST_TEXTS]:
        for value in fields.values():
            forms |= {token.text for own, token in located_terms(value, sold.language) if own == term}
        if word in forms:
            return word
    near = [
        (edits, form)
        for form in forms
        if (edits := edits_between(written, form, sold.language, most)) is not None
    ]
    return min(near)[1] if near else None
