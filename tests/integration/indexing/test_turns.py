"""How many workers go on with a backlog: each of them has a turn, and offers the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from product_search import tasks
from product_search.indexing import turns
from product_search.models import Heartbeat, Text

from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db


def test_one_turn_is_on_offer_at_a_time(db):
    assert not turns.is_offered("default")
    assert turns.offer("default")
    assert turns.is_offered("default")
    assert not turns.offer("default")
    turns.take("default")
    assert not turns.is_offered("default")
    assert turns.offer("default")
    long_ago()
    assert not turns.is_offered("default"), "its message was lost"
    assert turns.offer("default")


def long_ago() -> None:
    """Nobody has said anything of any turn for longer than an offer is good."""
    Heartbeat.objects.filter(name__startswith=turns.NAME).update(
        beaten_at=timezone.now() - timedelta(seconds=turns.OFFER_SECONDS + 1)
    )


def test_as_many_turns_as_the_setting_says_and_none_for_little(space, make, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "BATCH_PRODUCTS": 8, "IMPORT_WORKERS": 3}
    for number in range(8):
        make(f"Mug {number}")
    assert turns.offer_more("default", own=1) == [], "one batch is one worker's"
    make("One more mug")
    assert turns.offer_more("default", own=1) == [2, 3]
    assert turns.offer_more("default", own=1) == []
    turns.take("default", 2)
    assert turns.offer_more("default", own=1) == [], "somebody works on it"
    assert turns.offer("default", 2), "who had it asks for the next one"
    long_ago()
    assert turns.offer_more("default", own=2) == [3], "its worker died"


def test_a_backlog_is_worked_off_by_as_many_tasks_as_the_setting_says(space, make, monkeypatch, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "BATCH_PRODUCTS": 8, "IMPORT_WORKERS": 2}
    for number in range(40):
        make(f"Mug {number}")
    sent: list[dict[str, int]] = []
    monkeypatch.setattr(tasks, "WORK_SECONDS", 0.0)
    monkeypatch.setattr(tasks.work_task, "apply_async", lambda **options: sent.append(options["kwargs"]))
    worked = []
    tasks.work_task()
    while sent:
        assert len(sent) == len({options["turn"] for options in sent}) <= 2
        worked.append(sent[0]["turn"])
        tasks.work_task(**sent.pop(0))
    assert set(worked) == {1, 2}
    assert_index_matches_shop()


def test_a_backlog_asks_for_one_more_turn_however_many_tasks_meet_it(space, make, monkeypatch):
    for number in range(40):
        make(f"Mug {number}")
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(tasks, "WORK_SECONDS", 0.0)
    monkeypatch.setattr(tasks.work_task, "apply_async", lambda **options: sent.append(options["kwargs"]))
    for _ in range(3):
        tasks.work_task()
        tasks.sweep_task()
    assert sent == [{"turn": 1}]
    assert Text.objects.values("product").distinct().count() == 8, (
        "the first batch alone: the rest is the turn's"
    )
    runs = 1
    while sent:
        tasks.work_task(**sent.pop())
        runs += 1
    assert runs > 2
    assert_index_matches_shop()
