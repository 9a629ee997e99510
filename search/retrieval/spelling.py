"""Misspelt words: one that no visible product has becomes the nearest of the shop's own that one has.

None under 4 letters, one edit from 4 to 7, two from 8, counted to a word's other inflections too; never a model code,
and never a word that the shop sells. Of several near words one that some product has together with the rest of the
query is the likelier. Slips are rare, so two of them in one query must make sense together: some visible product has
both corrected words, or the likelier one alone is a slip.

The shop's vocabulary is looked up by what is left of words without a letter or two, in PostgreSQL, so no process keeps
it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from ..models import Word
from ..text import Token, inflections, is_function_word, located_terms, stem, terms, thesaurus, tokens
from ..text.spelling import (
    MAX_LETTERS,
    ONE_EDIT,
    allowed_edits,
    deletion_keys,
    edits_between,
    edits_to_a_form,
    stored_keys,
)
from .answer import Correction
from .snapshot import read_without
from .sold import Sold

#: A query with more words is a text, not something mistyped.
MOST_WORDS = 20
#: Candidates that are looked for among what the scope may see.
MOST_TRIED = 5
#: What a word that is e times as common may cost more.
COMMON = 0.08
#: What a word costs more that no visible product has together with the rest of the query; in part, where some have it
#: with a part of the rest.
ELSEWHERE = 0.5
#: Words of the rest that near words are looked for with one by one.
MOST_BESIDE = 6


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
    taught: frozenset[str] = frozenset(),
    correct: bool = True,
) -> Spelling:
    """What is misspelt in `words` (nothing unless `correct`), and what is foreign to what the scope may see.

    Terms that are `known` (names, synonyms, phrases) and function words are neither. Those that are `doubtful` are not
    foreign, and misspelt only where some visible product says what is meant together with the rest of the query. What
    the model was `taught` may be meant, too.
    """
    written = list(_written(words, sold.language, known))
    if not written or len(written) > MOST_WORDS:
        return Spelling()
    own = sold.words({token.text for word in written for _, token in word})
    places = {(token.start, token.end) for token in correctable(words)} if correct else set()
    beside = [word[0][0] for word in written if word[0][1].text in own]
    found: dict[str, tuple[Meant, Spelled]] = {}
    foreign: dict[str, str] = {}
    for word in written:
        whole, *parts = (token.text in own for _, token in word)
        if whole or (parts and all(parts)):
            continue
        for term, token in word:
            if token.text in own:
                continue
            place = (token.start, token.end)
            meant = _meant(token.text, beside, sold, taught) if place in places else None
            if meant and (term not in doubtful or _said_with(meant.word, beside, sold)):
                found[term] = meant, Spelled(*place, Correction(words[token.start : token.end], meant.shown))
            elif term in doubtful:
                continue
            elif not parts or token is not word[0][1]:
                foreign[term] = "" if token.kind == "number" else words[token.start : token.end]
    if len(found) > 1 and not _together([meant.word for meant, _ in found.values()], sold):
        # What is a word by itself is less likely one that was misspelt: "chains" beside "ecklace".
        likeliest = min(found, key=lambda term: (found[term][0].is_word, found[term][0].cost))
        dropped = [term for term in found if term != likeliest and term not in doubtful]
        foreign |= {term: found[term][1].correction.original for term in dropped}
        found = {likeliest: found[likeliest]}
    return Spelling(tuple(each for _, each in found.values()), foreign)


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


def _together(meant: Iterable[str], sold: Sold) -> bool:
    """Whether some visible product has all of the words `meant`."""
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


@dataclass(frozen=True)
class Meant:
    """The word that was meant by another, folded and as it is `shown`, how far it is from that, whatever stands beside
    it, and whether the other is a word, too.
    """

    word: str
    shown: str
    cost: float
    is_word: bool


def _meant(written: str, beside: Sequence[str], sold: Sold, taught: frozenset[str]) -> Meant | None:
    """The best of the shop's words for one that it does not have, `beside` terms that it has; of things that the model
    was `taught` where the shop has none near. None where nothing is near or may be seen.
    """
    most = allowed_edits(written)
    ranked = []
    for word, _, documents in words_near([written], sold):
        edits = None if is_function_word(word, sold.language) else _edits(written, word, sold, most)
        if edits is not None:
            ranked.append((edits[1] - COMMON * math.log(documents), word))
    tried = sorted(ranked)[:MOST_TRIED]
    if beside and len(tried) > 1:
        apart = dict(zip(tried, _apart([word for _, word in tried], beside, sold), strict=True))
        tried.sort(key=lambda each: each[0] + ELSEWHERE * apart[each])
    for cost, word in tried:
        if (seen := _seen(word, written, sold, most)) is not None:
            return Meant(*seen, cost, _is_a_word(written, sold.language, taught))
    return _shown(written, sold.language, taught, most)


def _is_a_word(written: str, language: str, taught: frozenset[str]) -> bool:
    """Whether it names a thing, or is a word that the model was taught."""
    book = thesaurus(language)
    return written in taught or (book is not None and book.knows(written))


def _apart(words: Sequence[str], beside: Sequence[str], sold: Sold) -> list[float]:
    """Of each of `words`, with what share of the terms `beside` it no visible product has it; all or nothing where some
    product has one of the words with all of them.
    """
    own = [stem(word, sold.language) for word in words]
    together = sold.hold([sold.saying([each, *beside]) for each in own])
    few = beside[:MOST_BESIDE]
    if any(together) or len(few) == 1:
        return [float(not said) for said in together]
    said = iter(sold.hold([sold.saying([each, term]) for each in own for term in few]))
    return [1 - sum(next(said) for _ in few) / len(few) for _ in own]


def _shown(written: str, language: str, taught: frozenset[str], most: int) -> Meant | None:
    """For what is no word the nearest of those that name a thing and that the model was `taught`: pictures may show it,
    and no product need say it.
    """
    book = thesaurus(language)
    if book is None or _is_a_word(written, language, taught):
        return None
    by_key = _by_key(taught)
    near = {word for key in deletion_keys(written, most) for word in by_key.get(key, ())}
    costs = {word: edits_between(written, word, language, most) for word in near}
    found = sorted((edits[1], word) for word, edits in costs.items() if edits is not None)
    things = (Meant(word, word, cost, False) for cost, word in found if book.knows(word))
    return next(things, None)


@lru_cache(maxsize=4)
def _by_key(words: frozenset[str]) -> Mapping[int, Sequence[str]]:
    """Those of `words` that may be meant, by what is left of them without a letter or two."""
    found: dict[int, list[str]] = defaultdict(list)
    for word in sorted(words):
        for key in stored_keys(word) if len(word) >= ONE_EDIT else ():
            found[key].append(word)
    return found


def _edits(written: str, word: str, sold: Sold, most: int) -> tuple[int, float] | None:
    return edits_to_a_form(written, word, inflections(word, sold.language), sold.language, most)


def _seen(word: str, written: str, sold: Sold, most: int) -> tuple[str, str] | None:
    """`word` as visible products write it, or the nearest of its forms that they write, or as a facet's value is called
    that some visible product has; folded, and with its accents. None where none has any.
    """
    forms: dict[str, str] = {}
    for form, shown in sold.forms(stem(word, sold.language)):
        if form == word:
            return word, shown
        forms.setdefault(form, shown)
    near = [(edits[1], form) for form in forms if (edits := _edits(written, form, sold, most)) is not None]
    if near:
        form = min(near)[1]
        return form, forms[form]
    return (word, word) if sold.names(word) else None
