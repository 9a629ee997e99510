"""Workers that run out of memory, or whose clock is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from tests.acceptance import reports

from .conftest import MakeWorld
from .processes import Nursery, wait_until
from .world import World

SEED = 5_005


@pytest.fixture(scope="module")
def hour_back() -> Iterator[Nursery]:
    """Its children's clock is an hour back; their timers run as ever."""
    library = files("libfaketime") / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    found = Nursery(LD_PRELOAD=str(library), FAKETIME="-1h", DONT_FAKE_MONOTONIC="1")
    yield found
    found.close()


def starve(world: World, *, saves: int, seed: int) -> dict[str, Any]:
    """A worker meets a `MemoryError` from the system while it embeds, and goes on."""
    world.beat()
    once = world.folder / "starved"
    world.worker({"point": "after-encode", "action": "starve", "once": str(once)})
    assert world.writer(seed, 0, saves).wait() == 0
    world.settle()
    assert once.exists()
    return world.check(interrupted=1)


def kill_for_memory(world: World, *, saves: int, seed: int) -> dict[str, Any]:
    """The system kills the process of a pool that took too much; the pool makes a new one."""
    world.beat()
    once = world.folder / "killed"
    worker = world.worker({"point": "after-encode", "once": str(once)}, pool="prefork")
    assert world.writer(seed, 0, saves).wait() == 0
    world.settle()
    assert "SIGKILL" in worker.log.read_text()
    return world.check(interrupted=1)


def turn_clock_back(world: World, nursery: Nursery, *, saves: int, seed: int) -> dict[str, Any]:
    """A worker whose clock is an hour back beside one whose clock is right, which is killed half-way."""
    world.beat()
    right = world.worker({"point": "after-claim", "at": 2})
    late = world.worker(nursery=nursery)
    assert world.writer(seed, 0, saves // 2).wait() == 0
    wait_until(lambda: right.status is not None or world.is_idle(), "the worker whose clock is right")
    right.kill()
    assert world.writer(seed, saves // 2, saves - saves // 2).wait() == 0
    settled = world.settle()
    wait_until(lambda: "Indexed" in late.log.read_text(), "a word of the worker whose clock is wrong")
    return {"seconds_to_settle": round(settled, 1), **world.check(interrupted=2)}


def test_a_process_of_a_pool_that_is_killed_loses_nothing(make_world: MakeWorld) -> None:
    kill_for_memory(make_world(early_mark_seconds=0.5), saves=40, seed=SEED)


@pytest.mark.acceptance_size(name="faults-limits")
def test_limits_at_full_size(make_world: MakeWorld, hour_back: Nursery) -> None:
    saves = int(reports.asked("faults-limits")["saves"])
    found = {
        "out-of-memory": starve(make_world(early_mark_seconds=None), saves=saves, seed=SEED),
        "killed-for-memory": kill_for_memory(make_world(early_mark_seconds=None), saves=saves, seed=SEED),
        "clock-an-hour-back": turn_clock_back(
            make_world(early_mark_seconds=None), hour_back, saves=saves, seed=SEED
        ),
    }
    reports.write_report(
        "faults-limits",
        sizes={"saves": min(one["saves"] for one in found.values())},
        seeds={"saves": SEED},
        result=found,
    )
