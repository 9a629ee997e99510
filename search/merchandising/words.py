"""What rules do to the words of a query, found as the index finds them: in any inflection, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..text import located_terms, terms
from .content import Synonym


def replaced(q: str, words: str, instead: str, language: str) -> str:
    """`q` with `instead` wherever it has `words`; the whole of it, where those are empty."""
    if not words.strip():
        return instead
    wanted = list(terms(words, language))
    located = located_terms(q, language)
    said = [term for term, _ in located]
    at = len(said) - len(wanted)
    while at >= 0 and wanted:
        if said[at : at + len(wanted)] == wanted:
            start, end = located[at][1].start, located[at + len(wanted) - 1][1].end
            q = q[:start] + instead + q[end:]
            at -= len(wanted)
        else:
            at -= 1
    return " ".join(q.split())


def removed(q: str, words: Iterable[str], language: str) -> str:
    """`q` without each of `words`, but what stands in quotes; `q` itself where no word would be left."""
    left = q
    for each in words:
        parts = left.split('"')
        closed = len(parts) - 1 + len(parts) % 2  # what comes after a quote that is not closed is not quoted
        parts = [
            part if at % 2 and at < closed else replaced(part, each, "", language)
            for at, part in enumerate(parts)
        ]
        left = " ".join('"'.join(parts).split()) if len(parts) == 1 else _quoted(parts)
    return left if terms(left, language) else q


def _quoted(parts: Sequence[str]) -> str:
    """Parts in and out of quotes, put together again with one space around each quotation."""
    found = [f'"{part}"' if at % 2 else part for at, part in enumerate(parts) if part or at % 2]
    return " ".join(found)


def meanings(action: Synonym, language: str) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """Of terms in a row, the terms that texts may say for them."""
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    words = [tuple(terms(each, language)) for each in action.words]
    means = [tuple(terms(each, language)) for each in action.means]
    for sources, targets in ((words, means), (means, words)) if action.two_way else ((words, means),):
        for source in sources:
            others = [target for target in targets if target and target != source]
            if source and others:
                found.setdefault(source, []).extend(others)
    return found
