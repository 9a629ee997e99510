"""Completions follow what shoppers look for: only what enough of them did, on one day too, and what found something."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from product_search.analytics import days, fill_completions, roll_up
from product_search.models import Completion, SearchEvent

from .shoppers import happen

pytestmark = pytest.mark.django_db


def searches(words: str, *by_day: int, total: int = 3, language: str = "en") -> None:
    """So many sessions of today, of yesterday, ... search for `words`."""
    moment: datetime = days.now()
    happen(
        [
            SearchEvent(
                search_id=uuid4(),
                session=uuid4(),
                at=moment - timedelta(days=ago),
                words=words,
                total=total,
                kind="words",
                language=language,
            )
            for ago, count in enumerate(by_day)
            for _ in range(count)
        ]
    )


def offered() -> dict[tuple[str, str], int]:
    roll_up(using="default")
    fill_completions(using="default")
    rows = Completion.objects.values_list("language", "query", "sessions")
    return {(language, query): sessions for language, query, sessions in rows}


def test_five_sessions_make_a_completion_and_four_do_not() -> None:
    searches("red lamp", 3, 2)
    searches("my name", 4)
    assert offered() == {("en", "red lamp"): 5}


def test_somebody_who_asks_every_day_is_not_many() -> None:
    searches("anna mueller", 1, 1, 1, 1, 1, 1)
    assert offered() == {}


def test_what_found_nothing_is_not_offered_and_languages_are_apart() -> None:
    searches("zorbling", 9, total=0)
    searches("lampe", 6, language="de")
    assert offered() == {("de", "lampe"): 6}


def test_spellings_that_differ_by_accents_are_one() -> None:
    searches("café", 6)
    searches("cafe", 5)
    assert offered() == {("en", "café"): 11}


def test_filling_again_follows_the_counts_and_drops_what_is_long_ago() -> None:
    searches("lamp", 5)
    Completion.objects.create(
        language="en", query="old", sessions=9, last_seen=days.now() - timedelta(days=200)
    )
    assert offered() == {("en", "lamp"): 5}
    searches("lamp", 2)
    assert offered() == {("en", "lamp"): 7}
