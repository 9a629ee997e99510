"""Words while they are typed: those that are finished, and what the last one may become.

Written words of the shop begin as they are typed; their stems need not ("runnin" is on the way to "run"). What is
looked up here knows drafts' words too: it decides what is asked for, never what is shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import BooleanField, Expression, F, Func, QuerySet

from ..models import Generation, TermFrequency, Text, Word
from ..text import located_terms, stem
from ..text.spelling import MAX_LETTERS, allowed_edits, deletion_keys, edits_to_begin
from .snapshot import Part
from .sold import Sold
from .spelling import COMMON, misspelt, respelt

#: Words that an unfinished one may become, the most common first.
MOST_ENDINGS = 30
#: Words that an unfinished one with a slip may become.
MOST_MEANT = 5
#: Share of a language's texts from which a word is frequent: walking down the keys finds some of them sooner than the
#: index of terms lists them all.
FREQUENT = 0.05

_COUNTED = "SELECT json_build_array(term, documents) AS cells FROM {part}"


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

    def counts(self, generation: Generation, *, using: str) -> dict[str, Part]:
        """What to read to know how many texts have the finished words, and those that the last one may become."""
        terms = TermFrequency.objects.using(using).filter(generation=generation, language=self.language)
        words = Word.objects.using(using).filter(generation=generation, language=self.language)
        own = [*self.terms, *(term for _, term in self.meant)]
        rows: dict[str, QuerySet[Any, Any]] = {}
        if own:
            rows["finished"] = terms.filter(term__in=own)
        if self.last and not self.meant:
            rows["words"] = words.filter(word__startswith=self.last).order_by("-documents", "word")[
                :MOST_ENDINGS
            ]
            rows["terms"] = terms_begun(self.last, self.language, generation, using=using)[:MOST_ENDINGS]
        return {
            name: Part(each.values_list("term", "documents"), ("term", "documents"), _COUNTED)
            for name, each in rows.items()
        }

    def endings(self, rows: Mapping[str, list[list[Any]]]) -> Endings:
        """The terms in question, from what was read."""
        counts = {term: int(documents) for term, documents in rows.get("finished", ())}
        longer: dict[str, int] = {}
        for term, documents in (*rows.get("words", ()), *rows.get("terms", ())):
            longer[term] = max(int(documents), longer.get(term, 0))
        begun = sorted(longer, key=lambda term: (-longer[term], term))[:MOST_ENDINGS]
        if self.meant:
            begun = list(dict.fromkeys(term for _, term in self.meant))
        elif self.last:  # the word as it stands may be whole
            begun = list(dict.fromkeys((stem(self.last, self.language) or self.last, *begun)))
        return Endings(self.terms, tuple(begun), longer | counts)


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


class HasWords(Expression):
    """Whether the array `words` of a row has a word out of each group; `("mug", True)` is any that begins with "mug".

    As the index of these arrays is written, so that it serves beginnings too.
    """

    output_field: BooleanField[bool, bool] = BooleanField()
    conditional = True

    def __init__(self, groups: Sequence[Sequence[tuple[str, bool]]]) -> None:
        super().__init__()
        self.words: Any = F("words")
        self.query = " & ".join(f"({' | '.join(_lexeme(*word) for word in group)})" for group in groups)

    @classmethod
    def typed(cls, beginning: Beginning) -> HasWords:
        """The words of `beginning`, of which there is at least one."""
        groups = [[(word, False) for word in dict.fromkeys(each)] for each in beginning.finished]
        if beginning.meant:
            groups.append([(word, False) for word in dict.fromkeys(sum(beginning.meant, ()))])
        elif beginning.last:
            groups.append([(beginning.last, True)])
        return cls(groups)

    def get_source_expressions(self) -> list[Any]:
        return [self.words]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.words,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, parameters = compiler.compile(self.words)
        return f"array_to_tsvector({sql}) @@ %s::tsquery", (*parameters, self.query)


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
