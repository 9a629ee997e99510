"""Misspelt words: one that no visible product has becomes the nearest of the shop's own that one has.

None under 4 letters, one edit from 4 to 7, two from 8, counted to a word's other inflections too; never a model code,
and never a word that the shop sells. Of several near words one that some product has together with the rest of the
query is the likelier. Slips are rare, so two of them in one query must make sense together: some visible product has
both corrected words.

The shop's vocabulary is looked up by what is left of words without a letter or two, in PostgreSQL, so no process keeps
it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ..models import Word
from ..text import Token, inflections, is_function_word, located_terms, stem, terms, tokens
from ..text.spelling import MAX_LETTERS, ONE_EDIT, allowed_edits, deletion_keys, edits_to_a_form
from .answer import Correction
from .snapshot import read_without
from .sold import Sold

#: A query with more words is a text, not something mistyped.
MOST_WORDS = 20
#: Candidates that are looked for among what the scope may see, and texts that are read to see how one is written.
MOST_TRIED = 5
MOST_TEXTS = 5
#: What a word that is e times as common may cost more.
COMMON = 0.08
#: What a word costs more that no visible product has together with the rest of the query.
ELSEWHERE = 0.5


@dataclass(frozen=True)
class Spelled:
    """One word to write otherwise: `[start, end)` of the words that were looked at."""

    start: int
    end: int
    correction: Correction


@dataclass(frozen=True)
class Spelling:
    """How the words of a query are written: what to write otherwise, in order; and the terms that no visible product
    has then, each with the word as it was written, or "" for a number, which nothing but a text can show.
    """

    spelled: tuple[Spelled, ...] = ()
    foreign: Mapping[str, str] = field(default_factory=dict)


def read_spelling(
    words: str,
    sold: Sold,
    *,
    known: Collection[str],
    doubtful: Collection[str] = (),
    correct: bool = True,
) -> Spelling:
    """What is misspelt in `words` (nothing unless `correct`), and what is foreign to what the scope may see.

    Terms that are `known` (names, synonyms, phrases) and function words are neither. Those that are `doubtful` are not
    foreign, and misspelt only where some visible product says what is meant together with the rest of the query.
    """
    written = list(_written(words, sold.language, known))
    if not written or len(written) > MOST_WORDS:
        return Spelling()
    own = sold.words({token.text for word in written for _, token in word})
    places = {(token.start, token.end) for token in correctable(words)} if correct else set()
    beside = [word[0][0] for word in written if word[0][1].text in own]
    found: dict[str, Spelled] = {}
    foreign: dict[str, str] = {}
    for word in written:
        whole, *parts = (token.text in own for _, token in word)
        if whole or (parts and all(parts)):
            continue
        for term, token in word:
            if token.text in own:
                continue
            place = (token.start, token.end)
            meant = _meant(token.text, beside, sold) if place in places else None
            if meant and (term not in doubtful or _said_with(meant, beside, sold)):
                found[term] = Spelled(*place, Correction(words[token.start : token.end], meant))
            elif term in doubtful:
                continue
            elif not parts or token is not word[0][1]:
                foreign[term] = "" if token.kind == "number" else words[token.start : token.end]
    if len(found) > 1 and not _together(found.values(), sold):
        foreign |= {term: each.correction.original for term, each in found.items()}
        found = {}
    return Spelling(tuple(found.values()), foreign)


#: A word of the shop, its term, and how many texts have it.
Near = tuple[str, str, int]


def words_near(written: Collection[str], sold: Sold) -> list[Near]:
    """The words of the shop that any of `written` may be a slip of, or on the way to."""
    keys = {key for word in written for key in deletion_keys(word, allowed_edits(word))}
    if not keys:
        return []
    # By the index of what is left of words alone: the planner takes comparing arrays to cost nothing.
    sql = (
        f"SELECT word, term, documents FROM {Word._meta.db_table}"  # noqa: S608 - a name of ours
        " WHERE (generation_id = %s AND language = %s) IS TRUE AND deletions && %s::int[]"
    )
    parameters = [sold.generation.pk, sold.language, sorted(keys)]
    return read_without(sold.using, ("enable_seqscan", "enable_indexscan"), sql, parameters)


def _written(words: str, language: str, known: Collection[str]) -> Iterator[list[tuple[str, Token]]]:
    """Each written word with its terms, the whole before its parts; characters of a script without spaces, function
    words and what is `known` are left out.
    """
    for word in joined_words(words, language):
        whole = word[0][1]
        if whole.kind == "bigram" or is_function_word(whole.text, language):
            continue
        if not any(term in known for term, _ in word):
            yield word


def telling_words(located: Iterable[tuple[str, Token]], language: str) -> list[str]:
    """The words, and parts of them, that texts may be asked for as they are written."""
    return [
        token.text
        for _, token in located
        if token.kind != "bigram" and not is_function_word(token.text, language)
    ]


def joined_words(words: str, language: str) -> Iterator[list[tuple[str, Token]]]:
    """The terms of each written word; the whole of a joined one stands before its parts."""
    for _, group in groupby(located_terms(words, language), key=lambda pair: pair[1].word):
        yield list(group)


def _said_with(word: str, beside: Sequence[str], sold: Sold) -> bool:
    return sold.hold([sold.saying([*terms(word, sold.language), *beside])])[0]


def _together(spelled: Iterable[Spelled], sold: Sold) -> bool:
    """Whether some visible product has all the corrected words."""
    meant = [each.correction.corrected for each in spelled]
    return sold.hold([sold.saying([term for word in meant for term in terms(word, sold.language)])])[0]


def respelt(text: str, spelled: Collection[Spelled]) -> str:
    """`text` with the corrections in their places."""
    for each in sorted(spelled, key=lambda each: -each.start):
        text = text[: each.start] + each.correction.corrected + text[each.end :]
    return text


def correctable(words: str) -> Iterator[Token]:
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


def _meant(written: str, beside: Sequence[str], sold: Sold) -> str | None:
    """The best of the shop's words for one that it does not have, `beside` terms that it has; None where none is near
    or may be seen.
    """
    most = allowed_edits(written)
    ranked = []
    for word, _, documents in words_near([written], sold):
        edits = _edits(written, word, sold, most)
        if edits is not None:
            ranked.append((edits[1] - COMMON * math.log(documents), word))
    tried = sorted(ranked)[:MOST_TRIED]
    if beside and len(tried) > 1:
        together = sold.hold([sold.saying([stem(word, sold.language), *beside]) for _, word in tried])
        tried = sorted(
            (cost + ELSEWHERE * (not said), word) for (cost, word), said in zip(tried, together, strict=True)
        )
    for _, word in tried:
        if (seen := _seen(word, written, sold, most)) is not None:
            return seen
    return None


def _edits(written: str, word: str, sold: Sold, most: int) -> tuple[int, float] | None:
    return edits_to_a_form(written, word, inflections(word, sold.language), sold.language, most)


def _seen(word: str, written: str, sold: Sold, most: int) -> str | None:
    """`word` as visible products write it, or the nearest of its forms that they write, or as a facet's value is called
    that some visible product has; None where none has any.
    """
    term = stem(word, sold.language)
    forms: set[str] = set()
    for fields in sold.having([term]).values_list("fields", flat=True)[:MOST_TEXTS]:
        for value in fields.values():
            located = located_terms(value, sold.language)
            coded = {token.word for _, token in located if token.kind in ("code", "number")}
            forms |= {token.text for own, token in located if own == term and token.word not in coded}
        if word in forms:
            return word
    near = [(edits[1], form) for form in forms if (edits := _edits(written, form, sold, most)) is not None]
    if near:
        return min(near)[1]
    return word if sold.names(word) else None
