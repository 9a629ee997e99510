"""What every product must meet besides: phrases in quotes, and what must not be there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import Exists, OuterRef, Q

from ..errors import InvalidRequest
from ..models import Tag, TagState
from ..text import terms
from .grammar import Said, negated
from .naming import called
from .snapshot import KeyIn
from .sold import MOST_READ, Sold, phrase_pattern

#: How likely a tag must be that nobody has decided about, to take a product away from whoever excludes what it says.
LIKELY = 0.5
#: Phrases and exclusions of one query: each costs a look at every product.
MOST_CONDITIONS = 10
PHRASES_CUT = f"phrases-cut: of the texts with these words, {MOST_READ} were read for the phrase"


@dataclass(frozen=True)
class Condition:
    """What every product must meet besides: to have the phrase `words`, or not to have the `words` that it excludes."""

    kind: Literal["phrase", "excluded"]
    words: str
    holds: Q


def conditions_of(said: Iterable[Said], sold: Sold) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    """What every product must meet, and whether a phrase was looked for in too many texts."""
    cut = False
    conditions: list[Condition] = []
    asked = list(
        {(each.kind, each.value): each for each in said if each.kind in ("phrase", "excluded")}.values()
    )
    if len(asked) > MOST_CONDITIONS:
        raise InvalidRequest(
            "too_many_conditions",
            "q",
            f"The query has {len(asked)} phrases and exclusions; at most {MOST_CONDITIONS} are looked for.",
        )
    for each in asked:
        found = terms(each.value, sold.language)
        if each.kind == "phrase":
            keys, too_many = sold.with_phrase(phrase_pattern(each.value), found)
            conditions.append(Condition("phrase", each.value, Q(KeyIn("pk", keys))))
            cut = cut or too_many
        elif each.kind == "excluded":
            conditions.append(Condition("excluded", each.value, _without(each, found, sold)))
    return tuple(conditions), (PHRASES_CUT,) * cut


def _without(said: Said, found: Sequence[str], sold: Sold) -> Q:
    """That a product neither says the words nor is called so, or says itself that it is without."""
    named = _called(found, sold)
    if len(said.value.split()) > 1:
        keys, _ = sold.with_phrase(phrase_pattern(said.value), found)
        return ~Q(KeyIn("pk", keys)) & ~named
    having = Exists(sold.written(found[:1]).filter(product=OuterRef("pk")))
    negators, pattern = negated(said.value, sold.language)
    keys, _ = sold.with_phrase(pattern, found[:1], any_of=negators) if negators else ([], False)
    without = ~Q(having) & ~named
    return without | Q(KeyIn("pk", keys)) if keys else without


def _called(found: Sequence[str], sold: Sold) -> Q:
    """That a facet of a product has a value whose name is just the terms `found`, or that a tag is likely to say so."""
    likely = Q(state=TagState.ACCEPTED) | Q(state=TagState.SUGGESTED, probability__gte=LIKELY)
    tags = Tag.objects.using(sold.using).filter(likely, product=OuterRef("pk"))
    so = Q()
    for named in called(found, sold):
        if named.end - named.start == len(found):
            so |= Q(Exists(tags.filter(attribute=named.facet, value__in=named.values)))
            if named.filterable:
                so |= Q(pk__in=sold.inside(named.names).values("pk"))
    return so
