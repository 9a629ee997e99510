"""Compounds and scripts without spaces: other ways in which texts may write the words of a query.

"Sommerkleid" may stand as "Kleid für den Sommer", and the other way round; what is a word decides the shop's own
vocabulary. A lone Chinese or Thai character stands in no text by itself, only within pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from django.db.models import QuerySet

from ..models import Generation, TermFrequency
from ..text import Token, base_language, stem

#: Languages that write compounds as one word, with what may stand between the parts.
LINKS = {
    "de": ("", "s", "es", "n", "en", "e", "er"),
    "nl": ("", "s", "e", "en"),
    "da": ("", "s", "e"),
    "sv": ("", "s"),
    "nb": ("", "s", "e"),
    "fi": ("", "n"),
    "hu": ("",),
}
SHORTEST_COMPOUND, SHORTEST_PART = 7, 3
#: Words of a query that are taken apart or put together, and pairs that a lone character may be part of.
MOST_WORDS = 12
MOST_PAIRS = 50

Ways = dict[str, list[tuple[str, ...]]]


def other_ways(
    said: Sequence[tuple[str, Token]], language: str, generation: Generation, *, using: str
) -> Ways:
    """For each term of `said` that texts may write otherwise, those ways, each of one term or several."""
    words = [(term, token) for term, token in said if token.kind == "word"]
    splits: dict[tuple[str, str], str] = {}
    joins: dict[str, tuple[str, str]] = {}
    if (links := LINKS.get(base_language(language))) and len(words) <= MOST_WORDS:
        for term, token in words:
            for first, second in _parts(token.text, links):
                splits[stem(first, language), stem(second, language)] = term
        for (left, one), (right, other) in pairwise(words):
            for link in links:
                joins[stem(one.text + link + other.text, language)] = (left, right)
    ways: Ways = {}
    if splits or joins:
        asked = {term for pair in splits for term in pair} | set(joins)
        known = dict(
            _statistics(generation, language, using)
            .filter(term__in=list(asked))
            .values_list("term", "documents")
        )
        best: dict[str, tuple[int, tuple[str, str]]] = {}
        for (first, second), term in splits.items():
            rarer = min(known.get(first, 0), known.get(second, 0))
            if rarer:
                best[term] = max(best.get(term, (0, ("", ""))), (rarer, (first, second)))
        for term, (_, pair) in best.items():
            ways.setdefault(term, []).append(pair)
        for joined, pair in joins.items():
            if joined in known:
                for term in pair:
                    ways.setdefault(term, []).append((joined,))
    for term, token in said:
        if token.kind == "bigram" and len(term) == 1:
            pairs = _statistics(generation, language, using).filter(term__contains=term)
            found = pairs.order_by("-documents", "term").values_list("term", flat=True)[:MOST_PAIRS]
            ways.setdefault(term, []).extend((pair,) for pair in found if pair != term)
    return ways


def _parts(word: str, links: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(word) < SHORTEST_COMPOUND:
        return
    for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        first, second = word[:at], word[at:]
        for link in links:
            if first.endswith(link) and len(first) - len(link) >= SHORTEST_PART:
                yield first.removesuffix(link), second


def _statistics(generation: Generation, language: str, using: str) -> QuerySet[TermFrequency]:
    return TermFrequency.objects.using(using).filter(generation=generation, language=language)
