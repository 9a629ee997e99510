"""Words while they are typed: those that are finished, and what the last one may become.

Written words of the shop begin as they are typed; their stems need not ("runnin" is on the way to "run"). What is
looked up here knows drafts' words too: it decides what is asked for, never what is shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import BooleanField, Func, QuerySet

from ..models import Generation, TermFrequency, Text, Word
from ..text import located_terms, stem
from ..text.spelling import MAX_LETTERS, allowed_edits, deletion_keys, edits_to_begin
from .sold import Sold
from .spelling import COMMON, misspelt, respelt

#: Words that an unfinished one may become, the most common first.
MOST_ENDINGS = 30
#: Words that an unfinished one with a slip may become.
MOST_MEANT = 5
#: Share of a language's texts from which a word is frequent: walking down the keys finds some of them sooner than the
#: index of terms lists them all.
FREQUENT = 0.05

#: Whether the array `words` of a row fits a query: as its index is written, which serves beginnings too.
HAS_WORDS = "array_to_tsvector(words) @@ %s::tsquery"


@dataclass(frozen=True)
class Beginning:
    """`text` as far as it is typed. `finished` are terms, each with how it is written, folded.

    `last` is the unfinished word, folded, which begins at `start`: "" where there is none, as the text ends with a
    space. Where it has a slip, `meant` are words of the shop, with their terms, that begin nearly like it.
    """

    text: str
    language: str
    finished: tuple[tuple[str, str], ...] = ()
    last: str = ""
    start: int = 0
    meant: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, text: str, language: str) -> Beginning:
        """What `text` says; its last word is finished where a space follows."""
        located = located_terms(text, language)
        if not located or text[-1].isspace():
            finished = tuple((term, token.text) for term, token in located)
            return cls(text, language, finished, start=len(text))
        # The whole of a joined word stands before its parts: "t-shi" is "tshi" unfinished, and no "t".
        last = next(token for _, token in located if token.word == located[-1][1].word)
        if last.kind == "bigram":  # of a script without spaces only the last pair is unfinished
            last = located[-1][1]
        finished = tuple((term, token.text) for term, token in located if token.start < last.start)
        return cls(text, language, finished, last.text, last.start)

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of the finished words, each once."""
        return tuple(dict.fromkeys(term for term, _ in self.finished))

    def respelt(self, sold: Sold) -> Beginning | None:
        """The same without slips: finished words become the shop's, and the last one may become `meant`; None where
        no word of the shop is near.
        """
        spelled = misspelt(self.text[: self.start], sold, known=()) if self.finished else ()
        mended = Beginning.of(respelt(self.text, spelled), self.language)
        meant = _meant(self.last, sold)
        return replace(mended, meant=meant) if spelled or meant else None

    def patterns(self) -> str:
        """What words of the shop are LIKE that the last one may become; nothing is, where there is no such word."""
        begun = "" if self.meant else self.last
        return re.sub(r"([\\\\%_])", r"\\\1", begun) + "%" if begun else ""

    def asked(self) -> list[str]:
        """Terms whose number of texts is wanted."""
        return [*self.terms, *(term for _, term in self.meant)]

    def query(self) -> str:
        """The words for `HAS_WORDS`: the finished ones as they are or by their stem, and the beginning of the last."""
        groups = [[(word, False) for word in dict.fromkeys(each)] for each in self.finished]
        if self.meant:
            groups.append([(word, False) for word in dict.fromkeys(sum(self.meant, ()))])
        elif self.last:
            groups.append([(self.last, True)])
        return words_query(groups)

    def endings(self, known: Sequence[Sequence[Any]], begun: Sequence[Sequence[Any]]) -> Endings:
        """The terms in question: `known` and `begun` are terms of the shop with how many texts have each."""
        counts = {term: int(documents) for term, documents in known}
        longer: dict[str, int] = {}
        for term, documents in begun:
            longer[term] = max(int(documents), longer.get(term, 0))
        ends = sorted(longer, key=lambda term: (-longer[term], term))[:MOST_ENDINGS]
        if self.meant:
            ends = list(dict.fromkeys(term for _, term in self.meant))
        elif self.last:  # the word as it stands may be whole
            ends = list(dict.fromkeys((stem(self.last, self.language) or self.last, *ends)))
        return Endings(self.terms, tuple(ends), longer | counts)


@dataclass(frozen=True)
class Endings:
    """A text that fits has `every` term, and one of `ends` if there are any; `counts` says how many texts have each."""

    every: tuple[str, ...]
    ends: tuple[str, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    def share(self, documents: int) -> float:
        """About which share of all texts fits, if words stood independently."""
        fitting = [self.counts.get(term, 0) for term in self.every]
        if self.ends:
            fitting.append(sum(self.counts.get(term, 0) for term in self.ends))
        return math.prod(min(1.0, count / documents) for count in fitting) if documents else 0.0


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


def _meant(written: str, sold: Sold) -> tuple[tuple[str, str], ...]:
    """Words of the shop that begin nearly as `written` does, the likeliest first, with their terms."""
    most = allowed_edits(written)
    if not most or len(written) > MAX_LETTERS or any(character.isdecimal() for character in written):
        return ()
    near = Word.objects.using(sold.using).filter(
        generation=sold.generation,
        language=sold.language,
        deletions__overlap=deletion_keys(written, most),
    )
    ranked = []
    for word, term, documents in near.values_list("word", "term", "documents"):
        edits = edits_to_begin(written, word, sold.language, most)
        if edits is not None:
            ranked.append((edits[1] - COMMON * math.log(documents), word, term))
    return tuple((word, term) for _, word, term in sorted(ranked)[:MOST_MEANT])
