"""A Postgres for the tests: DATABASE_URL when it is set, else an embedded server of this test run's own.

A pytest plugin (`-p tests.database`), because settings are read before the first conftest. Importing it starts
nothing: the server comes up with the first test that asks for a database. Where pytest-xdist runs several processes,
each has a server of its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import psutil

FOLDERS = Path(tempfile.gettempdir()) / "product-search-tests"
FOLDER = FOLDERS / str(os.getpid())
#: Set by the process that started this one, when the DATABASE_URL that it hands on is its own embedded server's.
_OURS = "PRODUCT_SEARCH_TESTS_EMBEDDED"
EMBEDDED = "DATABASE_URL" not in os.environ or ("PYTEST_XDIST_WORKER" in os.environ and _OURS in os.environ)

if EMBEDDED:
    os.environ[_OURS] = "1"
    os.environ["DATABASE_URL"] = f"postgresql://postgres:@/postgres?host={FOLDER / 'postgres'}"
# Workers and web servers of the tests share two cores; torch's threads of all of them would wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["SHOP_STATE"] = str(FOLDER / "state")


def start() -> str:
    """Start the embedded server (if it is ours) and return its URL; what killed runs left behind is removed first."""
    url = os.environ["DATABASE_URL"]
    if not EMBEDDED:
        return url
    from catalog import postgres

    _sweep()
    url = postgres.start(FOLDER / "postgres")
    _forget_safety(url)
    return url


def stop() -> None:
    """Stop the embedded server and remove everything this run wrote."""
    if EMBEDDED and (FOLDER / "postgres").exists():
        from catalog import postgres

        postgres.stop(FOLDER / "postgres")
    shutil.rmtree(FOLDER, ignore_errors=True)


def empty() -> None:
    """Take back what was committed to the tests' own database: every row, and the tables of every embedding space."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent IN"
            " ('product_search_picturevector'::regclass, 'product_search_textvector'::regclass)"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {name}")
    call_command("flush", interactive=False, reset_sequences=False, verbosity=0)


def _sweep() -> None:
    from catalog import postgres

    for folder in FOLDERS.glob("*") if FOLDERS.exists() else ():
        if folder.name.isdigit() and not psutil.pid_exists(int(folder.name)):
            for server in ("replica", "postgres"):
                with contextlib.suppress(postgres.ServerFailed):
                    postgres.stop(folder / server)
            shutil.rmtree(folder, ignore_errors=True)


def _forget_safety(url: str) -> None:
    """A test's data need not survive a power cut."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
