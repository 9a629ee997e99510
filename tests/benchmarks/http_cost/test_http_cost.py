"""What `GET v1/search` costs beyond the engine: the same queries by one and by the other in turns, in one web process.

Their vectors are kept since the first round, so that no model is asked.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from catalog.models import Product
from product_search.conf import settings
from product_search.models import TextVector
from product_search.testing import index_now
from tests.acceptance import reports
from tests.acceptance.indexing.conftest import database_url
from tests.acceptance.shops import ROOT, free_port, running, wait_for_server, with_this_repository
from tests.benchmarks import vectors
from tests.benchmarks.shelf import SEED, stock
from tests.benchmarks.test_speed import FACETS, asked, fill, in_turns, media, percentiles

__all__ = ["media"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)
QUERIES, ROUNDS = 60, 5
#: Milliseconds beyond the engine's.
MOST = {"p50": 10.0, "p95": 25.0}


class Web:
    """One web process."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, q: str) -> Any:
        """What it answers, on a connection of its own, as the web server in front makes them."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", f"{path}?{urlencode({'q': q, 'facets': ','.join(FACETS)})}")
            answer = connection.getresponse()
            told = answer.read()
            assert answer.status == 200, told
            return json.loads(told)
        finally:
            connection.close()


@contextmanager
def web(folder: Path, encoder: str) -> Iterator[Web]:
    """`shop web` with one process of one thread."""
    port, log = free_port(), folder / "web.log"
    environment = with_this_repository() | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.http_cost.settings",
        "DATABASE_URL": database_url(),
        "SHOP_ENCODER": encoder,
        "SHOP_SECRET_KEY": uuid.uuid4().hex * 2,
        "SHOP_ALLOWED_HOSTS": "127.0.0.1",
        "WEB_PROCESSES": "1",
        "WEB_THREADS": "1",
        "WEB_ADDRESS": f"127.0.0.1:{port}",
    }
    with running(ROOT / "docker" / "shop", "web", cwd=ROOT, env=environment, log=log) as process:
        wait_for_server(f"http://127.0.0.1:{port}/search/v1/live", process, log)
        yield Web(port)
    assert "Traceback" not in log.read_text(), log.read_text()[-6000:]


def measure(served: Web, queries: list[str], rounds: int) -> dict[str, Any]:
    """Milliseconds of the engine within the web process, of the whole request as its client sees it, and the rest."""
    engine: list[float] = []
    totals: dict[str, set[int]] = {query: set() for query in queries}

    def by_engine(query: str) -> None:
        told = served.get("/engine", query)
        engine.append(told["ms"])
        totals[query].add(told["total"])

    def by_http(query: str) -> None:
        totals[query].add(served.get("/search/v1/search", query)["total"])

    tasks: dict[str, Callable[[str], Any]] = {"engine": by_engine, "http": by_http}
    in_turns(tasks, queries, 1)
    engine.clear()
    whole = in_turns(tasks, queries, rounds)["http"]
    assert all(len(each) == 1 for each in totals.values()), "both are to do the same search"
    found = {"engine": percentiles(engine), "http": percentiles(whole)}
    found["beyond"] = {name: round(found["http"][name] - found["engine"][name], 2) for name in MOST}
    found["beyond_of_pairs"] = percentiles([of - own for of, own in zip(whole, engine, strict=True)])
    return found


def test_both_do_the_same_search(tmp_path: Path) -> None:
    stock(60, pictures=False)
    index_now()
    try:
        with web(tmp_path, settings().encoder) as served:
            found = measure(served, asked(6), 1)
        # Which of both is quicker is said where nothing else computes: here neighbours may hold up either of a pair.
        assert all(found[way][name] > 0 for way in ("engine", "http") for name in MOST)
    finally:
        TextVector.objects.all().delete()


@pytest.mark.acceptance_size(name="http-cost")
def test_http_cost(media: None, tmp_path: Path) -> None:
    wanted = reports.asked("http-cost")
    fill(int(wanted["products"]))
    begun = time.perf_counter()
    with web(tmp_path, vectors.ENCODER) as served:
        found = measure(served, asked(QUERIES), ROUNDS)
    reports.write_report(
        "http-cost",
        sizes={"products": Product.objects.count(), "queries": QUERIES, "rounds": ROUNDS},
        seeds={"products": SEED, "pictures": vectors.SEED},
        result={**found, "seconds": round(time.perf_counter() - begun)},
    )
    assert all(found["beyond"][name] <= most for name, most in MOST.items()), found
