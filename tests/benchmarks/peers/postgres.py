"""The embedded Postgres that a peer runs on, set as docs/deploy.md asks, and what it costs: its time and its memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg

from catalog import postgres

#: Enough for a million rows of 512 numbers with their index; the same for every peer on Postgres. Durable, as shipped.
SETTINGS = {
    "shared_buffers": "4GB",
    "maintenance_work_mem": "3GB",
    "work_mem": "16MB",
    "max_parallel_workers": "0",
    "max_parallel_maintenance_workers": "0",
}


class Server:
    """A server of its own in `folder`; everything in it goes with `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "postgres"
        # A process starts a server once; some of these settings count from the second start on.
        program = f"from {__name__} import prepare; prepare({str(self.folder)!r})"
        subprocess.run([sys.executable, "-c", program], check=True)
        self.url = postgres.start(self.folder)

    def active_ms(self, flush: Callable[[str], object]) -> float:
        """Milliseconds that sessions of this server have been at work; `flush` runs SQL in the one that was measured.

        A session tells what it did when it has been idle for a second, or is asked to.
        """
        flush("SELECT pg_stat_force_next_flush()")
        flush("SELECT 1")
        time.sleep(0.05)
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT active_time FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        return float(row[0]) if row else 0.0

    def mb(self) -> float:
        """Proportional memory of all its processes: what they share, the shared buffers first of all, counts once."""
        pid = postgres.running(self.folder)
        if pid is None:
            return 0.0
        main = psutil.Process(pid)
        return sum(each.memory_full_info().pss for each in (main, *main.children(recursive=True))) / 1e6

    def close(self) -> None:
        """Stop it and remove what it wrote."""
        postgres.stop(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def prepare(folder: str) -> None:
    """Make the server in `folder` with the SETTINGS, and stop it."""
    url = postgres.start(folder)
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    postgres.stop(folder)
