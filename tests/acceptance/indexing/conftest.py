"""A real Celery worker, and beat where a test asks for it, over the filesystem broker and the tests' database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from catalog.celery import app
from product_search.indexing import work
from product_search.models import Heartbeat
from tests.acceptance.shops import with_this_repository

ROOT = Path(__file__).resolve().parents[3]
#: How long a test waits for what should take seconds: a busy machine is no failure.
PATIENCE_S = 120


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def celery(
    transactional_db: None, media: Path, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `celery -A catalog ...` beside this process, and ends all of them with the test."""
    work.prepare("default")
    with celery_processes(tmp_path, media, "tests.settings") as start:
        yield start
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE product_search_picturevector, product_search_textvector")


@contextmanager
def celery_processes(
    folder: Path, media: Path, settings_module: str
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `celery -A catalog ...` with these settings and a log in `folder`; all of them end with the block."""
    environment = {
        **with_this_repository(),
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": settings_module,
        "SHOP_MEDIA_ROOT": str(media),
    }
    running: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        log = (folder / f"{arguments[0]}-{len(running)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "catalog", *arguments],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running.append(process)
        return process

    yield start
    # That a worker ends cleanly is tested with the production's; here nobody waits for its five seconds.
    for process in running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    for log in sorted(folder.glob("*.log")):
        print(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}")  # shown when the test fails


@pytest.fixture
def worker(celery: Callable[..., subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """A worker that has done its first task."""
    process = celery("worker", "--pool=solo", "--loglevel=INFO", "--without-gossip", "--without-mingle")
    app.send_task("product_search.sweep")
    wait_until(lambda: Heartbeat.objects.filter(name__startswith="worker:").exists())
    return process


def database_url() -> str:
    """DATABASE_URL with the name of the tests' own database."""
    name = f"/{connection.settings_dict['NAME']}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=name).geturl()


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE_S) -> float:
    """Seconds until `condition` held; fails the test when it does not within `seconds`."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if condition():
            return time.monotonic() - begun
        time.sleep(0.02)
    pytest.fail(f"It did not happen within {seconds} s.")
