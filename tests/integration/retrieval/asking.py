"""Searches of a test's small shop, and what their answers say in a form that is short to compare."""

from __future__ import annotations

from typing import Any

from product_search.documents import SearchScope
from product_search.retrieval import SearchAnswer, SearchRequest, search

EN, DE = SearchScope(language="en"), SearchScope(language="de")


def ask(q: str, scope: SearchScope = EN, **asked: Any) -> SearchAnswer:
    return search(SearchRequest(q, **asked), scope)


def titles(q: str, scope: SearchScope = EN, **asked: Any) -> list[str]:
    return [hit.card["title"] for hit in ask(q, scope, **asked).hits]


def corrections(q: str, scope: SearchScope = EN, **asked: Any) -> list[tuple[str, str]]:
    return [(each.original, each.corrected) for each in ask(q, scope, **asked).corrections]


def chips(answer: SearchAnswer) -> list[tuple[str, ...]]:
    return [
        (each.kind, each.words, *(part for part in (each.facet, each.value, each.label) if part))
        for each in answer.understood
    ]
