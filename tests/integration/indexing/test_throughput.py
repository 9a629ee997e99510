"""Tallies of what was indexed: throughput, estimate and totals."""

from __future__ import annotations

import pytest
from django.db import connection

from product_search.indexing import health, index_pending, sweep, throughput
from product_search.models import Entry, Heartbeat, Tally

pytestmark = pytest.mark.django_db


def ended(seconds_ago: float, *, took: float, indexed: int) -> None:
    """A tally of a process that was at it for `took` seconds until `seconds_ago`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO product_search_tally (indexed, seconds, ended_at)"
            " VALUES (%s, %s, clock_timestamp() - make_interval(secs => %s))",
            [indexed, took, seconds_ago],
        )


def now() -> throughput.Throughput:
    return throughput.throughput("default")


def test_what_a_run_did_is_counted(space, make):
    mug, cup = make("Mug"), make("Cup")
    index_pending()
    assert (now().indexed, now().removed, now().failed) == (2, 0, 0)
    assert now().last_minute == 2
    assert now().per_second > 0
    cup.delete()
    mug.save()
    index_pending()
    assert (now().indexed, now().removed, now().failed) == (3, 1, 0)
    index_pending()
    assert Tally.objects.count() == 2, "nothing was done, so nothing is written"


def test_what_failed_is_counted_apart(space, make, monkeypatch):
    def reads(shop, keys):
        raise ValueError("broken")

    make("Mug")
    monkeypatch.setattr("product_search.indexing.work.read_products", reads)
    index_pending()
    assert (now().indexed, now().failed, now().last_minute) == (0, 1, 1)


def test_a_long_run_is_told_of_while_it_goes_on(monkeypatch):
    monkeypatch.setattr(throughput, "EVERY_SECONDS", 0.0)
    indexed, seen = 0, []
    with throughput.tallied("default", lambda: (indexed, 0, 0)) as tick:
        for _ in range(3):
            indexed += 2
            tick()
            seen.append(now().last_minute)
        tick()
    assert seen == [2, 4, 6]
    assert now().last_minute == 6, "the end counts nothing twice"


def test_the_last_minute_and_the_last_ten():
    ended(30, took=1, indexed=100)
    ended(90, took=1, indexed=10)
    ended(700, took=1, indexed=1)
    assert (now().last_minute, now().last_ten_minutes, now().indexed) == (100, 110, 111)


def test_pauses_and_several_workers_at_once_do_not_count_twice():
    ended(100, took=10, indexed=100)  # 110 to 100 s ago
    ended(95, took=10, indexed=100)  # 105 to 95 s ago, beside it
    ended(5, took=5, indexed=100)  # and 10 to 5 s ago
    assert now().per_second == pytest.approx(300 / 20, rel=0.01)


def test_who_did_nothing_for_ten_minutes_has_no_pace():
    ended(601, took=1, indexed=100)
    assert now().per_second is None
    assert now().seconds_for(50) is None


def test_the_sweep_adds_old_tallies_up_and_loses_none():
    for ago in (700, 800, 900):
        ended(ago, took=1, indexed=7)
    ended(20, took=2, indexed=20)
    before = now()
    sweep.sweep()
    assert now() == before
    assert Tally.objects.count() == 2
    Heartbeat.objects.filter(name="job:tallies").delete()
    sweep.sweep()
    assert now() == before, "again and again"
    assert Tally.objects.count() == 2


def test_the_estimate_is_what_waits_at_this_pace(space, make):
    make("Mug")
    index_pending()
    Tally.objects.all().delete()
    assert health.health().remaining_s is None, "nothing waits"
    Entry.objects.bulk_create(Entry(product=number) for number in range(10**6, 10**6 + 240))
    assert health.health().remaining_s is None, "nobody works"
    ended(1, took=30, indexed=60)
    assert health.health().remaining_s == pytest.approx(120, rel=0.01)
