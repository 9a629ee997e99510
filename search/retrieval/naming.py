"""Values of facets and tags called by their names in a query: brands, categories, colours.

A name becomes a filter only where it takes nothing away: no visible product that has all of the query's words may lie
outside of it, and some product inside must have all the others. A name that is the whole query is a filter where words
would find but some of what is inside: "shoes", of which a few have the word and all the others are sneakers and boots.
There, what lies outside may say the word, but not be called so. Else it stays what it was, words. Whatever becomes of
it, it is an attribute that tells the best hits apart (`attributes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from ..models import FacetName
from .sold import Sold, Sql

LONGEST = 5
#: Values of one facet that share a name.
MOST_VALUES = 20
#: Names that are tried, each by a look at the shop's products.
MOST_TRIED = 4


@dataclass(frozen=True)
class Named:
    """The terms `said[start:end]` of a query, which are the name of these values of one facet.

    `written`: a product inside has the name among its words, so that it goes on counting as words beside others. Of
    "blue mug" read as "blue" among mugs, a mug whose colour only its picture shows has nothing left to say.
    """

    start: int
    end: int
    names: tuple[FacetName, ...]
    written: bool = False
    #: Whether they are values of one of the document's facets that a visible product has, and so may filter.
    filterable: bool = True

    @property
    def facet(self) -> str:
        """The facet, or the attribute of tags, that they are values of."""
        return self.names[0].facet

    @property
    def values(self) -> tuple[str, ...]:
        """The values that are called so."""
        return tuple(name.value for name in self.names)


def runs(said: Sequence[Any], longest: int = LONGEST) -> list[tuple[int, int]]:
    """Every run of up to `longest` neighbours, as `[start, end)`; the longer ones first."""
    return [
        (start, start + length)
        for length in range(min(longest, len(said)), 0, -1)
        for start in range(len(said) - length + 1)
    ]


def called(said: Sequence[str], sold: Sold, besides: Sequence[Sql] = ()) -> list[Named]:
    """Every run of `said` that is a name of values that this shopper sees a product of; the longest first.

    Values of others' products are words like any. What will be asked `besides` of what is sold is asked in the same
    breath.
    """
    named = _called(said, sold)
    facets = sold.choices.document.facets
    tags = [sold.tagging(each.names) for each in named]
    inside = {
        at: sold.some(sold.keys_inside(each.names)) for at, each in enumerate(named) if each.facet in facets
    }
    whole = [sold.being(said)] * bool(inside)  # what is asked next where there are names
    held = sold.hold([*tags, *inside.values(), *whole, *besides])
    tagged = {at for at in range(len(named)) if held[at]}
    filterable = {at for number, at in enumerate(inside, start=len(named)) if held[number]}
    return [
        replace(each, filterable=at in filterable)
        for at, each in enumerate(named)
        if at in tagged | filterable
    ]


def _called(said: Sequence[str], sold: Sold) -> list[Named]:
    keys = {(start, end): " ".join(said[start:end]) for start, end in runs(said)}
    # Written out: each search asks it, and Django takes ten times longer to write it than PostgreSQL to answer.
    rows = FacetName.objects.using(sold.using).raw(
        f"SELECT * FROM {FacetName._meta.db_table} WHERE generation_id = %s AND language = %s"  # noqa: S608 - ours
        " AND terms = ANY(%s::text[]) ORDER BY facet, value",
        [sold.generation.pk, sold.language, list(dict.fromkeys(keys.values()))],
    )
    by_key: dict[str, list[tuple[FacetName, ...]]] = {}
    for _, group in groupby(
        sorted(rows, key=lambda row: (row.terms, row.facet)), lambda row: (row.terms, row.facet)
    ):
        names = tuple(group)
        if len(names) <= MOST_VALUES:
            by_key.setdefault(names[0].terms, []).append(names)
    return [Named(*run, names) for run, key in keys.items() for names in by_key.get(key, ())]


def filters_named(
    said: Sequence[str],
    candidates: Sequence[Named],
    sold: Sold,
    *,
    telling: Sequence[bool],
    usual: Sequence[str],
) -> list[Named]:
    """Those of `candidates` that take nothing away as filters, one for each facet, without overlaps.

    Only words that are `telling` ask for something; `usual` is how texts may say each of them otherwise.
    """
    chosen: list[Named] = []
    left = [True] * len(said)
    for named in candidates[:MOST_TRIED]:
        if any(named.facet == other.facet for other in chosen) or not all(left[named.start : named.end]):
            continue
        within = range(named.start, named.end)
        without = [free and at not in within for at, free in enumerate(left)]
        others = [at for at, free in enumerate(without) if free and telling[at]]
        everything = [at for at in range(len(said)) if telling[at] or at in within]
        inside = sold.keys_inside(named.names)
        if others:
            readings = {tuple(each[at] for at in everything) for each in (said, usual)}
            found, written, *lost = sold.hold(
                [
                    sold.saying([usual[at] for at in others], inside=inside),
                    sold.saying(said[named.start : named.end], inside=inside),
                    *(sold.saying(each, outside=inside) for each in readings),
                ]
            )
            fits = found and not any(lost)
        else:
            # Nothing but names: where texts have them, they are words as good as any, if all of them have the one.
            own, asked = said[named.start : named.end], [said[at] for at in everything]
            alone = [sold.silent(own, inside), sold.calling(own, outside=inside)] * (len(own) == len(asked))
            words, found, *place = sold.hold([sold.saying(asked), sold.some(inside), *alone])
            fits, written = found and (not words or place == [True, False]), False
        if fits:
            chosen.append(replace(named, written=written))
            left = without
    return chosen
