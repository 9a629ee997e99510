"""Words while they are typed: those that are finished, and what the last one may become.

Written words of the shop begin as they are typed; their stems need not ("runnin" is on the way to "run"). What is
looked up here knows drafts' words too: it decides what is asked for, never what is shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import BooleanField, Func, QuerySet

from ..models import Generation, TermFrequency, Text
from ..text import Token, is_function_word, located_terms, stem
from ..text.spelling import MAX_LETTERS, allowed_edits, edits_between, edits_to_begin
from .sold import Sold
from .spelling import COMMON, Near, correctable, joined_words, words_near

#: Words that an unfinished one may become, the most common first.
MOST_ENDINGS = 10
#: Words that one with a slip may have been meant to be.
MOST_MEANT = 5
#: Share of a language's texts from which a word is frequent: walking down the keys finds some of them sooner than the
#: index of terms lists them all.
FREQUENT = 0.05

#: Whether the array `words` of a row fits a query: as its index is written, which serves beginnings too.
HAS_WORDS = "array_to_tsvector(words) @@ %s::tsquery"


#: A term, and how it is written, folded.
Way = tuple[str, str]


@dataclass(frozen=True)
class Beginning:
    """`text` as far as it is typed. `finished` are its words, each with the ways in which it may be said: as it is
    written, or, of one with a slip, as the shop writes it.

    `last` is the unfinished word, folded, which begins at `start`: "" where there is none, as the text ends with a
    space. Where it has a slip, `meant` are ways to say it, words of the shop that begin nearly so.
    """

    text: str
    language: str
    finished: tuple[tuple[Way, ...], ...] = ()
    last: str = ""
    start: int = 0
    meant: tuple[Way, ...] = ()

    @classmethod
    def of(cls, text: str, language: str) -> Beginning:
        """What `text` says; its last word is finished where a space follows."""
        located = located_terms(text, language)
        if not located or text[-1].isspace():
            return cls(text, language, _as_written(located), start=len(text))
        # The whole of a joined word stands before its parts: "t-shi" is "tshi" unfinished, and no "t".
        last = next(token for _, token in located if token.word == located[-1][1].word)
        if last.kind == "bigram":  # of a script without spaces only the last pair is unfinished
            last = located[-1][1]
        finished = _as_written((term, token) for term, token in located if token.start < last.start)
        return cls(text, language, finished, last.text, last.start)

    @property
    def words(self) -> int:
        """How many words there are, the unfinished one too."""
        return len(self.finished) + bool(self.last or self.meant)

    def respelt(self, sold: Sold) -> Beginning | None:
        """The same without slips: words that no visible product has are said as the shop says those near them; None
        where no word of the shop is near.

        Of several near ones all are tried, and what is shown must have all the words: slips are rare, so two of them
        must make sense together.
        """
        words = self.text[: self.start]
        written = [
            token.text for token in correctable(words) if not is_function_word(token.text, self.language)
        ]
        near = words_near([*written, *_begun(self.last)], sold)
        known = sold.hold([sold.saying([stem(word, self.language)]) for word in written]) if near else []
        ways = {
            word: _nearest(word, near, self.language, edits_between)
            for word, seen in zip(written, known, strict=bool(near))
            if not seen
        }
        mended = {word: found for word, found in ways.items() if found}
        meant = _nearest(self.last, near, self.language, edits_to_begin) if _begun(self.last) else ()
        if not mended and not meant:
            return None
        finished = [
            mended.get(token.text, ((term, token.text),))
            for whole, *parts in joined_words(words, self.language)
            # The whole of a joined word goes where a part of it is mended.
            for term, token in (parts if any(token.text in mended for _, token in parts) else (whole, *parts))
        ]
        return replace(self, finished=tuple(finished), meant=meant)

    def patterns(self) -> str:
        """What words of the shop are LIKE that the last one may become; nothing is, where there is no such word."""
        begun = "" if self.meant else self.last
        return re.sub(r"([\\\\%_])", r"\\\1", begun) + "%" if begun else ""

    def asked(self) -> list[str]:
        """Terms whose number of texts is wanted."""
        return list(dict.fromkeys(term for ways in (*self.finished, self.meant) for term, _ in ways))

    def query(self) -> str:
        """The words for `HAS_WORDS`: the finished ones as they are or by their stem, and the beginning of the last."""
        groups = [
            [(word, False) for word in dict.fromkeys(sum(ways, ()))]
            for ways in dict.fromkeys((*self.finished, self.meant))
            if ways
        ]
        if self.last and not self.meant:
            groups.append([(self.last, True)])
        return words_query(groups)

    def sought(self, known: Sequence[Sequence[Any]], begun: Sequence[Sequence[Any]]) -> Sought:
        """The terms in question: `known` and `begun` are terms of the shop with how many texts have each."""
        counts = {term: int(documents) for term, documents in known}
        longer: dict[str, int] = {}
        for term, documents in begun:
            longer[term] = max(int(documents), longer.get(term, 0))
        groups = [
            tuple(dict.fromkeys(term for term, _ in ways)) for ways in (*self.finished, self.meant) if ways
        ]
        if self.last and not self.meant:  # the word as it stands may be whole
            ends = sorted(longer, key=lambda term: (-longer[term], term))[:MOST_ENDINGS]
            groups.append(tuple(dict.fromkeys((stem(self.last, self.language) or self.last, *ends))))
        return Sought(tuple(dict.fromkeys(groups)), longer | counts)


@dataclass(frozen=True)
class Sought:
    """A text that fits has a term out of each of `groups`; `counts` says how many texts have each term."""

    groups: tuple[tuple[str, ...], ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    def share(self, documents: int) -> float:
        """About which share of all texts fits, if words stood independently."""
        fitting = (sum(self.counts.get(term, 0) for term in group) for group in self.groups)
        return math.prod(min(1.0, count / documents) for count in fitting) if documents else 0.0

    def conditions(self) -> tuple[str, list[list[str]]]:
        """The same as SQL over the column `terms`, with its parameters."""
        alone = [group[0] for group in self.groups if len(group) == 1]
        several = [list(group) for group in self.groups if len(group) > 1]
        sql = ["terms @> %s::text[]"] * bool(alone) + ["terms && %s::text[]"] * len(several)
        return " AND ".join(sql), [*([alone] if alone else []), *several]


def matching(rows: QuerySet[Text], every: Sequence[str], ends: Sequence[str]) -> QuerySet[Text]:
    """Those of `rows` that have `every` term, and one of `ends` if there are any."""
    rows = rows.filter(terms__contains=list(every)) if every else rows
    return rows.filter(terms__overlap=list(ends)) if ends else rows


def terms_begun(
    text: str, language: str, generation: Generation, *, using: str
) -> QuerySet[TermFrequency, TermFrequency]:
    """The terms of the shop that begin with `text`, the most common first."""
    known = TermFrequency.objects.using(using).filter(generation=generation, language=language)
    return known.filter(term__startswith=text).order_by("-documents", "term")


class WithoutIndex(Func):
    """A condition that no index serves: the planner would join the index of terms with one that lists every text."""

    template = "(%(expressions)s) IS TRUE"
    output_field: BooleanField[bool, bool] = BooleanField()


def words_query(groups: Sequence[Sequence[tuple[str, bool]]]) -> str:
    """A text search query for rows whose `words` have one out of each group; `("mug", True)` is any that begins so."""
    return " & ".join(f"({' | '.join(_lexeme(*word) for word in group)})" for group in groups)


def _lexeme(word: str, begins: bool) -> str:
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'{':*' if begins else ''}"


def _as_written(located: Iterable[tuple[str, Token]]) -> tuple[tuple[Way, ...], ...]:
    """Words that have one way to be said."""
    return tuple(((term, token.text),) for term, token in located)


def _begun(last: str) -> list[str]:
    """The unfinished word where it may have a slip: nothing with digits, which is no word of a language."""
    slips = allowed_edits(last) and len(last) <= MAX_LETTERS and not any(map(str.isdecimal, last))
    return [last] if slips else []


def _nearest(
    written: str,
    near: Iterable[Near],
    language: str,
    edits: Callable[[str, str, str, int], tuple[int, float] | None],
) -> tuple[Way, ...]:
    """Of words that are `near` those that `written` may be a slip of, by `edits`, the likeliest first."""
    most = allowed_edits(written)
    ranked = []
    for word, term, documents in near:
        found = edits(written, word, language, most)
        if found is not None:
            ranked.append((found[1] - COMMON * math.log(documents), word, term))
    return tuple((term, word) for _, word, term in sorted(ranked)[:MOST_MEANT])
