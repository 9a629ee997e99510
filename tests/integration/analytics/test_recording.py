"""Recording never fails, slows or blocks whoever records, whatever becomes of the tables; what is lost is counted."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, connections

from product_search import analytics
from product_search.analytics import days, recording
from product_search.analytics.records import ActionRecord, SearchRecord
from product_search.indexing import heartbeat
from product_search.models import SearchEvent, SessionSalt, ShopperEvent, Uncounted

pytestmark = pytest.mark.django_db(transaction=True)


def searched(**given: Any) -> SearchRecord:
    said: dict[str, Any] = {
        "search_id": uuid4(),
        "at": days.now(),
        "visitor": "anna",
        "language": "en",
        "channel": "",
        "segment": "",
        "kind": "words",
        "q": "  Red  LAMP ",
        "corrected": "",
        "filters": {},
        "sort": "",
        "page": 1,
        "total": 3,
        "near": 0,
        "took_ms": 4.5,
        "shown": (1, 2, 3),
        "shown_from": 1,
    }
    return SearchRecord(**(said | given))


def put_timed(records: list[Any]) -> float:
    """Seconds that the slowest of many calls took."""
    slowest = 0.0
    for record in records:
        begun = time.perf_counter()
        recording.put([record])
        slowest = max(slowest, time.perf_counter() - begun)
    return slowest


def wait_for(condition: Any) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@contextmanager
def renamed(table: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO gone")
        yield
        cursor.execute(f"ALTER TABLE gone RENAME TO {table}")


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Somebody else holds the table for himself."""
    parameters = connection.get_connection_params()
    wanted = {
        name: parameters[name]
        for name in ("dbname", "user", "password", "host", "port")
        if name in parameters
    }
    with psycopg.connect(**wanted) as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def test_what_is_recorded_is_there_soon_with_its_day_to_be_counted(recorder: recording._Recorder) -> None:
    recording.put([searched(), ActionRecord(days.now(), "anna", "click", 2, position=2)])
    assert analytics.flush(20)

    search, action = SearchEvent.objects.get(), ShopperEvent.objects.get()
    assert (search.words, search.typed, search.shown) == ("red lamp", "red lamp", [1, 2, 3])
    assert action.session == search.session is not None
    assert set(Uncounted.objects.values_list("day", flat=True)) == {days.today()}
    assert recorder.dropped == 0


def test_the_thread_holds_no_connection_between_two_batches(recorder: recording._Recorder) -> None:
    recording.put([searched()])
    assert analytics.flush(20)

    def held() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            return int(cursor.fetchone()[0])

    wait_for(lambda: held() == 0)


def test_a_table_that_is_gone_loses_events_and_says_so_once(
    recorder: recording._Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), renamed(SearchEvent._meta.db_table):
        assert put_timed([searched() for _ in range(50)]) < 0.5
        assert analytics.flush(20)
        recording.put([searched()])
        assert analytics.flush(20)
    assert recorder.dropped == 51
    assert sum("could not be written" in line for line in caplog.messages) == 1

    recording.put([searched()])
    assert analytics.flush(20)
    assert SearchEvent.objects.count() == 1
    lost = heartbeat.age(recording.DROPPED, using="default")
    assert lost is not None
    assert lost[1]["dropped"] == 51


def test_a_locked_table_is_waited_for_by_nobody_but_the_thread(
    recorder: recording._Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("product_search.analytics.writing._LIMITS", "SET LOCAL lock_timeout = '100ms'")
    with locked(SearchEvent._meta.db_table):
        assert put_timed([searched() for _ in range(50)]) < 0.5
        wait_for(lambda: recorder._failures > 1)
    wait_for(lambda: analytics.flush(1))
    assert SearchEvent.objects.count() == 50
    assert recorder.dropped == 0


def test_a_database_that_refuses_fills_the_queue_and_no_more(
    recorder: recording._Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_WAITING", 40)
    here, port = connections["default"].settings_dict, "1"
    monkeypatch.setitem(here, "PORT", port)  # the thread's own connection is opened anew
    try:
        assert put_timed([searched() for _ in range(100)]) < 0.5
        wait_for(lambda: recorder._failures > 1)
        assert len(recorder._waiting) <= 40
        assert recorder.dropped >= 60
    finally:
        monkeypatch.undo()
    monkeypatch.setattr(recording, "_recorder", recorder)
    wait_for(lambda: recorder.flush(1))
    assert SearchEvent.objects.count() + recorder.dropped == 100


def test_ten_times_the_rate_is_dropped_at_the_door(recorder: recording._Recorder, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS_PER_SECOND": 20}
    begun = time.monotonic()
    assert put_timed([searched() for _ in range(2_000)]) < 0.5
    allowed = 200 + 20 * (time.monotonic() - begun) + 1
    assert analytics.flush(20)
    assert 200 <= SearchEvent.objects.count() <= allowed
    assert SearchEvent.objects.count() + recorder.dropped == 2_000


def test_a_fork_writes_nothing_that_its_parent_recorded(recorder: recording._Recorder) -> None:
    recording.put([searched()])
    recording._forget_threads()
    assert recording._recorder is not recorder
    assert not recording._recorder._waiting
    assert recording._recorder._thread is None
    recording._recorder = recorder
    assert analytics.flush(20)


def test_many_threads_at_once_lose_nothing(recorder: recording._Recorder) -> None:
    threads = [
        threading.Thread(target=lambda: [recording.put([searched()]) for _ in range(50)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert analytics.flush(20)
    assert SearchEvent.objects.count() == 400


def test_what_looks_personal_is_not_kept_as_words(recorder: recording._Recorder) -> None:
    given = ("anna@example.org", "+49 170 1234567", "sk1a2b3c4d5e6f7g8h", "lamp")
    recording.put([searched(q=q) for q in given])
    recording.put(
        [searched(q="anna@exmple.org", corrected="anna@example.org", filters={"brand": ("a@b.c",)})]
    )
    assert analytics.flush(20)

    kept = list(SearchEvent.objects.order_by("id").values_list("words", "typed", "filters"))
    assert kept == [("", "", {})] * 3 + [("lamp", "lamp", {}), ("", "", {"brand": []})]


def test_a_visitor_is_another_one_tomorrow_and_the_way_back_is_gone(
    recorder: recording._Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording.put([searched(), searched(visitor="ben"), searched(visitor="")])
    assert analytics.flush(20)
    today, (salt,) = days.today(), SessionSalt.objects.all()

    tomorrow = today + timedelta(days=1)
    monkeypatch.setattr(days, "today", lambda: tomorrow)
    recording.put([searched(at=days.now() + timedelta(days=1)), searched(at=days.now())])
    assert analytics.flush(20)

    anna, ben, nobody, later, late = SearchEvent.objects.order_by("id").values_list("session", flat=True)
    assert len({anna, ben, later}) == 3
    assert nobody is None
    assert late is None  # yesterday's key is gone: what comes in late has no session
    assert bytes(SessionSalt.objects.get().salt) != bytes(salt.salt)
    assert list(SessionSalt.objects.values_list("day", flat=True)) == [tomorrow]
    stored = str(list(SearchEvent.objects.values()))
    assert "anna" not in stored
