"""Postgres is restarted, crashes, only reads for a while, or runs out of disk: saves fail no longer than it does."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.acceptance import reports

from .conftest import MakeWorld
from .processes import Nursery, wait_until
from .servers import Server, vectors_on_full_disk
from .world import World, make_template

SEED = 5_004
FAULTS = ("restarted", "crashed", "read-only")


@pytest.fixture(scope="module")
def own_server(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(nursery.pid)
    try:
        make_template(nursery, server.url, tmp_path_factory.mktemp("own-template"))
        yield server
    finally:
        server.close()


def away(server: Server, fault: str) -> AbstractContextManager[None]:
    """The server is in no state to write while the block runs."""
    return server.read_only() if fault == "read-only" else server.gone(crashed=fault == "crashed")


def lose_postgres(
    world: World, server: Server, faults: Sequence[str], *, saves: int, seconds: float, seed: int
) -> dict[str, Any]:
    """Each fault in the midst of saves; those made meanwhile fail, and no other."""
    world.worker()
    world.beat()
    share = saves // len(faults)
    times = []
    for turn, fault in enumerate(faults):
        writer = world.writer(seed, turn * share, share, per_second=share / (2 * seconds))
        wait_until(lambda: len(world.outcomes()) > turn * share + share // 4, "a quarter of the saves")  # noqa: B023
        begun = time.time()
        with away(server, fault):
            time.sleep(seconds)
        times.append((begun, time.time()))
        assert writer.wait() == 0, writer.log.read_text()
    settled = world.settle()
    found = world.check(interrupted=len(faults), writing_failed=True)
    failed = [outcome for outcome in world.outcomes() if outcome.error]
    met = [[one for one in failed if one.at <= end and begin <= one.at + one.seconds] for begin, end in times]
    assert all(met), "a fault was over before a save met it"
    outside = [one for one in failed if not any(one in some for some in met)]
    assert outside == [], (outside, times)
    return {"seconds_to_settle": round(settled, 1), **found}


def fill_disk(world: World, server: Server, *, saves: int, seed: int) -> dict[str, Any]:
    """No room for the index's vectors, while the shop's own tables have some; then there is room again."""
    world.worker()
    world.beat()
    assert world.writer(seed, 0, saves // 4).wait() == 0
    world.settle()
    before = len([outcome for outcome in world.outcomes() if outcome.error])
    with vectors_on_full_disk(server, world.database) as said:
        writer = world.writer(seed, saves // 4, saves - saves // 4)
        assert writer.wait() == 0, writer.log.read_text()
        wait_until(lambda: said in logs(world), f"a worker to meet {said!r}")
    settled = world.settle()
    assert len([outcome for outcome in world.outcomes() if outcome.error]) == before
    refused = logs(world).count(said)
    found = world.check(interrupted=refused, writing_failed=True)
    return {"seconds_to_settle": round(settled, 1), "refused": refused, **found}


def logs(world: World) -> str:
    """What all workers said."""
    return "".join(log.read_text(errors="replace") for log in world.folder.glob("worker-*.log"))


def test_saves_fail_no_longer_than_postgres_and_none_for_want_of_disk(
    make_world: MakeWorld, own_server: Server
) -> None:
    """A crash, a time without writing, and a full disk, in one shop."""
    world = make_world(server=own_server.url, early_mark_seconds=0.5)
    lose_postgres(world, own_server, ("crashed", "read-only"), saves=60, seconds=1, seed=SEED)
    fill_disk(world, own_server, saves=40, seed=SEED + 1)


@pytest.mark.acceptance_size(name="faults-postgres")
def test_postgres_away_at_full_size(make_world: MakeWorld, own_server: Server) -> None:
    asked = {name: int(value) for name, value in reports.asked("faults-postgres").items()}
    found = {}
    for fault in FAULTS:
        world = make_world(server=own_server.url, early_mark_seconds=None)
        found[fault] = lose_postgres(
            world, own_server, (fault,), saves=asked["saves"], seconds=asked["seconds_away"], seed=SEED
        )
        world.close()
    world = make_world(server=own_server.url, early_mark_seconds=None)
    found["disk-full"] = fill_disk(world, own_server, saves=asked["saves"], seed=SEED)
    reports.write_report(
        "faults-postgres",
        sizes={"saves": min(one["saves"] for one in found.values()), "seconds_away": asked["seconds_away"]},
        seeds={"saves": SEED},
        result=found,
    )
