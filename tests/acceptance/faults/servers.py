"""A Postgres of the test's own, which may be stopped, refuse to write, or run out of disk."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from catalog import postgres
from tests import database

from .processes import ROOT, wait_until

#: Bytes of the disk that is to run full: as little as holds the few tables of the index at first.
DISK = 4_000_000
#: Bytes that no file of the server may exceed; a segment of its log has as many.
LARGEST_FILE = 16 * 2**20
#: What the index's own vectors are padded to, where files are limited instead of a disk.
PADDING_ROWS = 100_000


class Server:
    """An embedded server apart from the test run's; swept like that one if the run is killed."""

    def __init__(self, owner: int) -> None:
        self.folder = database.FOLDERS / str(owner) / "postgres"
        self.url = postgres.start(self.folder)

        with psycopg.connect(self.url, autocommit=True) as connection:
            # What a process crash takes is lost with it all the same; a power cut is not what is tested.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")

    def answers(self) -> bool:
        """Whether it takes writes."""
        try:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("CREATE TEMPORARY TABLE probe ()")
        except psycopg.Error:
            return False
        return True

    def close(self) -> None:
        postgres.stop(self.folder)
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    @contextmanager
    def gone(self, *, crashed: bool = False) -> Iterator[None]:
        """Stopped as for a restart, or ended without a chance to tidy up, while the block runs."""
        if crashed:
            pid = postgres.running(self.folder)
            assert pid is not None
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda: postgres.running(self.folder) != pid, "Postgres to end", seconds=30)
        else:
            postgres.stop(self.folder)
        try:
            yield
        finally:
            # In a process of its own: this one's handle believes that the server runs. A server that recovers may take
            # longer than the start waits for it.
            start = f"from catalog import postgres; postgres.start({str(self.folder)!r})"
            subprocess.run(
                [sys.executable, "-c", start], cwd=ROOT, check=False, timeout=60, capture_output=True
            )
            wait_until(self.answers, "Postgres to answer")

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Every transaction that begins in the block may only read."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
                connection.execute("SELECT pg_reload_conf()")
            wait_until(self.answers, "Postgres to take writes")

    def may_mount(self) -> bool:
        """Whether this machine lets us have a disk of our own."""
        try:
            with self.disk():
                return True
        except subprocess.CalledProcessError:
            return False

    @contextmanager
    def disk(self) -> Iterator[Path]:
        """A disk of DISK bytes with a folder "tables" that belongs to the server's user."""
        place = self.folder.parent / "disk"
        place.mkdir(exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)]
        subprocess.run(mount, check=True, capture_output=True)
        try:
            tables = place / "tables"
            tables.mkdir()
            owner = self.folder.stat()
            os.chown(tables, owner.st_uid, owner.st_gid)
            yield place
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)

    @contextmanager
    def largest_file(self, limit: int) -> Iterator[None]:
        """No session that begins in the block can write a file beyond `limit` bytes."""
        pid = postgres.running(self.folder)
        assert pid is not None
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def vectors_on_full_disk(server: Server, shop: str) -> Iterator[str]:
    """While the block runs, the text vectors of the database `shop` can't grow; yields what the server says of it."""
    with psycopg.connect(shop, autocommit=True) as connection:
        row = connection.execute("SELECT id FROM product_search_space WHERE state = 'serving'").fetchone()
        assert row is not None
        if server.may_mount():
            with _on_small_disk(server, connection, sql.Identifier(f"product_search_textvector_{row[0]}")):
                yield "No space left on device"
        else:
            with _in_full_file(server, connection, row[0]):
                yield "File too large"


@contextmanager
def _on_small_disk(server: Server, connection: psycopg.Connection, table: sql.Identifier) -> Iterator[None]:
    with server.disk() as disk:
        connection.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(str(disk / "tables")))
        connection.execute(sql.SQL("ALTER TABLE {} SET TABLESPACE small").format(table))
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            room = os.statvfs(disk)
            file.write(bytes(room.f_bavail * room.f_bsize))
        try:
            yield
        finally:
            filler.unlink()
            connection.execute(sql.SQL("ALTER TABLE {} SET TABLESPACE pg_default").format(table))
            connection.execute("DROP TABLESPACE small")


@contextmanager
def _in_full_file(server: Server, connection: psycopg.Connection, space: int) -> Iterator[None]:
    _pad(connection, space)
    end_sessions(connection)  # a limit holds for sessions that begin after it
    with server.largest_file(LARGEST_FILE):
        yield
    end_sessions(connection)


def _pad(connection: psycopg.Connection, space: int) -> None:
    """Vectors without a product, as many as fill the first file."""
    connection.execute(
        "INSERT INTO product_search_textvector (space_id, generation_id, language, digest, vector, forgotten_at)"
        " SELECT %s, 0, 'en', 'padding ' || n, array_fill(0.1, ARRAY[48])::halfvec, now()"
        " FROM generate_series(1, %s) AS n",
        [space, PADDING_ROWS],
    )


def end_sessions(connection: psycopg.Connection) -> None:
    """Have every other session of this database begin anew."""
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    time.sleep(0.1)
