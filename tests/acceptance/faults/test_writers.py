"""The shop's own process is killed after its UPDATE and before the plugin hears of it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.acceptance import reports

from .conftest import MakeWorld
from .world import World

SEED = 5_002
#: How a shop saves: "atomic" rolls back what was written, "autocommit" keeps it and nobody was told, and with
#: "triggers" nobody is told anyway.
MODES = ("autocommit", "atomic", "triggers")
SINGLE = (
    "create",
    "update",
    "rename_brand",
    "rename_category",
    "rename_collection",
    "add_picture",
    "replace_picture",
    "move_picture",
    "reorder_pictures",
    "new_place",
    "move_place",
    "proxy",
    "child_table",
)


def kill_writers(world: World, mode: str, *, saves: int, kills: int, seed: int) -> dict[str, Any]:
    """`saves` saves, whose process is killed `kills` times between the database's write and Django's signal."""
    rng = random.Random(f"{seed} {mode}")
    plan: dict[str, Any] = {"mode": mode}
    where = "before-signal"
    if mode == "triggers":
        # Nothing but the triggers sees these: bulk updates and raw SQL that tell nobody.
        world.command("triggers", "install")
        plan, where = {"mode": "autocommit", "untold": True}, "after-statement"
        assert world.writer(seed + 1, 0, 30).wait() == 0
    world.beat()
    world.worker()
    already = len(world.outcomes())
    killed = next_one = 0
    while killed < kills or next_one < saves:
        point = {"point": where, "at": rng.randint(1, 8)} if killed < kills else None
        writer = world.writer(seed, next_one, max(1, saves // kills), point=point, **plan)
        status = writer.wait()
        assert status == (-9 if point and status else 0), writer.log.read_text()
        killed += status == -9
        done = world.outcomes()[already:]
        next_one = max(next_one, done[-1].number + 1 if done else 0)
        next_one += status == -9  # the one it died over left no line
    settled = world.settle()
    return {"kills": killed, "seconds_to_settle": round(settled, 1), **world.check(interrupted=0)}


@pytest.mark.parametrize("mode", MODES)
def test_a_killed_writer_leaves_nothing_unindexed(make_world: MakeWorld, mode: str) -> None:
    found = kill_writers(make_world(early_mark_seconds=0.5), mode, saves=30, kills=2, seed=SEED)
    assert found["kills"] == 2


def test_a_save_whose_process_dies_before_the_signal_is_indexed(make_world: MakeWorld) -> None:
    """A picture is added outside a transaction: it is in the shop, its key was not known before, nobody was told."""
    lose_one(make_world(early_mark_seconds=0.5), "add_picture", seed=SEED)


def lose_one(world: World, kind: str, *, seed: int) -> None:
    """One save of this kind in autocommit, whose process dies before the signal; no later save brings it along."""
    world.beat()
    world.worker()
    for first, count, only in ((0, 30, ""), (30, 3, "add_picture"), (33, 3, "new_place")):
        assert world.writer(seed, first, count, only=only).wait() == 0
    world.settle()
    writer = world.writer(seed, 36, 1, mode="autocommit", only=kind, point={"point": "before-signal"})
    assert writer.wait() == -9, f"{kind}: {world.outcomes()[-1]}"
    world.settle()
    world.check(interrupted=0)


@pytest.mark.acceptance_size(name="faults-writers")
def test_killed_writers_at_full_size(make_world: MakeWorld) -> None:
    asked = {name: int(value) for name, value in reports.asked("faults-writers").items()}
    found = {}
    for mode in MODES:
        world = make_world(early_mark_seconds=None)
        found[mode] = kill_writers(world, mode, saves=asked["saves"], kills=asked["kills"], seed=SEED)
        world.close()
    for kind in SINGLE:
        world = make_world(early_mark_seconds=None)
        lose_one(world, kind, seed=SEED)
        world.close()
    reports.write_report(
        "faults-writers",
        sizes={
            "saves": min(one["saves"] + one["kills"] for one in found.values()),
            "kills": min(one["kills"] for one in found.values()),
        },
        seeds={"saves": SEED},
        result={**found, "kinds_that_died_alone": len(SINGLE)},
    )
