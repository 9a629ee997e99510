"""A model is changed while shoppers search: filled, killed, resumed, switched, rolled back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections

from catalog.models import Product
from product_search import encoders
from product_search.encoders import loading
from product_search.indexing import spaces
from product_search.models import Space, TextVector
from tests import database
from tests.acceptance import reports
from tests.acceptance.indexing.conftest import database_url, wait_until
from tests.acceptance.shops import with_this_repository
from tests.acceptance.switching import seasons
from tests.benchmarks import shelf

ROOT = Path(__file__).resolve().parents[2]
#: Names of searches' database sessions wait for a lock no longer than this; see `switching.settings`.
LOCK_MS = 200


@dataclass
class Shop:
    """A shop under way: commands of it, the shoppers' log, and what happened when."""

    environment: dict[str, str]
    log: Path
    moments: dict[str, tuple[float, float]] = field(default_factory=dict)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`manage.py ARGUMENTS` beside this process, in a group of its own."""
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def manage(self, *arguments: str) -> str:
        """The same here, as a command's start takes seconds; returns what it says."""
        said = StringIO()
        call_command(*arguments, stdout=said, stderr=said, verbosity=0)
        return said.getvalue()

    def during(self, phase: str, work: Callable[[], Any]) -> Any:
        """Note when `work` began and ended, to look at the searches of this time."""
        begun = time.time()
        try:
            return work()
        finally:
            self.moments[phase] = (begun, time.time())

    def watch(self, phase: str, seconds: float) -> None:
        """Nothing but searches for so long, and until a few lie wholly within: a busy machine takes a second each."""

        def wait() -> None:
            begun = time.time()
            time.sleep(seconds)
            wait_until(lambda: sum(each["at"] >= begun for each in self.searches()) >= 3)

        self.during(phase, wait)

    def searches(self) -> list[dict[str, Any]]:
        """All searches so far."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def searches_of(self, phase: str) -> list[dict[str, Any]]:
        """Those that lay wholly within a phase."""
        begun, ended = self.moments[phase]
        return [each for each in self.searches() if begun <= each["at"] and each["ended"] <= ended]

    def p99(self, phase: str) -> float:
        """Milliseconds."""
        return float(np.percentile([each["ms"] for each in self.searches_of(phase)], 99))


@pytest.fixture
def shop(
    transactional_db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Shop]]:
    """Makes a shop of so many products, indexed with the old model, with shoppers in it."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": seasons.OLD, "LEASE_SECONDS": 3}
    monkeypatch.setattr(loading, "HashEncoder", seasons.SeasonEncoder)
    monkeypatch.setattr(spaces, "READERS_SECONDS", 1.0)  # a search here takes no longer
    encoders.forget()
    running: list[subprocess.Popen[str]] = []

    def make(products: int, *, index_rows: int, shoppers: int, pause_s: float) -> Shop:
        monkeypatch.setattr(spaces, "ROWS_THAT_JUSTIFY_AN_INDEX", index_rows)
        shelf.stock(products)
        environment = {
            **with_this_repository(),
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.acceptance.switching.settings",
            "SHOP_MEDIA_ROOT": str(tmp_path / "media"),
            "SWITCHING_INDEX_ROWS": str(index_rows),
        }
        made = Shop(environment, tmp_path / "searches.jsonl")
        made.manage("index")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        module = [sys.executable, "-W", "ignore", "-m", "tests.acceptance.switching.shoppers"]
        running.append(
            subprocess.Popen(
                [*module, str(shoppers), str(pause_s), str(made.log)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                text=True,
            )
        )
        wait_until(lambda: made.log.exists() and len(made.searches()) > 10)
        return made

    yield make
    for process in running:
        try:
            process.communicate("", timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    database.empty()
    encoders.forget()


def change_the_model(shop: Shop, *, phase_s: float) -> dict[str, Any]:
    """The whole way there and back; returns what was measured, for one run at any size."""
    (old,) = Space.objects.all()
    shop.watch("before", phase_s)
    with psycopg.connect(database_url()) as long_search, saving(shop):
        long_search.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        held = titles_in(long_search)
        shop.during("create", lambda: shop.manage("spaces", "create", "--encoder", seasons.NEW))
        new = Space.objects.get(name=seasons.NEW)
        at_kill = shop.during("fill until killed", lambda: fill_and_kill(shop, new))
        done = shop.during("fill and index", lambda: shop.manage("spaces", "fill", str(new.pk)))
        assert "Built" in done
        assert re.search(r"titles +\d+% in common", shop.manage("spaces", "compare", str(new.pk)))
        shop.during("switch", lambda: shop.manage("spaces", "switch", str(new.pk)))
        shop.watch("new", phase_s)
        shop.manage("index")  # what was saved since: into both spaces
        shop.during("rollback", lambda: shop.manage("spaces", "rollback"))
        shop.watch("old again", phase_s)
        assert titles_in(long_search) == held, "a search that is open sees what it saw when it began"
    shop.manage("index")
    assert_vectors_say_what_products_say({old.pk: 64, new.pk: 65})
    shop.manage("spaces", "drop", str(new.pk))
    shop.watch("alone again", phase_s / 2)
    judge(shop)
    before = shop.p99("before")
    return {
        "searches": len(shop.searches()),
        "killed_at": round(at_kill, 3),
        "by_words_alone": sum(bool(each["notices"]) for each in shop.searches()),
        "p99_before_ms": round(before, 1),
        "p99_ratio": {
            phase.replace(" ", "_"): round(shop.p99(phase) / before, 2)
            for phase in ("fill until killed", "fill and index", "switch", "new", "rollback", "old again")
            if len(shop.searches_of(phase)) >= 20
        },
        "lock_limit_ms": LOCK_MS,
    }


def fill_and_kill(shop: Shop, space: Space) -> float:
    """Begin the fill and kill it half-way; returns how much of it was done."""
    products = Product.objects.count()

    def held() -> int:
        return TextVector.objects.filter(space_id=space.pk, language="en", product__isnull=False).count()

    process = shop.start("spaces", "fill", str(space.pk), "--rate", str(products / 2))
    try:
        wait_until(lambda: held() > products * 0.4 or process.poll() is not None, seconds=1200)
        assert process.poll() is None, process.stdout.read()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert 0 < held() < products
    return held() / products


def titles_in(session: psycopg.Connection[Any]) -> int:
    """A search's read of all partitions that were there when it began."""
    return session.execute("SELECT count(*) FROM product_search_textvector").fetchone()[0]


class saving:
    """A merchant who renames drafts all the time; shoppers search for the other products."""

    def __init__(self, shop: Shop) -> None:
        self.drafts = list(Product.objects.filter(published=False).order_by("pk")[:10])
        self.stop = threading.Event()
        self.errors: list[BaseException] = []
        self.thread = threading.Thread(target=self._save)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *exception: object) -> None:
        self.stop.set()
        self.thread.join()
        assert self.errors == []

    def _save(self) -> None:
        number = 0
        try:
            while not self.stop.wait(1.0):
                draft = self.drafts[number % len(self.drafts)]
                number += 1
                draft.name = f"Draft {number}"
                draft.save()
        except BaseException as error:
            self.errors.append(error)
        finally:
            connections.close_all()


def assert_vectors_say_what_products_say(models: dict[int, int]) -> None:
    """Every title's vector in every space is the one that its model gives of the title as it is now."""
    names = dict(Product.objects.values_list("pk", "name"))
    for space, season in models.items():
        rows = TextVector.objects.filter(space_id=space, language="en", product__isnull=False)
        stored = {row.product: np.array(row.vector, dtype=np.float32) for row in rows}
        assert stored.keys() == names.keys()
        for key, vector in stored.items():
            np.testing.assert_allclose(vector, seasons.of_text(season, names[key]), atol=2e-3)


def judge(shop: Shop) -> None:
    """No search failed or waited for a lock, none mixed models, and each used the one that served."""
    searches = shop.searches()
    assert [each["error"] for each in searches if each["error"]] == []
    assert [each for each in searches if len(each["models"]) > 1 or "none" in each["models"]] == []
    assert {note.partition(":")[0] for each in searches for note in each["notices"]} <= {"keywords-only"}
    assert sum(each["found"] for each in searches) >= 0.99 * len(searches)
    used = {
        phase: {model for each in shop.searches_of(phase) for model in each["models"]}
        for phase in ("before", "fill until killed", "fill and index", "new", "old again", "alone again")
    }
    assert used.pop("new") == {"65"}
    assert all(models == {"64"} for models in used.values()), used


def test_nobody_notices_a_change_of_model(shop: Callable[..., Shop]) -> None:
    found = change_the_model(shop(240, index_rows=120, shoppers=2, pause_s=0.05), phase_s=1.5)
    assert found["searches"] > 50
    assert found["by_words_alone"] == 0


@pytest.mark.acceptance_size(name="model-switch")
def test_nobody_notices_a_change_of_model_in_a_large_shop(shop: Callable[..., Shop]) -> None:
    asked = reports.asked("model-switch")
    made = shop(int(asked["products"]), index_rows=20_000, shoppers=int(asked["shoppers"]), pause_s=0.05)
    found = change_the_model(made, phase_s=asked["phase_s"])
    reports.write_report("model-switch", sizes=asked, seeds={"shelf": shelf.SEED}, result=found)
    assert found["by_words_alone"] == 0
    assert max(found["p99_ratio"].values()) <= 2.0
