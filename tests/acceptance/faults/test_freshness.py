"""What is saved is found within a second, in a shop like the demo's with the model that ships."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog import postgres
from tests import database
from tests.acceptance import reports
from tests.acceptance.brokers import Folder
from tests.acceptance.conftest import CATALOGUE, MODEL

from .processes import Nursery
from .world import World, database_url

SEED = 5_006
DEMO = {
    "DOCUMENT": "catalog.documents.ProductDocument",
    "ENCODER": f"local-dir:{MODEL}",
    "BATCH_PRODUCTS": 64,
    "LEASE_SECONDS": 60,
    "SWEEP_SECONDS": 10,
}
MakeDemo = Callable[[], World]


@pytest.fixture
def make_demo(nursery: Nursery, tmp_path: Path) -> Iterator[MakeDemo]:
    """The catalogue that ships, indexed with the model that ships; a worker and beat run."""
    worlds: list[World] = []

    def make() -> World:
        server, name = database.start(), f"fresh_{uuid.uuid4().hex[:8]}"
        postgres.make_database(server, name)
        folder = tmp_path / "world"
        folder.mkdir()
        url = database_url(server, name)
        world = World(nursery, url, Folder(folder / "broker"), folder, settings=DEMO, early_mark_seconds=None)
        worlds.append(world)
        world.command("migrate", "--verbosity=0")
        world.command("import_products", str(CATALOGUE), "--verbosity=0")
        world.command("index", "--verbosity=0")
        world.worker(pool="prefork")
        world.beat()
        return world

    yield make
    for world in worlds:
        world.close()


@pytest.mark.acceptance_size(name="freshness")
def test_a_save_is_searchable_within_a_second(make_demo: MakeDemo) -> None:
    asked = reports.asked("freshness")
    seconds = make_demo().fresh(saves=int(asked["saves"]), per_second=asked["saves_per_second"], seed=SEED)
    p50, p95, p99 = (float(np.percentile(seconds, share)) for share in (50, 95, 99))
    reports.write_report(
        "freshness",
        sizes={"saves": len(seconds), "saves_per_second": asked["saves_per_second"]},
        seeds={"renamed": SEED},
        result={
            "p50_s": round(p50, 3),
            "p95_s": round(p95, 3),
            "p99_s": round(p99, 3),
            "max_s": max(seconds),
        },
    )
    assert p95 <= 1
