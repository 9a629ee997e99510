"""Synonyms are suggested from what shoppers did lately, and decided by people: no search changes by what is here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from ..documents import document
from ..indexing.passes import take_turn
from ..models import (
    DailyProduct,
    DailyQuery,
    Rule,
    SearchEvent,
    SearchKind,
    ShopperEvent,
    SuggestedSynonym,
    SuggestionState,
)
from ..models.suggested_synonym import LEAST_SESSIONS
from .rephrasing import Clicked, Failed, Suggestion, from_clicks, from_rephrasing, together

#: Days that are looked at, and how soon somebody who means the same asks again.
DAYS, MINUTES = 28, 5
#: Sessions that are looked at, the latest; and queries, the most searched.
MOST_SESSIONS, MOST_QUERIES = 200_000, 2_000
MOST_SUGGESTIONS = 500

# A query of a session is one row, whatever its pages and filters; a click on any of its answers counts.
_FAILED = f"""
    WITH followed AS (
        SELECT DISTINCT search_id FROM {ShopperEvent._meta.db_table}
        WHERE at > now() - make_interval(days => %(days)s) AND search_id IS NOT NULL AND kind <> 'view'
    ), asked AS (
        SELECT session, language, words, min(at) AS at, bool_or(followed.search_id IS NOT NULL) AS clicked
        FROM {SearchEvent._meta.db_table} LEFT JOIN followed USING (search_id)
        WHERE at > now() - make_interval(days => %(days)s) AND session IS NOT NULL AND words <> ''
            AND kind = %(kind)s
        GROUP BY session, language, words
    ), walked AS (
        SELECT *, lead(words) OVER next AS after, lead(at) OVER next - at AS later, lead(clicked) OVER next AS found
        FROM asked WINDOW next AS (PARTITION BY session, language ORDER BY at, words)
    )
    SELECT session, language, words,
        CASE WHEN found AND later <= make_interval(mins => %(minutes)s) THEN after ELSE '' END
    FROM walked WHERE NOT clicked ORDER BY at DESC LIMIT %(sessions)s
"""

_CLICKED = f"""
    WITH often AS (
        SELECT language, query, sum(sessions) AS sessions FROM {DailyQuery._meta.db_table}
        WHERE day > current_date - %(days)s::int AND query <> '' AND kind = %(kind)s
        GROUP BY language, query HAVING sum(sessions) >= %(least)s
        ORDER BY sum(sessions) DESC, language, query LIMIT %(queries)s
    )
    SELECT language, query, often.sessions::int, product, sum(clicks)::float8
    FROM {DailyProduct._meta.db_table} JOIN often USING (language, query)
    WHERE day > current_date - %(days)s::int AND clicks > 0
    GROUP BY language, query, often.sessions, product
"""


def suggest_synonyms(using: str) -> int:
    """Bring what is proposed up to date with the last weeks; what was decided stays. Returns how many are proposed."""
    found = together(from_rephrasing(_failed(using)), from_clicks(_clicked(using)))
    with transaction.atomic(using=using):
        take_turn("suggested-synonyms", using=using)
        return _keep(found, using)


def decide(
    suggestion: SuggestedSynonym, state: SuggestionState, *, by: str, using: str, rule: int | None = None
) -> None:
    """Note what `by` decided of it, and the `rule` that accepting it drafted; PROPOSED takes a decision back."""
    decided = state != SuggestionState.PROPOSED
    SuggestedSynonym.objects.using(using).filter(pk=suggestion.pk).update(
        state=state,
        rule=rule,
        decided_by=by if decided else "",
        decided_at=timezone.now() if decided else None,
    )


def _keep(found: list[Suggestion], using: str) -> int:
    rows = SuggestedSynonym.objects.using(using)
    pair = tuple[str, frozenset[str]]
    decided: set[pair] = {
        (language, frozenset((words, means)))
        for language, words, means in rows.exclude(state=SuggestionState.PROPOSED).values_list(
            "language", "words", "means"
        )
    }
    languages = document().languages
    decided |= {
        (own, frozenset((words.lower(), means.lower())))
        for language, words, means in _synonyms(using)
        for own in ((language,) if language else languages)
    }
    new = [each for each in found if (each.language, frozenset((each.words, each.means))) not in decided]
    new = new[:MOST_SUGGESTIONS]
    made = rows.bulk_create(
        [
            SuggestedSynonym(
                language=each.language,
                words=each.words,
                means=each.means,
                two_way=each.two_way,
                sessions=each.sessions,
                evidence={name: asdict(each)[name] for name in ("rephrased", "shared")},
            )
            for each in new
            if max(len(each.words), len(each.means)) <= 120
        ],
        update_conflicts=True,
        update_fields=["two_way", "sessions", "evidence"],
        unique_fields=["language", "words", "means"],
    )
    kept = {(row.language, row.words, row.means) for row in made}
    gone = [
        row.pk
        for row in rows.filter(state=SuggestionState.PROPOSED)
        if (row.language, row.words, row.means) not in kept
    ]
    rows.filter(pk__in=gone).delete()
    return len(made)


def _synonyms(using: str) -> Iterator[tuple[str, str, str]]:
    """Language, words and meaning of each synonym in a rule, live or drafted."""
    for contents in Rule.objects.using(using).values_list("live", "draft"):
        for content in filter(None, contents):
            for action in content.get("actions", ()):
                if action.get("do") == "synonym":
                    for words in action.get("words", ()):
                        for means in action.get("means", ()):
                            yield content.get("language", ""), words, means


def _failed(using: str) -> list[Failed]:
    asked: dict[str, Any] = {
        "days": DAYS,
        "minutes": MINUTES,
        "sessions": MOST_SESSIONS,
        "kind": SearchKind.WORDS,
    }
    with connections[using].cursor() as cursor:
        cursor.execute(_FAILED, asked)
        return [Failed(*row) for row in cursor.fetchall()]


def _clicked(using: str) -> list[Clicked]:
    asked: dict[str, Any] = {
        "days": DAYS,
        "least": LEAST_SESSIONS,
        "queries": MOST_QUERIES,
        "kind": SearchKind.WORDS,
    }
    queries: defaultdict[tuple[str, str, int], dict[Any, float]] = defaultdict(dict)
    with connections[using].cursor() as cursor:
        cursor.execute(_CLICKED, asked)
        for language, query, sessions, product, clicks in cursor.fetchall():
            queries[language, query, sessions][product] = clicks
    return [Clicked(*key, products) for key, products in queries.items()]
