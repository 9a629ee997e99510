"""Eight web workers and one encoder process: what they hold, how much they answer, and what becomes of a killed one.

The small test looks at two workers beside the model that ships; tests/acceptance/test_encoder_process.py kills it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection

from catalog.models import Product
from product_search import encoders
from product_search.testing import index_now
from tests.acceptance import reports
from tests.benchmarks.encoder_speed import WORDS

from .host import Place, Web, encoder_process, holds_torch, pss_mb, web

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 11
MODEL = reports.ROOT / "fixtures" / "model"
#: PSS of all web workers and the encoder process, against one worker with a model of its own.
MOST_MEMORY = 1.6
#: Vectors a second at so many concurrent queries, against as many workers with models of their own.
LEAST_THROUGHPUT = 3.0
USERS = 32
#: From when the encoder process listens again until an answer has vectors.
MOST_SECONDS_BACK = 5.0
BY_WORDS = "keywords-only: the encoder does not answer"


@pytest.fixture
def emptied() -> Iterator[None]:
    yield
    encoders.forget()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE product_search_picturevector, product_search_textvector")


def stock(here: Place, settings: Any) -> None:
    """A shop, indexed by the encoder process of `here`."""
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "ENCODER": here.encoder,
        "ENCODER_SOCKET": str(here.socket),
        "ALLOW_UNTRAINED": True,
    }
    for number, thing in enumerate(WORDS):
        Product.objects.create(sku=str(number), slug=str(number), name=f"{thing} mug", published=True)
    index_now()


def different(count: int) -> list[str]:
    """So many queries, all different."""
    dice = random.Random(SEED)
    return [f"{' '.join(dice.choices(WORDS, k=dice.randint(3, 12)))} {number}" for number in range(count)]


def killed_under_load(
    here: Place, served: Web, encoder: Any, *, users: int, seconds: float
) -> dict[str, Any]:
    """The encoder process killed while so many users search, and started again after `seconds`."""
    statuses: list[int] = []
    moments: list[tuple[float, list[str]]] = []
    stop = threading.Event()

    def use(user: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            status, notices = served.search(f"red mug {user} {number}")
            statuses.append(status)
            moments.append((time.monotonic(), notices))

    threads = [threading.Thread(target=use, args=(user,)) for user in range(users)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(seconds)
        killed = time.monotonic()
        encoder.kill()
        encoder.wait()
        time.sleep(seconds)
        with encoder_process(here):
            back = time.monotonic()
            while (whole := next((at for at, said in list(moments) if at > back and not said), None)) is None:
                assert time.monotonic() - back < MOST_SECONDS_BACK, moments[-3:]
                time.sleep(0.05)
            time.sleep(seconds)
            stop.set()
            for thread in threads:
                thread.join(60)
    finally:
        stop.set()
    away = [said for at, said in moments if killed + 0.5 < at < back]
    after = [said for at, said in moments if at > back + MOST_SECONDS_BACK]
    assert away
    assert all(said == [BY_WORDS] for said in away), away[:3]
    assert not any(after), "nobody is left behind"
    assert set(statuses) == {200}
    return {
        "answers": len(statuses),
        "errors": sum(status != 200 for status in statuses),
        "answers_by_words_while_away": len(away),
        "seconds_back": round(whole - back, 2),
    }


def test_web_workers_hold_no_torch(emptied: None, settings: Any, tmp_path: Path) -> None:
    here = Place(tmp_path, f"local-dir:{MODEL}")
    with encoder_process(here) as encoder:
        stock(here, settings)
        with web(here, workers=2, shared=True) as served:
            assert served.search("red mug") == (200, [])
            assert len(served.workers) == 2
            assert not any(map(holds_torch, [*served.processes, *served.workers]))
            assert holds_torch(psutil.Process(encoder.pid))


@pytest.mark.acceptance_size(name="sharing")
def test_sharing(emptied: None, settings: Any, tmp_path: Path) -> None:
    wanted = reports.asked("sharing")
    workers, seconds = int(wanted["workers"]), float(wanted["seconds"])
    here = Place(tmp_path, "ViT-B-32:untrained")
    words = different(10_000)
    ways = ("/vector", "/search/v1/search")

    def throughput(served: Web) -> dict[str, float]:
        for path in ways:
            served.per_second(path, words, users=USERS, seconds=seconds / 4)
        return {path: served.per_second(path, words, users=USERS, seconds=seconds) for path in ways}

    with encoder_process(here) as encoder:
        stock(here, settings)
        with web(here, workers=workers, shared=True) as served:
            by_one = throughput(served)
            encoder_mb = pss_mb([psutil.Process(encoder.pid)])
            # The process that preloaded and forked them counts, too.
            shared_mb = pss_mb([*served.processes, *served.workers])
            torch_in_web = sum(map(holds_torch, [*served.processes, *served.workers]))
            killed = killed_under_load(here, served, encoder, users=8, seconds=4)
    with web(here, workers=1, shared=False) as alone:
        alone.per_second(ways[1], words, users=8, seconds=seconds / 4)
        (worker,) = alone.workers
        own_mb = pss_mb([worker])
    with web(here, workers=workers, shared=False) as each:
        by_each = throughput(each)
        each_mb = pss_mb([*each.processes, *each.workers])
    ratios = {path: by_one[path] / by_each[path] for path in ways}
    result: dict[str, Any] = {
        "model": here.encoder,
        "users": USERS,
        "mb": {
            "one_worker_with_its_own": round(own_mb),
            "encoder": round(encoder_mb),
            "web": round(shared_mb),
            "shared": round(shared_mb + encoder_mb),
            "each_with_its_own": round(each_mb),
        },
        "memory_to_one_worker": round((shared_mb + encoder_mb) / own_mb, 2),
        "processes_of_web_with_torch": torch_in_web,
        "per_second": {
            "vectors": {"shared": round(by_one[ways[0]], 1), "each": round(by_each[ways[0]], 1)},
            "searches": {"shared": round(by_one[ways[1]], 1), "each": round(by_each[ways[1]], 1)},
        },
        "vectors_to_each": round(ratios[ways[0]], 2),
        "searches_to_each": round(ratios[ways[1]], 2),
        "killed": killed,
    }
    reports.write_report("sharing", sizes=wanted, seeds={"queries": SEED}, result=result)
    assert torch_in_web == 0
    assert result["memory_to_one_worker"] <= MOST_MEMORY, result
    assert result["vectors_to_each"] >= LEAST_THROUGHPUT, result
