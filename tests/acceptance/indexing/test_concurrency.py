"""Two real workers beside many people: the index ends equal to the last commit, and nobody waits for a lock of ours."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from catalog.models import Brand, Collection, Product
from product_search.indexing import wake
from product_search.indexing.sweep import find_products
from product_search.models import Entry, Heartbeat, Mark
from tests import database
from tests.acceptance import reports
from tests.acceptance.brokers import Redis
from tests.integration.indexing.crowd import deadlocks, save_at_random, together
from tests.integration.indexing.oracle import assert_index_matches_shop

from .conftest import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 5
#: A wait for a lock that lasts so long is written into the server's log, with who waited and for what.
LONG_WAIT_MS = 50
#: How many products one person of the second part saves in a transaction.
IN_ONE_TRANSACTION = 3


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """A Celery app over Redis: files as a broker are for one worker."""
    with closing(Redis()) as server:
        monkeypatch.setenv("CELERY_BROKER_URL", server.url)
        app = Celery("catalog", broker=server.url, set_as_current=False)
        monkeypatch.setattr(wake, "celery_app", lambda: app)
        monkeypatch.setattr(wake, "_waker", wake._Waker())
        yield app
        wake._waker.flush(10)


@pytest.fixture
def two_workers(app: Celery, celery: Callable[..., object]) -> Celery:
    for name in ("one", "two"):
        celery(
            *("worker", "--pool=solo", "--loglevel=INFO", "--without-gossip", "--without-mingle"),
            *("-n", f"{name}@%h"),
        )
    for _ in range(20):
        app.send_task("product_search.sweep")
    wait_until(lambda: Heartbeat.objects.filter(name__startswith="worker:").count() >= 2)
    return app


@pytest.fixture
def waits() -> Iterator[Callable[[], list[str]]]:
    """Lines of the server's log that tell of a wait of LONG_WAIT_MS, since the fixture began."""
    if not database.EMBEDDED:
        pytest.skip("reads the log of the embedded server")
    log = Path(database.FOLDER) / "postgres" / "log"
    run("ALTER SYSTEM SET log_lock_waits = on")
    run(f"ALTER SYSTEM SET deadlock_timeout = '{LONG_WAIT_MS}ms'")
    run("SELECT pg_reload_conf()")
    begun = log.stat().st_size

    def read() -> list[str]:
        with log.open(errors="replace") as file:
            file.seek(begun)
            return [line for line in file if re.search(r"still waiting for|deadlock detected", line)]

    yield read
    run("ALTER SYSTEM RESET log_lock_waits")
    run("ALTER SYSTEM RESET deadlock_timeout")
    run("SELECT pg_reload_conf()")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def nothing_waits() -> bool:
    due = Mark.objects.filter(not_before__lte=Now()).exists()
    return not due and not Entry.objects.filter(done__lt=F("wanted")).exists()


@pytest.mark.acceptance_size(name="concurrency")
def test_many_people_and_two_workers(two_workers, waits):
    asked = {key: int(value) for key, value in reports.asked("concurrency").items()}
    begun = deadlocks()
    equal, saves = same_products(asked["runs"], asked["writers"], asked["products"])
    first = deadlocks() - begun
    assert equal == asked["runs"]
    seen = len(waits())
    app = two_workers
    brand, writers = brand_saves(app, asked["brand_products"], asked["brand_writers"], asked["brand_saves"])
    lines = waits()[seen:]
    ours = [line for line in lines if (pid := re.search(r"process (\d+)", line)) and int(pid[1]) in writers]
    reports.write_report(
        "concurrency",
        sizes=asked,
        seeds={"people": SEED},
        result={
            "same_products": {"equal_runs": equal, "saves": saves, "deadlocks": first},
            "brand": {
                **brand,
                "deadlocks": deadlocks() - begun - first,
                f"waits_of_people_over_{LONG_WAIT_MS}_ms": len(ours),
                f"waits_of_workers_over_{LONG_WAIT_MS}_ms": len(lines) - len(ours),
            },
        },
    )
    assert deadlocks() == begun
    assert ours == []


def same_products(runs: int, writers: int, products: int) -> tuple[int, int]:
    """How many runs ended with an index equal to the shop, and how many saves there were."""
    keys = [Product.objects.create(sku=f"C{n}", name=f"Mug {n}").pk for n in range(products)]
    summer = Collection.objects.create(name="Summer", slug="summer")
    equal = saves = 0
    for turn in range(runs):
        first = SEED + 1000 * turn
        saves += together(writers, partial(someone_saves, keys, summer, first))
        wait_until(nothing_waits)
        assert_index_matches_shop()
        equal += 1
    return equal, saves


def someone_saves(keys: list[int], collection: Collection, first: int, number: int) -> int:
    return save_at_random(keys, collection, saves=5, seed=first + number)


def brand_saves(app: Celery, products: int, writers: int, saves: int) -> tuple[dict[str, object], set[int]]:
    """Save a brand of all products `saves` times while people save those products, each in an order of their own.

    No two people save the same row, so that the shop's own writes never wait for each other: whatever waits, waits
    because of the index. Returns what happened, and the process ids of the people's connections.
    """
    brand = Brand.objects.create(name="Morgenlicht", slug="morgenlicht")
    rows = (Product(sku=f"B{n}", name=f"Cup {n}", slug="cup", brand=brand) for n in range(products))
    keys = [product.pk for product in Product.objects.bulk_create(rows, batch_size=5000)]
    while find_products("default"):
        pass
    app.send_task("product_search.sweep")
    app.send_task("product_search.sweep")
    saved = threading.Event()
    pids: set[int] = set()
    took: list[float] = []

    def someone(number: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pids.add(int(cursor.fetchone()[0]))
        if number == 0:
            return save_brand()
        chance = random.Random(SEED + number)
        mine = keys[number::writers]
        chance.shuffle(mine)
        done = 0
        while not saved.is_set():
            chosen = [mine[(done + n) % len(mine)] for n in range(IN_ONE_TRANSACTION)]
            with transaction.atomic():
                for product in Product.objects.filter(pk__in=chosen).order_by("?"):
                    product.name = f"Cup {number} {done}"
                    product.save()
            done += IN_ONE_TRANSACTION
        return done

    def save_brand() -> int:
        try:
            for turn in range(saves):
                begun = time.perf_counter()
                brand.name = f"Brand {turn}"
                brand.save()
                took.append(1000 * (time.perf_counter() - begun))
                time.sleep(0.5)
        finally:
            saved.set()
        return 0

    done = together(writers + 1, someone)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(wanted) FROM product_search_entry")
        entries, raised = cursor.fetchone()
    took.sort()
    result = {
        "brand_saves": saves,
        "product_saves": done,
        "raised": int(raised) - int(entries),
        "brand_save_ms": {"p50": round(took[len(took) // 2], 1), "worst": round(took[-1], 1)},
    }
    return result, pids
