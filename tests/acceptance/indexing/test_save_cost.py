"""What the plugin adds to a save: the same saves with and without its handlers by turns, with every kind of broker.

That a save is one INSERT more, and that only a thread of its own ever speaks to the broker, is tested in
tests/integration/indexing/ (test_saves.py, test_wake.py); here it is timed, on a server that flushes its commits.
"""

from __future__ import annotations

import gc
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from typing import Any

import pytest
from celery import Celery
from django.db import connection, transaction
from django.db.models import signals

from catalog.models import Product
from product_search.indexing import wake
from product_search.models import Mark
from tests import database
from tests.acceptance import reports
from tests.acceptance.brokers import Redis

pytestmark = pytest.mark.django_db(transaction=True)

MODES = ("atomic", "autocommit")
BROKERS = ("up", "refusing", "hanging")
HANDLED = (signals.pre_save, signals.post_save)


@contextmanager
def without_the_plugin() -> Iterator[None]:
    """Saves inside call none of our handlers, as in a shop that never installed us."""
    before = [(signal, signal.receivers) for signal in HANDLED]
    for signal, receivers in before:
        signal.receivers = [row for row in receivers if not str(row[0][0]).startswith("product_search.")]
        signal.sender_receivers_cache.clear()
    try:
        yield
    finally:
        for signal, receivers in before:
            signal.receivers = receivers
            signal.sender_receivers_cache.clear()


@contextmanager
def broker(kind: str) -> Iterator[str]:
    """The URL of a Redis that answers, of a port that refuses, or of one that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if kind == "hanging":
            held: list[socket.socket] = []
            threading.Thread(target=lambda: _hold(server, held), daemon=True).start()
            yield f"redis://127.0.0.1:{port}//"
            server.shutdown(socket.SHUT_RDWR)
            for each in held:
                each.close()
            return
    if kind == "refusing":
        yield f"redis://127.0.0.1:{port}//"
        return
    with closing(Redis()) as server:
        yield server.url


def _hold(server: socket.socket, held: list[socket.socket]) -> None:
    while True:
        try:
            held.append(server.accept()[0])
        except OSError:
            return


@pytest.fixture
def flushing() -> Iterator[None]:
    """The tests' server does not flush commits to the disk; here it does, as a shop's."""
    if not database.EMBEDDED:
        yield
        return
    for statement in ("RESET fsync", "RESET full_page_writes"):
        _run(f"ALTER SYSTEM {statement}")
    _run("SELECT pg_reload_conf()")
    yield
    for setting in ("fsync", "full_page_writes"):
        _run(f"ALTER SYSTEM SET {setting} = off")
    _run("SELECT pg_reload_conf()")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.acceptance_size(name="save-cost")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_save_costs_little_more_whatever_the_broker_does(flushing, monkeypatch):
    saves = int(reports.asked("save-cost")["saves"])
    monkeypatch.setattr(wake, "_waker", wake._Waker())
    result: dict[str, Any] = {}
    for kind in BROKERS:
        with broker(kind) as url:
            app = Celery("shop", broker=url, set_as_current=False)
            monkeypatch.setattr(wake, "celery_app", lambda app=app: app)
            for mode in MODES:
                result.setdefault(mode, {})[kind] = _paired(mode, saves)
            assert wake._waker.flush(60)
    reports.write_report("save-cost", sizes={"saves": saves}, seeds={}, result=result)
    for mode in MODES:
        for kind in BROKERS:
            assert result[mode][kind]["more_p50_ms"] <= 1, (mode, kind)
            assert result[mode][kind]["more_p99_ms"] <= 5, (mode, kind)


def _paired(mode: str, saves: int) -> dict[str, float]:
    """Quantiles in milliseconds of `saves` saves each, one with and one without the plugin by turns."""
    product = Product.objects.create(sku=f"{mode} {time.monotonic()}", name="Mug")
    marks = Mark.objects.count()
    took: dict[str, list[float]] = {"with": [], "without": []}
    gc.disable()
    try:
        for number in range(2 * (saves + 20)):
            way = "with" if number % 2 else "without"
            with ExitStack() as stack:
                if way == "without":
                    stack.enter_context(without_the_plugin())
                begun = time.perf_counter()
                with transaction.atomic() if mode == "atomic" else nullcontext():
                    product.name = f"Mug {number}"
                    product.save()
                took[way].append(1000 * (time.perf_counter() - begun))
    finally:
        gc.enable()
    assert Mark.objects.count() == marks + (saves + 20) * (1 if mode == "atomic" else 2)
    values = {way: sorted(times[20:]) for way, times in took.items()}  # the first ones warm up
    found = {}
    for name, quantile in (("p50", statistics.median), ("p99", lambda row: row[int(len(row) * 0.99)])):
        found.update({f"{way}_{name}_ms": round(quantile(row), 3) for way, row in values.items()})
        found[f"more_{name}_ms"] = round(found[f"with_{name}_ms"] - found[f"without_{name}_ms"], 3)
    return found
