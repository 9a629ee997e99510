"""Workers are killed or stopped while the shop saves: nothing is lost, and one stopped too long writes nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

import pytest

from tests.acceptance import reports

from .conftest import MakeWorld
from .processes import Child, wait_until
from .world import LEASE_SECONDS, World

SEED = 5_001
POINTS = ("after-claim", "after-encode", "inside-write", "before-acknowledgement")
#: Saves of a further writer, while a worker has not come to its point.
MORE = 10


class Writing:
    """Saves number 0, 1, 2, ... of a seed, by one writer after another."""

    def __init__(self, world: World, seed: int, **plan: Any) -> None:
        self.world, self.seed, self.plan = world, seed, plan
        self.done = 0

    def go_on(self, count: int) -> Child:
        """A writer of the next `count` saves."""
        writer = self.world.writer(self.seed, self.done, count, **self.plan)
        self.done += count
        return writer


def kill_workers(world: World, hows: Sequence[str], *, saves: int, kills: int, seed: int) -> dict[str, Any]:
    """`saves` saves, and `kills` workers killed meanwhile in one way after the other: by the clock, or at a point."""
    rng = random.Random(f"{seed} {hows}")
    writing = Writing(world, seed)
    world.beat()
    for turn in range(kills):
        how = hows[turn % len(hows)]
        if how == "clock":
            # Every other one has a pool of processes: all of them go at once, as when a machine goes.
            worker = world.worker(pool="prefork" if turn % 2 else "solo")
            writer = writing.go_on(saves // kills)
            time.sleep(rng.uniform(0.3, 1.5))
        else:
            worker = world.worker({"point": how, "at": rng.randint(1, 2), "after": rng.randint(1, 5)})
            writer = writing.go_on(saves // kills)
            _wait_for_death(worker, writer, writing)
            assert worker.status == -9, worker.log.read_text()[-3000:]
        worker.kill()
        assert writer.wait() == 0, writer.log.read_text()
    world.worker()
    world.settle()
    return {"kills": kills, **world.check(interrupted=kills)}


def _wait_for_death(worker: Child, writer: Child, writing: Writing) -> None:
    """A worker that came to no such point with these saves comes to it with some more."""
    writers = [writer]

    def dead() -> bool:
        if worker.status is None and writers[-1].status is not None and writing.world.is_idle():
            writers.append(writing.go_on(MORE))
        return worker.status is not None

    wait_until(dead, f"worker {worker.pid} to come to its end")
    for one in writers:
        one.wait()


def stop_worker(world: World, point: str, *, saves: int, seed: int) -> dict[str, Any]:
    """A worker stopped at a point for longer than its lease, while another one works; then it goes on."""
    writing = Writing(world, seed)
    beat = world.beat()
    stopped = world.worker({"point": point, "action": "stop", "after": 3})
    writer = writing.go_on(saves // 2)
    wait_until(stopped.is_stopped, "a worker to stop")
    other = world.worker()
    later = writing.go_on(saves - saves // 2)
    assert (writer.wait(), later.wait()) == (0, 0)
    waited = world.settle()
    world.check(interrupted=1)
    for child in (beat, other):
        child.end()
    before = world.versions()
    stopped.go_on()
    stopped.end()
    assert world.versions() == before, stopped.log.read_text()[-3000:]
    return {"seconds_to_settle": round(waited, 1), **world.check(interrupted=1)}


def test_killed_workers_lose_nothing(make_world: MakeWorld) -> None:
    found = kill_workers(make_world(early_mark_seconds=0.5), ("clock", *POINTS), saves=60, kills=5, seed=SEED)
    assert found["saves"] >= 60


def test_a_worker_stopped_beyond_its_lease_writes_nothing_later(make_world: MakeWorld) -> None:
    """Inside its write it holds what the others want, too."""
    stop_worker(make_world(early_mark_seconds=0.5), "inside-write", saves=30, seed=SEED)


@pytest.mark.acceptance_size(name="faults-workers")
def test_killed_and_stopped_workers_at_full_size(make_world: MakeWorld) -> None:
    asked = {name: int(value) for name, value in reports.asked("faults-workers").items()}
    found: dict[str, Any] = {}
    for how in ("clock", *POINTS):
        world = make_world(early_mark_seconds=None)
        found[how] = kill_workers(world, (how,), saves=asked["saves"], kills=asked["kills"], seed=SEED)
        world.close()
    stops = []
    for turn in range(asked["stops"]):
        world = make_world(early_mark_seconds=None)
        point = ("after-claim", "after-encode", "inside-write")[turn % 3]
        stops.append(stop_worker(world, point, saves=60, seed=SEED + turn))
        world.close()
    slowest = max(one["seconds_to_settle"] for one in stops)
    reports.write_report(
        "faults-workers",
        sizes={
            "saves": min(one["saves"] for one in found.values()),
            "kills": min(one["kills"] for one in found.values()),
            "stops": len(stops),
        },
        seeds={"saves": SEED},
        result={
            "killed": found,
            "stopped": {"lease_seconds": LEASE_SECONDS, "slowest_to_settle_s": slowest, "written_later": 0},
        },
    )
