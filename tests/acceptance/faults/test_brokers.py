"""The broker refuses, hangs, dies with what was taken from it, or forgets everything: saves and index go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.acceptance import reports
from tests.acceptance.brokers import Folder, Redis

from .conftest import MakeWorld
from .processes import wait_until
from .world import World

SEED = 5_003


def refuses(world: World, redis: Redis, seconds: float) -> None:
    """Nothing listens on its port."""
    redis.kill()
    time.sleep(seconds)
    redis.start()


def hangs(world: World, redis: Redis, seconds: float) -> None:
    """Connections are accepted, and nothing comes back."""
    redis.stop_answering()
    time.sleep(seconds)
    redis.answer_again()


def dies_with_messages_taken(world: World, redis: Redis, seconds: float) -> None:
    """A worker has taken a message and not acknowledged it; the broker that knew of it comes back empty."""
    worker = world.worker({"point": "after-claim", "action": "stop"})
    others = [child for child in world.children if "worker" in child.log.name and child is not worker]
    for child in others:
        child.kill()  # what is to be done now is the stopped one's
    wait_until(worker.is_stopped, "a worker to stop with a message taken")
    redis.kill()
    redis.start()
    worker.kill()
    world.worker()


def forgets(world: World, redis: Redis, seconds: float) -> None:
    """FLUSHALL, while every process stays connected."""
    redis.flush()


FAULTS: dict[str, Callable[[World, Redis, float], None]] = {
    "refuses": refuses,
    "hangs": hangs,
    "dies-with-messages-taken": dies_with_messages_taken,
    "forgets": forgets,
}


def break_broker(
    world: World, faults: Sequence[str], *, saves: int, seconds: float, seed: int
) -> dict[str, Any]:
    """One fault after the other, each in the midst of saves that take twice as long as it lasts."""
    assert isinstance(world.broker, Redis)
    world.worker()
    world.beat()
    share = saves // len(faults)
    for turn, fault in enumerate(faults):
        writer = world.writer(seed, turn * share, share, per_second=share / (2 * seconds))
        wait_until(lambda: len(world.outcomes()) > turn * share + share // 4, "a quarter of the saves")  # noqa: B023
        FAULTS[fault](world, world.broker, seconds)
        assert writer.wait() == 0, writer.log.read_text()
    settled = world.settle()
    found = world.check(interrupted=len(faults))
    slowest = max(outcome.seconds for outcome in world.outcomes())
    return {"seconds_to_settle": round(settled, 1), "slowest_save_s": slowest, **found}


def empty_folder(world: World, *, saves: int, seed: int) -> dict[str, Any]:
    """Every message of a filesystem broker vanishes: the sweep makes up for them."""
    assert isinstance(world.broker, Folder)
    assert world.writer(seed, 0, saves).wait() == 0
    world.broker.flush()
    world.worker()
    world.beat()
    settled = world.settle()
    return {"seconds_to_settle": round(settled, 1), **world.check(interrupted=0)}


def test_nothing_is_lost_with_the_broker(make_world: MakeWorld) -> None:
    break_broker(make_world("redis", early_mark_seconds=0.5), tuple(FAULTS), saves=80, seconds=1, seed=SEED)


@pytest.mark.acceptance_size(name="faults-brokers")
def test_broken_brokers_at_full_size(make_world: MakeWorld) -> None:
    asked = {name: int(value) for name, value in reports.asked("faults-brokers").items()}
    found = {}
    for fault in FAULTS:
        world = make_world("redis", early_mark_seconds=None)
        found[fault] = break_broker(
            world, (fault,), saves=asked["saves"], seconds=asked["seconds_away"], seed=SEED
        )
        world.close()
    found["messages-vanish"] = empty_folder(
        make_world(early_mark_seconds=None), saves=asked["saves"], seed=SEED
    )
    reports.write_report(
        "faults-brokers",
        sizes={"saves": min(one["saves"] for one in found.values()), "seconds_away": asked["seconds_away"]},
        seeds={"saves": SEED},
        result=found,
    )
