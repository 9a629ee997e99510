"""What a query says of attributes, which the best hits are told apart by: "navy, not blue; v-neck".

An attribute is one of the shop's facets or one of products' tags, and is named by its values. It takes nothing away:
a name that filters is `naming`'s, and "without laces" or "-blue" leaves out what says or is so (`conditions`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from ..text import located_terms
from .answer import Understood
from .grammar import Said, denials
from .naming import LONGEST, Named, called
from .request import SearchRequest
from .sold import Sold


@dataclass(frozen=True)
class Attribute:
    """What a query says of the attribute `name` by the words `terms`: one of `values` is wanted, or is not."""

    name: str
    values: tuple[str, ...]
    terms: tuple[str, ...] = ()
    wanted: bool = True


@dataclass(frozen=True)
class Unwanted:
    """The `words` without those that say what is not wanted, every letter in its place; and chips for those."""

    words: str
    attributes: tuple[Attribute, ...] = ()
    chips: tuple[Understood, ...] = ()


def attributes_of(
    names: Sequence[Named], said: Sequence[str], settled: Collection[str], sold: Sold
) -> Iterator[Attribute]:
    """What `names` among the terms `said`, the longest first, say of attributes other than those that are `settled`,
    by a filter or by hand.

    Branches of a tree are places rather than differences.
    """
    facets = sold.choices.document.facets
    chosen: list[Named] = []
    for named in names:
        facet = facets.get(named.facet)
        if named.facet in settled or (facet is not None and facet.hierarchical):
            continue
        if not any(_overlap(named, other) for other in chosen):
            chosen.append(named)
            yield Attribute(named.facet, named.values, tuple(said[named.start : named.end]))


def _overlap(named: Named, other: Named) -> bool:
    return named.facet == other.facet and named.start < other.end and other.start < named.end


def unwanted(words: str, said: Sequence[Said], request: SearchRequest, sold: Sold) -> Unwanted:
    """What of `words` says "not blue", and what else `request` excludes ("-blue").

    Where no name follows, or there are no other words, "not" is a word.
    """
    language, q = sold.language, request.q
    attributes: list[Attribute] = []
    chips: list[Understood] = []
    for each in said:
        if each.kind == "excluded":
            own = [term for term, _ in located_terms(each.value, language)]
            whole = [named for named in called(own, sold) if named.end - named.start == len(own)]
            attributes += attributes_of(whole, own, request.plain, sold)
    for start, end in denials(words, language):
        behind = [pair for pair in located_terms(words, language) if pair[1].start >= end][:LONGEST]
        own = [term for term, _ in behind]
        for named in called(own, sold):
            found = () if named.start else tuple(attributes_of([named], own, request.plain, sold))
            till = behind[named.end - 1][1].end
            rest = words[:start] + " " * (till - start) + words[till:]
            if found and located_terms(rest, language):
                words, attributes = rest, [*attributes, *found]
                instead = " ".join((q[:start] + q[till:]).split())
                chips.append(Understood("excluded", q[start:till], instead, label=named.names[0].label))
                break
    return Unwanted(words, tuple(replace(each, wanted=False) for each in attributes), tuple(chips))
