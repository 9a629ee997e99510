"""One nursery and one migrated database for all fault tests; a world of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import database
from tests.acceptance.brokers import Broker, Folder, Redis

from .processes import Nursery
from .world import World, copied, make_template

MakeWorld = Callable[..., World]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    found = Nursery()
    yield found
    found.close()


@pytest.fixture(scope="session")
def server(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the test run's Postgres, with the template in it."""
    url = database.start()
    make_template(nursery, url, tmp_path_factory.mktemp("template"))
    return url


@pytest.fixture
def make_world(nursery: Nursery, server: str, tmp_path: Path) -> Iterator[MakeWorld]:
    """Makes worlds with a broker, "filesystem" or "redis", on the run's Postgres or another; they end with the test."""
    with ExitStack() as stack:
        made: list[World] = []

        def make(broker: str = "filesystem", *, server: str = server, **options: Any) -> World:
            folder = tmp_path / f"world-{len(made)}"
            folder.mkdir()
            kind: Broker = Redis(folder / "redis.log") if broker == "redis" else Folder(folder / "broker")
            world = World(nursery, stack.enter_context(copied(server)), kind, folder, **options)
            made.append(world)
            stack.callback(world.close)
            stack.callback(lambda: print(world.logs()))  # shown when the test fails
            return world

        yield make
