"""What others searched for beside a shopper's words."""

from __future__ import annotations

from product_search.documents import SearchScope
from product_search.retrieval import SearchAnswer, related

from .query import ShopQuery


def related_searches(query: ShopQuery, answer: SearchAnswer, scope: SearchScope) -> list[tuple[str, str]]:
    """What others searched for beside these words, each with its address."""
    if not query.q:
        return []
    return [(q, ShopQuery(q=q).url) for q in related(answer.corrected or query.q, scope)]
