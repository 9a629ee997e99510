"""Shops that run in processes of their own: commands, a database for each, and a web server while a block runs."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests import database

ROOT = Path(__file__).resolve().parents[2]


def ran(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def environment_of_its_own(**variables: str) -> dict[str, str]:
    """This process's environment without what leads Python or Django back to this repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO"))}
    return {**kept, **variables}


def with_this_repository() -> dict[str, str]:
    """This process's environment, for a process that imports from here what this one does."""
    paths = (os.environ.get("PYTHONPATH"), str(ROOT))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


@contextmanager
def fresh_database(shop: str) -> Iterator[str]:
    """The URL of an empty database for `shop`, dropped afterwards with what its own tests made of it."""
    server = database.start()
    name = f"{shop}_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            made = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s) OR starts_with(datname, %s)",
                [name, f"test_{name}"],
            ).fetchall()
            for (one,) in made:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(one)))


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def running(
    *command: str | Path, cwd: Path, env: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process while the block runs, ended by SIGTERM; what it prints goes to `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=cwd, env=env, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def wait_for_server(
    address: str, process: subprocess.Popen[bytes], log: Path, *, seconds: float = 60
) -> None:
    """Waits until `address` answers, whatever it says; fails with the log when the process ends before."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
            return  # it answers: what it says is another test's matter
        except OSError:
            assert process.poll() is None, log.read_text()[-6000:]
            assert time.monotonic() < deadline, log.read_text()[-6000:]
            time.sleep(0.1)
