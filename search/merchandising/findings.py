"""What is wrong with the published rules, though each is well written: pins that are hidden, redirects to nowhere,
synonyms that swallow a brand, rules that want the same place, and rules that can never act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.urls import Resolver404, get_script_prefix, resolve
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..documents import SearchScope, document
from ..models import FacetName, State, Word
from ..retrieval.filters import Choices
from ..text import terms
from .content import Hide, Pin, Redirect, Replace, Synonym, Which
from .rulebook import Ruling, live_rules, product_key

Kind = Literal["broken", "hidden-pin", "gone-pin", "expired", "redirect", "swallows", "same-place", "never"]


@dataclass(frozen=True)
class Finding:
    """Something wrong with the rule of this key: its `kind` for machines, `message` says what and what to do."""

    rule: int | None
    name: str
    kind: Kind
    message: str


def findings(using: str, moment: datetime | None = None) -> list[Finding]:
    """All that is wrong with the published rules at `moment` (None: now), in their order."""
    rules, now = live_rules(using), moment or timezone.now()
    choices = Choices.of(document(), SearchScope(language=document().languages[0]), {})
    found: list[Finding] = []
    for rule in rules:
        for kind, message in _of(rule, rules, choices, now, using):
            found.append(Finding(rule.key, rule.name, kind, message))
    return found


def _of(
    rule: Ruling, rules: Sequence[Ruling], choices: Choices, now: datetime, using: str
) -> Iterator[tuple[Kind, str]]:
    if rule.unreadable or rule.fault:
        yield "broken", rule.unreadable or rule.fault
    if rule.content.ends is not None and rule.content.ends <= now:
        ended = date_format(timezone.localtime(rule.content.ends), "DATETIME_FORMAT")
        yield "expired", _("It ended on %(ended)s: switch it off, or give it a new end.") % {"ended": ended}
        return
    yield from _never(rule, rules)
    for action in rule.content.actions:
        if isinstance(action, Pin):
            yield from _pins(rule, action, rules, choices)
        elif isinstance(action, Redirect):
            yield from _nowhere(action.url)
        elif isinstance(action, Synonym):
            yield from _swallowed(action.words, rule, choices, using, sold=not action.two_way)
        elif isinstance(action, Replace):
            yield from _swallowed([action.words], rule, choices, using, sold=True)


def _never(rule: Ruling, rules: Sequence[Ruling]) -> Iterator[tuple[Kind, str]]:
    conditions = rule.content.conditions
    if conditions.about == "none" and conditions.picture:
        yield "never", _("Without words and with a picture: choose “any query” to mean searches by picture.")
    if conditions.about == "none" and all(
        isinstance(action, Replace | Synonym) for action in rule.content.actions
    ):
        yield "never", _("It changes words, and applies only where there are none.")
    for other in rules:
        if other is rule:
            return
        if _same(other, rule) and _goes(other) and _goes(rule):
            yield (
                "never",
                _("“%(other)s” comes before it, and sends the same searches elsewhere.")
                % {"other": other.name},
            )


def _goes(rule: Ruling) -> bool:
    return any(isinstance(action, Redirect) for action in rule.content.actions)


def _same(one: Ruling, other: Ruling) -> bool:
    """Whether both are about the same searches, as far as that can be read."""
    languages = {one.content.language, other.content.language}
    return one.content.conditions == other.content.conditions and (len(languages) == 1 or "" in languages)


def _pins(rule: Ruling, action: Pin, rules: Sequence[Ruling], choices: Choices) -> Iterator[tuple[Kind, str]]:
    keys = {product_key(text): text for text in action.products}
    there = set(
        choices.visible.filter(pk__in=[key for key in keys if key is not None]).values_list("pk", flat=True)
    )
    if gone := [text for key, text in keys.items() if key not in there]:
        yield "gone-pin", _("It pins what shoppers can't see: %(products)s.") % {"products": ", ".join(gone)}
    for other in rules:
        for each in other.content.actions:
            if isinstance(each, Hide) and (hidden := _hidden(each.which, there, choices)):
                products = ", ".join(keys[key] for key in hidden)
                names = {"products": products, "other": other.name}
                yield "hidden-pin", _("“%(other)s” hides what it pins: %(products)s.") % names
    for other in rules:
        if other is rule:
            return
        if not _same(other, rule):
            continue
        taken = {place for each in other.content.actions if isinstance(each, Pin) for place in _places(each)}
        if both := sorted(taken & set(_places(action))):
            names = {"other": other.name, "places": ", ".join(map(str, both))}
            yield (
                "same-place",
                _("“%(other)s” comes before it, and pins the same places: %(places)s.") % names,
            )


def _places(action: Pin) -> range:
    return range(action.place, action.place + len(action.products))


def _hidden(which: Which, keys: set[Any], choices: Choices) -> list[Any]:
    named = {product_key(text) for text in which.products} & keys
    if not which.asks:
        return sorted(named)
    rows = replace(choices, filters=which.filters).products().filter(pk__in=keys)
    if which.among:
        rows = rows.filter(pk__in=document().product_sets()[which.among].values("pk"))
    return sorted(named | set(rows.values_list("pk", flat=True)))


def _nowhere(url: str) -> Iterator[tuple[Kind, str]]:
    """A path of the shop that leads to no page of it."""
    parts = urlsplit(url)
    if parts.scheme:
        return
    prefix = get_script_prefix()
    path = parts.path.removeprefix(prefix.rstrip("/")) if prefix != "/" else parts.path
    for each in (path, path if path.endswith("/") else f"{path}/" * bool(django_settings.APPEND_SLASH)):
        try:
            resolve(each)
            return
        except Resolver404:
            continue
    yield "redirect", _("The shop has no page %(url)s: shoppers would see “not found”.") % {"url": url}


def _swallowed(
    words: Iterable[str], rule: Ruling, choices: Choices, using: str, *, sold: bool
) -> Iterator[tuple[Kind, str]]:
    """Names of the shop's own and, where they are `sold`, words of its texts, that now mean something else, too."""
    languages = [rule.content.language] if rule.content.language else list(choices.document.languages)
    for each in words:
        for language in languages:
            own = terms(each, language)
            if not own:
                continue
            names = FacetName.objects.using(using).filter(
                generation__state=State.SERVING, language=language, terms=" ".join(own)
            )
            if not sold:  # a category is what synonyms are for; a brand is none
                facets = choices.document.facets
                names = names.filter(facet__in=[name for name in facets if not facets[name].hierarchical])
            if label := names.values_list("label", flat=True).first():
                yield (
                    "swallows",
                    _("“%(words)s” is the name of something that is sold here (%(label)s).")
                    % {"words": each, "label": label},
                )
                break
            known = Word.objects.using(using).filter(
                generation__state=State.SERVING, language=language, documents__gt=1, term__in=own
            )
            if sold and known.values("term").distinct().count() == len(set(own)):
                yield "swallows", _("“%(words)s” is what texts of the shop say.") % {"words": each}
                break
