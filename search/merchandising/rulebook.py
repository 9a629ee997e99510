"""The rules that act, made ready so that a search meets only those that may apply to it, however many there are."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import regex

from ..models import Rule, RuleState, Text
from ..retrieval.steering import Asked
from ..retrieval.synonyms import Synonyms
from ..text import terms
from .content import Content, Remove, Synonym
from .reading import BadRule, read
from .words import meanings

logger = logging.getLogger(__name__)

#: How long a pattern may look at one query, in seconds.
MOST_SECONDS = 0.005
_ANY = ("any", "")


@dataclass(frozen=True)
class Ruling:
    """One rule as searches use it. `key` is that of its row, None for one that is only tried out."""

    key: int | None
    name: str
    content: Content
    #: The fault that its row has.
    fault: str = ""
    #: Why its content can't be read; then it has none.
    unreadable: str = ""


@dataclass(frozen=True)
class Rulebook:
    """Rules in their order of precedence, read in one of the document's languages; `broken` are those that can't be."""

    rules: Sequence[Ruling]
    language: str
    _index: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    broken: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at, rule in enumerate(self.rules):
            if rule.content.language in ("", self.language):
                for mark in self._marks(rule.content):
                    self._index.setdefault(mark, []).append(at)

    def applying(self, asked: Asked) -> list[Ruling]:
        """The rules that apply to this search, in their order."""
        said = tuple(terms(asked.request.q, self.language))
        found: set[int] = set(self._index.get(_ANY, ()))
        for mark in self._met(asked, said):
            found.update(self._index.get(mark, ()))
        return [self.rules[at] for at in sorted(found) if self._holds(at, asked, said)]

    @cached_property
    def synonyms(self) -> Synonyms:
        """Those of rules that hold whatever is searched for."""
        found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for rule in self.rules:
            if rule.content.always and rule.content.language in ("", self.language):
                for action in rule.content.actions:
                    if isinstance(action, Synonym):
                        for said, others in meanings(action, self.language).items():
                            found.setdefault(said, []).extend(others)
        return {said: tuple(dict.fromkeys(others)) for said, others in found.items()}

    def _marks(self, content: Content) -> Iterator[tuple[str, str]]:
        """What a search must have, one of them at least, for the rule to be looked at."""
        conditions = content.conditions
        if conditions.about == "is":
            for each in conditions.words:
                yield "is", " ".join(terms(each, self.language))
        elif conditions.about == "contains":
            yield from self._first(conditions.words)
        elif conditions.filters:
            for name, values in conditions.filters.items():
                for value in values:
                    yield f"filter {name}", value
                return
        elif conditions.about == "none":
            yield "none", ""
        elif conditions.about == "any" and (words := _own_words(content)) is not None:
            yield from self._first(words)
        else:
            yield _ANY

    def _first(self, words: Iterable[str]) -> Iterator[tuple[str, str]]:
        for each in words:
            for term in terms(each, self.language)[:1]:
                yield "word", term

    def _met(self, asked: Asked, said: Sequence[str]) -> Iterator[tuple[str, str]]:
        if said:
            yield "is", " ".join(said)
            for term in said:
                yield "word", term
        if asked.request.browsing:
            yield "none", ""
        for name, values in asked.request.chosen.items():
            for value in values:
                yield f"filter {name}", value

    def _holds(self, at: int, asked: Asked, said: Sequence[str]) -> bool:
        content = self.rules[at].content
        conditions, scope, request = content.conditions, asked.scope, asked.request
        if content.starts is not None and asked.moment < content.starts:
            return False
        if content.ends is not None and asked.moment >= content.ends:
            return False
        if conditions.segments and scope.segment not in conditions.segments:
            return False
        if conditions.channels and scope.channel not in conditions.channels:
            return False
        if conditions.picture is not None and conditions.picture != (request.picture is not None):
            return False
        for name, values in conditions.filters.items():
            if set(request.chosen.get(name, ())) != set(values):
                return False
        match conditions.about:
            case "none":
                return request.browsing
            case "is":
                return any(tuple(terms(each, self.language)) == tuple(said) for each in conditions.words)
            case "contains":
                return any(within(terms(each, self.language), said) for each in conditions.words)
            case "pattern":
                return bool(request.q) and self._fits(at, request.q)
            case _:
                return True

    def _fits(self, at: int, q: str) -> bool:
        try:
            return any(
                pattern.search(q, timeout=MOST_SECONDS) is not None for pattern in self._patterns_of(at)
            )
        except TimeoutError:
            fault = f"Its pattern takes longer than {MOST_SECONDS * 1000:.0f} ms to look at a query."
            self.broken[at] = fault
            logger.warning("%s: %s", self.rules[at].name, fault)
            return False

    def _patterns_of(self, at: int) -> Sequence[Any]:
        if at not in self._patterns:
            words = self.rules[at].content.conditions.words
            self._patterns[at] = tuple(regex.compile(each, regex.IGNORECASE) for each in words)
        return self._patterns[at]

    @cached_property
    def _patterns(self) -> dict[int, tuple[Any, ...]]:
        return {}


def live_rules(using: str) -> list[Ruling]:
    """The rules that act, in their order of precedence; one that can't be read any more says why, and does nothing."""
    rows = (
        Rule.objects.using(using).filter(state=RuleState.LIVE, live__isnull=False).order_by("position", "pk")
    )
    found = []
    for row in rows:
        try:
            found.append(Ruling(row.pk, row.name, read(row.live), row.fault))
        except BadRule as error:
            logger.warning("The rule %s is left out: %s", row.name, error)
            found.append(Ruling(row.pk, row.name, Content(), row.fault, str(error)))
    return found


def product_key(text: str) -> Any:
    """A product's key in the shop's own type; None for what is no key of this shop."""
    column: Any = Text._meta.get_field("product")
    try:
        return column.to_python(text)
    except Exception:  # whatever the host's field raises for it
        return None


def _own_words(content: Content) -> list[str] | None:
    """The words without which a rule for any query does nothing; None where it does more than with words."""
    words: list[str] = []
    for action in content.actions:
        if isinstance(action, Synonym):
            words += [*action.words, *(action.means if action.two_way else ())]
        elif isinstance(action, Remove):
            words += action.words
        else:
            return None
    return words


def within(words: Sequence[str], said: Sequence[str]) -> bool:
    """Whether `said` has `words` one after the other."""
    size = len(words)
    return size > 0 and any(list(said[at : at + size]) == list(words) for at in range(len(said) - size + 1))
