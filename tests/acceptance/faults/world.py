"""A shop under test: a database, a broker and pictures of its own, and the processes that a fault is done to."""

from __future__ import annotations

import itertools
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.acceptance.brokers import Broker

from . import oracle
from .processes import PATIENCE_S, Child, Nursery, wait_until

TEMPLATE = "faults_template"
#: Products of a batch, and contents of a product: a text in each language, and at most one picture on average.
BATCH, CONTENTS = 16, 3
LEASE_SECONDS = 2


@dataclass(frozen=True)
class Outcome:
    """What became of one save: when it began, how the writer names it, its error, and how long the client waited."""

    number: int
    at: float
    save: str
    error: str
    seconds: float


@dataclass
class World:
    """One shop, until the test ends."""

    nursery: Nursery
    database: str
    broker: Broker
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    #: How long an autocommit save's first mark waits; None is the plugin's own minute.
    early_mark_seconds: float | None = 2.0
    children: list[Child] = field(default_factory=list)
    _names: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def media(self) -> Path:
        return self.folder / "media"

    # -- processes

    def worker(
        self, point: Mapping[str, Any] | None = None, *, pool: str = "solo", nursery: Nursery | None = None
    ) -> Child:
        """A Celery worker; with a `point`, one that will do something to itself; of another `nursery`, if given."""
        name = next(self._names)
        arguments = [
            "worker",
            f"--pool={pool}",
            "--concurrency=1",
            "--loglevel=INFO",
            f"--hostname=w{name}@here",
        ]
        return self._start(
            f"worker-{name}",
            role="celery",
            arguments=[*arguments, "--without-gossip", "--without-mingle", "--without-heartbeat"],
            nursery=nursery,
            point=point,
        )

    def beat(self) -> Child:
        """A Celery beat that sends the sweep every second."""
        name = next(self._names)
        schedule = str(self.folder / f"schedule-{name}")
        return self._start(
            f"beat-{name}",
            role="celery",
            arguments=["beat", f"--schedule={schedule}", "--loglevel=INFO", "--pidfile="],
        )

    def writer(
        self, seed: int, first: int, count: int, *, point: Mapping[str, Any] | None = None, **plan: Any
    ) -> Child:
        """A process that makes saves number `first` to `first + count` of the run `seed`."""
        return self._start(
            f"writer-{next(self._names)}",
            role="save",
            plan={"seed": seed, "first": first, "count": count, **plan},
            outcomes=str(self.folder / "outcomes.jsonl"),
            patience=PATIENCE_S + count,
            point=point,
        )

    def fresh(self, *, saves: int, per_second: float, seed: int) -> list[float]:
        """Seconds from commit to searchable of each of `saves`."""
        found = self.folder / "fresh.json"
        name = f"fresh-{next(self._names)}"
        child = self._start(
            name,
            patience=PATIENCE_S + 2 * saves,
            role="fresh",
            saves=saves,
            per_second=per_second,
            seed=seed,
            found=str(found),
        )
        assert child.wait() == 0, child.log.read_text()
        seconds: list[float] = json.loads(found.read_text())
        return seconds

    def command(self, *arguments: str) -> str:
        """What `manage.py ...` says in this shop; it must succeed."""
        child = self._start(
            f"command-{next(self._names)}", role="command", arguments=list(arguments), patience=5 * PATIENCE_S
        )
        status = child.wait()
        said = child.log.read_text()
        assert status == 0, f"{arguments}: {said[-4000:]}"
        return said

    def _start(
        self, name: str, *, nursery: Nursery | None = None, patience: float = PATIENCE_S, **job: Any
    ) -> Child:
        world = {
            "database": self.database,
            "broker": self.broker.url,
            "broker_options": dict(self.broker.options),
            "media": str(self.media),
            "calls": str(self.folder / "calls"),
            "settings": self.settings,
            "early_mark_seconds": self.early_mark_seconds,
        }
        child = (nursery or self.nursery).start(
            {**job, "world": world, "log": str(self.folder / f"{name}.log"), "patience": patience}
        )
        self.children.append(child)
        return child

    # -- the judge

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            yield connection

    def is_idle(self) -> bool:
        """Whether nothing is left to do."""
        with self.connected() as connection:
            return oracle.waiting(connection) == 0

    def settle(self, *, seconds: float = PATIENCE_S) -> float:
        """Seconds until nothing is left to do."""
        return wait_until(self.is_idle, "the index to catch up", seconds=seconds)

    def check(self, *, interrupted: int, writing_failed: bool = False) -> dict[str, Any]:
        """Hold the settled index to the shop, row by row, and count encoder calls and clients' errors.

        `interrupted` is how many workers were killed, stopped or cut off, each with a batch at most that is embedded
        again.
        """
        with self.connected() as connection:
            found = oracle.differences(connection, self.media)
        assert found == [], "\n".join(found[:20])
        outcomes = self.outcomes()
        errors = [outcome for outcome in outcomes if outcome.error]
        assert writing_failed or errors == [], errors[:5]
        agreed = self.command("reconcile", "--deep", "--dry-run")
        assert "Nothing differs." in agreed, agreed
        calls = Counter(self.calls())
        repeated = calls.total() - len(calls)
        most = interrupted * BATCH * CONTENTS
        assert repeated <= most, f"{repeated} contents were embedded twice after {interrupted} faults"
        return {
            "saves": len(outcomes),
            "client_errors": len(errors),
            "encoder_calls": calls.total(),
            "distinct_contents": len(calls),
            "differences": len(found),
        }

    def calls(self) -> list[str]:
        """The digest of each content that the encoder was given, in order."""
        path = self.folder / "calls"
        return path.read_text().split() if path.exists() else []

    def outcomes(self) -> list[Outcome]:
        """What became of each save so far."""
        path = self.folder / "outcomes.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [Outcome(**json.loads(line)) for line in lines]

    def versions(self) -> dict[str, list[Any]]:
        """The version of each row of the index: it changes with every write, whatever is written."""
        tables = ("entry", "text", "picture", "textvector", "picturevector")
        with self.connected() as connection:
            return {
                table: connection.execute(
                    sql.SQL("SELECT tableoid, ctid, xmin FROM {} ORDER BY 1, 2").format(
                        sql.Identifier(f"product_search_{table}")
                    )
                ).fetchall()
                for table in tables
            }

    def close(self) -> None:
        """Kill whatever still runs."""
        for child in self.children:
            child.kill()
        self.broker.close()

    def logs(self) -> str:
        """The end of every process's log, for a test that failed."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}"
            for log in sorted(self.folder.glob("*.log"))
        )


def make_template(nursery: Nursery, server: str, folder: Path) -> None:
    """A migrated database with the first generation, the first space and the shop's stock, to be copied."""
    from tests.acceptance.brokers import Folder

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    template = World(nursery, database_url(server, TEMPLATE), Folder(folder / "broker"), folder)
    template._start("template", role="template").wait()
    for child in template.children:
        assert child.status == 0, child.log.read_text()


@contextmanager
def copied(server: str) -> Iterator[str]:
    """The URL of a copy of the template, dropped afterwards."""
    name = f"faults_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        )
        # Numbers that the template's sequences had logged ahead are not logged for the copy: without a checkpoint, a
        # crash would give out some of them twice.
        connection.execute("CHECKPOINT")
    try:
        yield database_url(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def database_url(server: str, name: str) -> str:
    """The URL of the database `name` on that server."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()
