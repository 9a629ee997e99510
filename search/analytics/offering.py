"""What shoppers look for becomes what is offered to others while they type: completions follow from the roll-ups.

A query counts that found something, that several people made on one day and OFFERED_FROM sessions made in all. Whether
it looks personal, and whether who types may see what it finds, is asked when it is offered (`retrieval.completions`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Sum

from ..models import OFFERED_FROM, Completion, DailyQuery, SearchKind
from . import days

#: Days that a query is offered for after it was last made often enough.
DAYS = 90
#: Sessions are of one day: somebody who asks for the same every day is many. So one day must have seen several.
ON_ONE_DAY = 2
#: Queries of one language that are offered at most.
MOST = 100_000


def fill_completions(*, using: str) -> int:
    """Bring `Completion` in step with what was searched in the last DAYS days; returns how many are offered."""
    first = days.today() - timedelta(days=DAYS)
    found = (
        DailyQuery.objects.using(using)
        .filter(day__gte=first, kind__in=(SearchKind.WORDS, SearchKind.BOTH), zero_results__lt=F("searches"))
        .exclude(query="")
        .values("language", "query")
        .annotate(made=Sum("sessions"), most=Max("sessions"), last=Max("day"))
        .filter(made__gte=OFFERED_FROM, most__gte=ON_ONE_DAY)
        .order_by("-made", "query")[:MOST]
    )
    rows: dict[tuple[str, str], Completion] = {}
    for row in found.iterator():
        _add(rows, row)
    Completion.objects.using(using).bulk_create(
        rows.values(),
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["language", "key"],
        update_fields=["query", "words", "sessions", "last_seen"],
    )
    Completion.objects.using(using).filter(last_seen__lt=days.span(first)[0]).delete()
    return len(rows)


def _add(rows: dict[tuple[str, str], Completion], row: Any) -> None:
    """Spellings that differ by accents or signs alone are one row, written as most people do."""
    seen: datetime = days.span(row["last"])[0]
    made = Completion(language=row["language"], query=row["query"], sessions=row["made"], last_seen=seen)
    made.normalise()
    if not made.key:
        return
    before = rows.setdefault((made.language, made.key), made)
    if before is not made:
        before.sessions += made.sessions
        before.last_seen = max(before.last_seen, seen)
