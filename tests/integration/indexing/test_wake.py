"""Waking a worker never fails or delays a save, whatever the broker does, and never surprises a test."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Iterator

import pytest
from celery import Celery
from django.db import connections, transaction

from catalog.celery import app
from product_search.indexing import index_pending, wake
from product_search.models import Entry

from .conftest import save_and_take_back
from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for each in held:
            each.close()


@pytest.fixture
def refusing_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def waker(monkeypatch) -> Iterator[wake._Waker]:
    """A waker of this test alone, whose thread has nothing left to do when the test ends."""
    fresh = wake._Waker()
    monkeypatch.setattr(wake, "_waker", fresh)
    yield fresh
    assert fresh.flush(30)


@pytest.mark.parametrize("transport", ["redis", "amqp"])
@pytest.mark.parametrize("broker", ["refusing_port", "silent_port"])
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_that_refuses_or_hangs_delays_no_save(
    transport, broker, request, monkeypatch, waker, space, make
):
    mug = make("Mug")
    assert waker.flush(10)
    app = Celery(
        "shop", broker=f"{transport}://127.0.0.1:{request.getfixturevalue(broker)}//", set_as_current=False
    )
    app.connection_for_write().get_transport_cls()  # importing it costs the process once, whatever the broker does
    connect, tried = app.connection_for_write, []

    def connection_for_write() -> object:
        tried.append(threading.current_thread().name)
        return connect()

    monkeypatch.setattr(app, "connection_for_write", connection_for_write)
    monkeypatch.setattr(wake, "celery_app", lambda: app)
    monkeypatch.setattr(wake, "BROKER_SECONDS", 1)
    with monkeypatch.context() as patched:
        patched.setattr(wake, "wake", lambda: None)
        usual = durations_of_saves(mug)
    slowed = durations_of_saves(mug)
    assert statistics.median(slowed) < 3 * statistics.median(usual) + 0.05
    # A refusing Redis takes 2.4 s to say so; no save ever asks it.
    assert waker.flush(30)
    assert set(tried) == {"product_search.wake"}
    index_pending()  # what the sweep does
    assert_index_matches_shop()


def durations_of_saves(product) -> list[float]:
    taken = []
    for number in range(15):
        begun = time.perf_counter()
        product.name = f"Mug {number}"
        product.save()
        taken.append(time.perf_counter() - begun)
    return taken


def test_many_saves_become_few_messages_without_a_database_connection(space, make, monkeypatch, waker):
    sent: list[str] = []
    opened: list[object] = []
    saved = threading.Event()

    def send(task: str) -> None:
        saved.wait(60)  # a busy machine may take longer over 20 saves than wake-ups are merged for
        sent.append(threading.current_thread().name)
        opened.extend(each for each in connections.all(initialized_only=True) if each.connection)

    monkeypatch.setattr(wake, "send", send)
    with transaction.atomic():
        for number in range(20):
            make(f"Mug {number}")
        assert sent == []
    saved.set()
    assert waker.flush(60)
    assert 1 <= len(sent) <= 2, "one on its way, one for all that came meanwhile"
    assert set(sent) == {"product_search.wake"}
    assert opened == []


def test_a_rolled_back_save_wakes_nobody(space, make, monkeypatch):
    mug = make("Mug")
    woken = []
    monkeypatch.setattr(wake, "wake", lambda: woken.append(1))
    save_and_take_back(mug, "Never")
    assert woken == []
    mug.save()
    assert woken == [1]


def test_a_wake_up_that_fails_does_not_fail_the_save(space, make, monkeypatch, caplog):
    def broken(task: str) -> None:
        raise RuntimeError("no thread can be started")

    monkeypatch.setattr(wake._waker, "notify", broken)
    make("Mug")
    assert "no thread can be started" in caplog.text
    index_pending()
    assert_index_matches_shop()


def test_eager_celery_works_in_this_thread(space, make, monkeypatch):
    monkeypatch.setattr(wake._waker, "notify", lambda task: pytest.fail("a thread was used"))
    app.conf.task_always_eager = True
    try:
        make("Mug")
    finally:
        app.conf.task_always_eager = False
    assert_index_matches_shop()


@pytest.mark.django_db
def test_inside_a_testcase_a_save_neither_sends_nor_starts_a_thread(make, waker):
    make("Mug")
    assert waker._thread is None


def test_a_shop_without_a_celery_app_sends_nothing(space, make, monkeypatch):
    monkeypatch.setattr(wake, "celery_app", lambda: None)
    monkeypatch.setattr(wake._waker, "notify", lambda task: pytest.fail("notified"))
    make("Mug")
    assert Entry.objects.count() == 0


def test_celerys_own_fallback_is_no_app(monkeypatch):
    monkeypatch.setattr("celery._state.default_app", None)
    monkeypatch.setattr("celery._state._tls.current_app", None)
    assert wake.celery_app() is None


def test_each_task_asked_for_gets_one_message(space, monkeypatch, waker):
    sent: list[str] = []
    monkeypatch.setattr(wake, "send", sent.append)
    for task in (wake.WORK_TASK, "product_search.tag", wake.WORK_TASK, "product_search.tag"):
        waker.notify(task)
    assert waker.flush(60)
    assert sorted(sent) == ["product_search.tag", wake.WORK_TASK]
