"""How many of the shoppers' searches a rule touches, from what each day's searches add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum

from ..analytics.days import today
from ..documents import SearchScope
from ..errors import InvalidRequest
from ..models import DailyQuery, DailySearches, SearchKind
from ..retrieval import SearchRequest
from .preview import HITS, Asking, RuleTrial

#: Days that are looked back upon, and how many different queries of theirs, those that were made most.
DAYS = 30
MOST_QUERIES = 5_000


@dataclass(frozen=True)
class Touched:
    """Of the `of` searches of the last DAYS the rule would touch `searches`, by the words that are kept of them.

    `asked` are the queries that it touches, the most frequent first. Of `unnamed` searches it can't be told, as their
    words are rare or personal. Unless it is `complete`, there were more queries than MOST_QUERIES, each of them rarer
    than those that were looked at.
    """

    searches: int
    of: int
    asked: Sequence[Asking]
    complete: bool
    unnamed: int = 0

    @property
    def share(self) -> float:
        """The share of all searches, 0 to 1; 0 where none was made."""
        return self.searches / self.of if self.of else 0.0


def touched(trial: RuleTrial, *, using: str) -> Touched:
    """The searches by words of the last DAYS on which the rule acts, as it is tried."""
    since = today() - timedelta(days=DAYS)
    every = DailySearches.objects.using(using).filter(day__gte=since).aggregate(all=Sum("searches"))["all"]
    by_words = DailyQuery.objects.using(using).filter(day__gte=since, kind=SearchKind.WORDS)
    unnamed = by_words.filter(query="").aggregate(all=Sum("searches"))["all"]
    rows = (
        by_words.exclude(query="")
        .values_list("query", "language", "channel", "segment")
        .annotate(made=Sum("searches"))
        .order_by("-made", "query")
    )
    read = list(rows[: MOST_QUERIES + 1])
    asked = []
    for query, language, channel, segment, made in read[:MOST_QUERIES]:
        try:
            request = SearchRequest(q=query, per_page=HITS, facets=())
        except InvalidRequest:  # as it was recorded, it can't be asked again
            continue
        scope = SearchScope(language=language, channel=channel, segment=segment)
        if trial.applies(request, scope):
            asked.append(Asking(request, scope, made))
    found = sum(each.searches or 0 for each in asked)
    return Touched(found, every or 0, asked, len(read) <= MOST_QUERIES, unnamed or 0)
