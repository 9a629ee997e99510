"""What to try when nothing is found: the same with one thing less, each only where it leads to something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from product_search.documents import SearchScope
from product_search.retrieval import Relaxation, SearchAnswer, SearchRequest, search

from .panels import Chip
from .query import ShopQuery

#: Each way out that the answer itself does not count costs a search.
MOST_TRIED = 8


@dataclass(frozen=True)
class WayOut:
    """A smaller question, in words, and how many products answer it."""

    label: str
    url: str
    count: int


def ways_out(
    query: ShopQuery, answer: SearchAnswer, chips: Sequence[Chip], picture: Any, scope: SearchScope
) -> list[WayOut]:
    """Questions that ask for less than `query` and find something, the narrowest first.

    Without a filter as the answer has counted; without a phrase, an exclusion, a word of the corrected ones or the
    picture as a search says.
    """
    found = [WayOut(_without(way, chips), query.relaxed(way).url, way.total) for way in answer.relaxations]
    for label, less in list(_smaller(query, answer.corrected or query.q, chips))[:MOST_TRIED]:
        if count := _count(less, picture, scope):
            found.append(WayOut(label, less.url, count))
    return sorted(found, key=lambda way: way.count)


def _without(way: Relaxation, chips: Sequence[Chip]) -> str:
    if len(way.facets) > 1:
        return _("Without any filter")
    chosen = [chip for chip in chips if chip.facet in way.facets]
    return _without_filter(chosen[0].title, ", ".join(chip.label for chip in chosen))


def _without_filter(title: str, label: str) -> str:
    return _("Without “%(filter)s”") % {"filter": f"{title}: {label}"}


def _smaller(query: ShopQuery, q: str, chips: Sequence[Chip]) -> Iterator[tuple[str, ShopQuery]]:
    for chip in chips:
        if not chip.facet:
            yield _without_filter(chip.title, chip.label), chip.less
    if query.q and query.picture:
        yield _("With the picture alone"), query.without_words()
        yield _("With the words alone"), query.without_picture()
    words = q.split()
    if 1 < len(words) <= MOST_TRIED:
        for left_out in range(len(words)):
            rest = " ".join(words[:left_out] + words[left_out + 1 :])
            yield _("Search for “%(words)s”") % {"words": rest}, query.with_words(rest)


def _count(query: ShopQuery, picture: Any, scope: SearchScope) -> int:
    asked = SearchRequest(
        q=query.q,
        picture=picture if query.picture else None,
        filters=query.filters,
        spelling=query.spelling,
        plain=query.plain,
        per_page=1,
        facets=(),
    )
    return search(asked, scope).total
