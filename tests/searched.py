"""Searches of shoppers, recorded and added up, for whatever test reads a report."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from product_search.analytics import days
from product_search.analytics.rolling import roll_up
from product_search.analytics.writing import mark_uncounted
from product_search.models import SearchEvent


def add_searches(made: Iterable[tuple[str, int]]) -> None:
    """For each of the words with a total one search of today, by a visitor of its own."""
    moment = days.now()
    SearchEvent.objects.bulk_create(
        SearchEvent(
            search_id=uuid4(),
            at=moment,
            session=uuid4(),
            language="en",
            kind="words",
            words=words,
            total=total,
        )
        for words, total in made
    )
    mark_uncounted({days.day_of(moment)}, using="default")
    roll_up(using="default")
