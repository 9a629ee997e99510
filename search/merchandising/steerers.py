"""The rules as those who steer: the published ones, which every search asks, and others to try out.

A process keeps the published rules compiled and reads them anew when their revision differs, which a search knows
from what it reads anyway.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, router, transaction
from django.db.models.functions import Now

from ..models import RULES, Rule
from ..retrieval.steering import Asked, Course, Steerer
from ..retrieval.synonyms import NO_SYNONYMS, Synonyms
from .acting import course_of
from .reading import read
from .rulebook import Rulebook, Ruling, live_rules

logger = logging.getLogger(__name__)

#: For so long a rule whose products could not be found is left alone before it is tried again, in seconds.
RESTING = 60.0


@dataclass
class _Kept:
    """What a process keeps of one database's rules."""

    revision: str
    rules: Sequence[Ruling]
    books: dict[str, Rulebook] = field(default_factory=dict)
    #: By a rule's key, until when it rests, and the fault that was last told of it.
    resting: dict[int | None, float] = field(default_factory=dict)
    faults: dict[int | None, str] = field(default_factory=dict)

    def book(self, language: str) -> Rulebook:
        """The rules read in `language`."""
        if language not in self.books:
            self.books[language] = Rulebook(self.rules, language)
        return self.books[language]


class PublishedRules(Steerer):
    """Steers by the rules that are live."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def course(self, asked: Asked) -> Course | None:
        """The course of the rules that apply; None where none does, without a statement."""
        kept = self._now(asked.revisions, asked.using)
        if kept is None:
            return None
        book = kept.book(asked.language)
        applying = book.applying(asked)
        for at, fault in [*book.broken.items()]:
            _told(kept, book.rules[at], fault)
        if kept.resting:
            now = time.monotonic()
            applying = [rule for rule in applying if kept.resting.get(rule.key, 0.0) < now]
        if not applying:
            return None
        return course_of(applying, asked, lambda rule, fault: _told(kept, rule, fault))

    def synonyms(self, language: str, revisions: Mapping[str, str], using: str) -> Synonyms:
        """Those of rules without conditions."""
        kept = self._now(revisions, using)
        return NO_SYNONYMS if kept is None else kept.book(language).synonyms

    def _now(self, revisions: Mapping[str, str], using: str) -> _Kept | None:
        """The rules of this revision, read anew where others are kept; None before there was any rule."""
        revision = revisions.get(RULES)
        if revision is None:
            return None
        kept = self._kept.get(using)
        if kept is None or kept.revision != revision:
            rules = live_rules(using)
            kept = _Kept(revision, rules, faults={rule.key: rule.fault for rule in rules if rule.fault})
            self._kept[using] = kept
            for rule in rules:
                if rule.unreadable:
                    _told(kept, rule, rule.unreadable)
        return kept


@dataclass(frozen=True)
class TriedRules(Steerer):
    """Steers by these rules and no others: what a draft would do, or what was."""

    rules: Sequence[Ruling]
    #: What went wrong with which, by name.
    faults: dict[str, str] = field(default_factory=dict)
    _books: dict[str, Rulebook] = field(default_factory=dict)

    def course(self, asked: Asked) -> Course | None:
        """The course of those that apply."""
        book = self._book(asked.language)
        applying = book.applying(asked)
        self.faults.update({book.rules[at].name: fault for at, fault in book.broken.items()})
        return course_of(applying, asked, self._told) if applying else None

    def synonyms(self, language: str, revisions: Mapping[str, str], using: str) -> Synonyms:
        """Those of rules without conditions."""
        return self._book(language).synonyms

    def _book(self, language: str) -> Rulebook:
        if language not in self._books:
            self._books[language] = Rulebook(self.rules, language)
        return self._books[language]

    def _told(self, rule: Ruling, fault: str) -> None:
        if fault:
            self.faults[rule.name] = fault


#: The one that `apps.ready()` registers.
published = PublishedRules()


def with_draft(rule: Rule) -> TriedRules:
    """The published rules with the draft of `rule` in its place, or what is live of it where there is no draft.

    Raises `BadRule` for a draft that can't be read.
    """
    content = rule.live if rule.draft is None else rule.draft
    return with_content(rule, Ruling(None, rule.name, read(content)))


def with_content(rule: Rule | None, tried: Ruling) -> TriedRules:
    """The published rules with `tried` in the place of `rule`; behind them all where that is None."""
    using = (None if rule is None else rule._state.db) or router.db_for_read(Rule)
    if rule is None:
        return TriedRules([*live_rules(using), tried])
    rows = Rule.objects.using(using).filter(position__lt=rule.position)
    before = set(rows.values_list("pk", flat=True))
    others = [each for each in live_rules(using) if each.key != rule.pk]
    at = sum(each.key in before for each in others)
    return TriedRules([*others[:at], tried, *others[at:]])


def without(rule: Rule) -> TriedRules:
    """The published rules but this one."""
    using = rule._state.db or router.db_for_read(Rule)
    return TriedRules([replace(each) for each in live_rules(using) if each.key != rule.pk])


def _told(kept: _Kept, rule: Ruling, fault: str) -> None:
    """A fault is written where the desk reads it, and the rule rests; so is that all goes well again."""
    if fault:
        kept.resting[rule.key] = time.monotonic() + RESTING
    else:
        kept.resting.pop(rule.key, None)
    if kept.faults.get(rule.key, "") == fault:
        return
    kept.faults[rule.key] = fault
    if fault:
        logger.warning("The rule %s is left out of searches: %s", rule.name, fault)
    using = router.db_for_write(Rule)
    try:
        with transaction.atomic(using=using):
            at = Now() if fault else None
            Rule.objects.using(using).filter(pk=rule.key or 0).update(fault=fault, fault_at=at)
    except DatabaseError:  # a search is answered whether or not this can be written, as on a replica
        logger.exception("That the rule %s is broken could not be written", rule.name)
