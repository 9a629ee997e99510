"""What is too old goes by itself, and what somebody asks to be forgotten is gone; sums stay where they are to stay."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from product_search import analytics
from product_search.analytics import days, forgetting
from product_search.analytics.records import ActionRecord
from product_search.analytics.writing import write
from product_search.indexing import heartbeat
from product_search.models import (
    DailyQuery,
    DailySearches,
    SearchEvent,
    SessionSalt,
    ShopperEvent,
    Uncounted,
)
from product_search.tasks import roll_up_task, sweep_task

from .shoppers import events, happen
from .test_recording import searched

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def search_of(days_ago: int) -> None:
    moment = days.now() - timedelta(days=days_ago)
    happen([SearchEvent(search_id=uuid4(), at=moment, language="en", kind="words", words="lamp", total=1)])


def test_events_go_after_their_days_and_sums_after_theirs(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ago in (0, 9, 11, 31):
        search_of(ago)
    SessionSalt.objects.create(day=days.today() - timedelta(days=1), salt=b"old")
    analytics.roll_up(using="default")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS_DAYS": 10, "ROLL_UPS_DAYS": 30}
    monkeypatch.setattr(forgetting, "PAGE", 1)

    analytics.forget_old(using="default")

    assert SearchEvent.objects.count() == 2
    assert DailySearches.objects.count() == DailyQuery.objects.count() == 3
    assert not SessionSalt.objects.exists()


def test_a_day_whose_events_are_gone_is_not_counted_again(settings: Any) -> None:
    search_of(11)
    analytics.roll_up(using="default")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS_DAYS": 10}
    analytics.forget_old(using="default")
    Uncounted.objects.create(day=days.today() - timedelta(days=11))

    analytics.roll_up(using="default")

    assert DailySearches.objects.count() == 1
    assert not Uncounted.objects.exists()


def test_one_visitor_is_forgotten_and_the_day_counted_without_them() -> None:
    click = ActionRecord(days.now(), "session:anna", "click", 1)
    write([searched(visitor="session:anna"), searched(visitor="session:ben"), click], using="default")
    analytics.roll_up(using="default")
    assert DailySearches.objects.get().searches == 2

    assert said("forget_events", "--visitor", "session:anna") == "Deleted 2 rows.\n"
    assert said("forget_events", "--visitor", "session:anna") == "Deleted 0 rows.\n"
    analytics.roll_up(using="default")

    assert DailySearches.objects.get().searches == SearchEvent.objects.count() == 1
    assert not ShopperEvent.objects.exists()


def test_all_or_what_is_before_a_day_is_forgotten_by_command() -> None:
    happen(events(5))
    said("roll_up")
    said("forget_events", "--before", "2026-03-03")
    assert SearchEvent.objects.exists()
    assert min(days.day_of(event.at) for event in SearchEvent.objects.all()).isoformat() == "2026-03-03"
    assert DailySearches.objects.filter(day="2026-03-02").exists()

    said("forget_events", "--all")
    for model in (SearchEvent, ShopperEvent, DailySearches, DailyQuery):
        assert not model._default_manager.exists()


@pytest.mark.parametrize("arguments", [(), ("--before", "yesterday"), ("--all", "--before", "2026-03-03")])
def test_what_is_to_be_forgotten_must_be_said(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        said("forget_events", *arguments)


def test_a_worker_counts_what_has_grown_and_rests_in_between() -> None:
    search_of(0)
    assert analytics.is_due("default")

    roll_up_task.apply()

    assert DailySearches.objects.get().searches == 1
    search_of(0)
    assert not analytics.is_due("default")  # counted just now
    heartbeat.forget("job:roll_up", using="default")
    assert analytics.is_due("default")


def test_the_sweep_forgets_what_is_old(settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS_DAYS": 10}
    search_of(11)
    sweep_task.apply()
    assert not SearchEvent.objects.exists()
