"""What publishing a rule would change: searches now and after side by side, judged queries, and how many shoppers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ..documents import SearchScope, document
from ..errors import InvalidRequest
from ..evaluation.shifts import Shifts, shifts
from ..models import Rule
from ..retrieval import SearchAnswer, SearchRequest
from ..retrieval.engine import find
from ..retrieval.found import Found
from ..retrieval.steering import Asked, Steerer, now, steerers
from .content import Content, Remove, Replace, Synonym
from .reading import read
from .rulebook import Rulebook, Ruling
from .steerers import PublishedRules, TriedRules, with_content, with_draft

#: Searches that are shown, and how many hits of each.
SAMPLES, HITS = 6, 8


@dataclass(frozen=True)
class Asking:
    """A search that a rule may act on; `searches` is how often it was made of late, None where nobody counted."""

    request: SearchRequest
    scope: SearchScope
    searches: int | None = None

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What tells it from others."""
        return self.request.q, self.scope.language, self.scope.channel, self.scope.segment


@dataclass(frozen=True)
class Sample:
    """One search now and after."""

    asking: Asking
    before: Found
    after: Found
    shifts: Shifts

    @property
    def changed(self) -> bool:
        """Whether a shopper would see any difference on the first page."""
        one, other = self.before.answer, self.after.answer
        return bool(self.shifts.moved or self.shifts.new or self.shifts.left) or _said(one) != _said(other)


def _said(answer: SearchAnswer) -> tuple[object, ...]:
    return answer.total, answer.redirect, answer.banners


@dataclass(frozen=True)
class RuleTrial:
    """What a rule says, beside the searches as they are. `moment` is when both are asked: now, or when it begins."""

    name: str
    content: Content
    tried: TriedRules
    moment: datetime

    @classmethod
    def of(cls, rule: Rule) -> RuleTrial:
        """That of `rule` as it is drafted, or is live where nothing is; raises `BadRule` for what can't be read."""
        content = read(rule.live if rule.draft is None else rule.draft)
        return cls(rule.name, content, with_draft(rule), _when(content))

    @classmethod
    def of_content(cls, name: str, content: Content) -> RuleTrial:
        """That of a rule which nobody has written down yet."""
        return cls(name, content, with_content(None, Ruling(None, name, content)), _when(content))

    @property
    def before(self) -> tuple[Steerer, ...]:
        """Who steers now."""
        return tuple(steerers)

    @property
    def after(self) -> tuple[Steerer, ...]:
        """Who would steer: the rules with this one, and all others who do now."""
        others = tuple(each for each in steerers if not isinstance(each, PublishedRules))
        return (self.tried, *others)

    def applies(self, request: SearchRequest, scope: SearchScope) -> bool:
        """Whether the rule acts on that search at `moment`."""
        language = scope.search_language(document().languages)
        book = self._books.get(language)
        if book is None:
            book = self._books[language] = Rulebook([Ruling(None, self.name, self.content)], language)
        return bool(book.applying(Asked(request, scope, language, self.moment, {}, "")))

    def sample(self, asking: Asking) -> Sample:
        """That search now and after."""
        before = find(asking.request, asking.scope, steering=self.before, moment=self.moment)
        after = find(asking.request, asking.scope, steering=self.after, moment=self.moment)
        return Sample(asking, before, after, shifts(before, after))

    @property
    def scope(self) -> SearchScope:
        """A shopper for whom the rule is."""
        conditions = self.content.conditions
        return SearchScope(
            language=self.content.language or document().languages[0],
            channel=next(iter(conditions.channels), ""),
            segment=next(iter(conditions.segments), ""),
        )

    def own(self) -> list[Asking]:
        """Searches that the rule itself names, as a shopper of its kind makes them."""
        conditions, content = self.content.conditions, self.content
        browsing = conditions.about == "none" or (conditions.filters and conditions.about == "any")
        words = [""] if browsing else list(dict.fromkeys(_own_words(content)))
        return [Asking(request, self.scope) for each in words[:SAMPLES] for request in self.requests(each)]

    def requests(self, words: str) -> Iterator[SearchRequest]:
        """A search for `words`, with the filters that the rule asks for; none where that can't be asked."""
        try:
            yield SearchRequest(q=words, filters=self.content.conditions.filters, per_page=HITS, facets=())
        except InvalidRequest:  # more words than a query has
            return

    @cached_property
    def _books(self) -> dict[str, Rulebook]:
        return {}


def _when(content: Content) -> datetime:
    """Now, or when it begins."""
    at = now()
    begins = content.starts
    return at if begins is None else max(at, begins)


def samples(trial: RuleTrial, searched: Sequence[Asking], more: Sequence[Asking] = ()) -> list[Sample]:
    """`more`, what the rule names, and the most `searched`, each once, SAMPLES and `more` at most."""
    chosen: dict[tuple[str, str, str, str], Asking] = {}
    counted = {asking.name: asking for asking in searched}
    for asking in (*more, *trial.own()):
        chosen.setdefault(asking.name, counted.get(asking.name, asking))
    for asking in searched:
        if len(chosen) >= SAMPLES:
            break
        chosen.setdefault(asking.name, asking)
    if not chosen:
        chosen = {asking.name: asking for asking in _anything(trial)}
    return [trial.sample(asking) for asking in chosen.values()]


def _anything(trial: RuleTrial) -> list[Asking]:
    """What a rule for every search does while browsing."""
    return [Asking(request, trial.scope) for request in trial.requests("")]


def _own_words(content: Content) -> Iterator[str]:
    """The words that its conditions name, else those that its actions do."""
    conditions = content.conditions
    if conditions.about in ("is", "contains"):
        yield from conditions.words
        return
    for action in content.actions:
        if isinstance(action, Synonym):
            yield from action.words
            if action.two_way:
                yield from action.means
        elif isinstance(action, Replace) and action.words:
            yield action.words
        elif isinstance(action, Remove):
            yield from action.words
