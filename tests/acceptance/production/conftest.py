"""The reference shop as docker/compose.yaml runs it, without docker: the same script, roles, broker and cache."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.acceptance.brokers import Redis
from tests.acceptance.shops import free_port, fresh_database

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "docker" / "shop"
#: How long a busy machine may take for what takes seconds.
PATIENCE_S = 120
METRICS_TOKEN = uuid.uuid4().hex


@dataclass
class Deployment:
    """One database, one Redis, and the script's services with their logs."""

    folder: Path
    owner: dict[str, str]
    rows: dict[str, str]
    #: The database URL and name of the role of web, worker and beat.
    url: str
    role: str
    address: str
    services: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, *arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """A command of the image to its end."""
        return subprocess.run(
            list(arguments),
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def python(self, program: str) -> str:
        """What a program prints that runs in the shop as the role of web and worker."""
        ran = self.run(sys.executable, "manage.py", "shell", "-v0", "-c", program, environment=self.rows)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def start(self, service: str) -> None:
        """Start `shop SERVICE`, as its container does."""
        with self.log(service).open("ab") as log:
            self.services[service] = subprocess.Popen(
                [str(SCRIPT), service],
                cwd=ROOT,
                env=self.rows,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, service: str) -> Path:
        """Where a service writes."""
        return self.folder / f"{service}.log"

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Until `condition` holds; fails with the logs where a service ends before, or nothing comes of it."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            ended = [name for name, process in self.services.items() if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = "\n".join(
                    f"--- {name}\n{self.log(name).read_text()[-3000:]}" for name in self.services
                )
                pytest.fail(f"It did not happen; ended meanwhile: {ended}\n{logs}")
            time.sleep(0.1)

    def roles_connected(self) -> set[str]:
        """Names of the roles that hold connections to the database now, this one's own aside."""
        with psycopg.connect(self.owner["DATABASE_URL"]) as connection:
            rows = connection.execute(
                "SELECT DISTINCT usename FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL"
            )
            return {name for (name,) in rows}

    def end(self) -> None:
        """Kill what a failed test left running."""
        for process in self.services.values():
            if process.poll() is None:
                process.kill()
            process.wait(30)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Set up, with nothing started yet."""
    folder = tmp_path_factory.mktemp("production")
    role = f"shop_{uuid.uuid4().hex[:8]}"
    with contextlib.ExitStack() as stack:
        owner_url = stack.enter_context(fresh_database("production"))
        stack.callback(_drop_role, role, owner_url)
        redis = Redis(folder / "redis.log")
        stack.callback(redis.close)
        port = free_port()
        parts = urlsplit(owner_url)
        url = parts._replace(netloc=f"{role}:a-secret@{parts.netloc.rpartition('@')[2]}").geturl()
        common = {
            name: value for name, value in os.environ.items() if not name.startswith(("SHOP_", "DJANGO"))
        }
        common |= {
            # The script calls python, gunicorn and celery by name, as the image has them.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "CELERY_BROKER_URL": redis.url,
            "CACHE_URL": redis.url.replace("/0", "/1"),
            "SHOP_SECRET_KEY": uuid.uuid4().hex * 2,
            "SHOP_ALLOWED_HOSTS": "shop.example,127.0.0.1",
            "SHOP_STATE": str(folder / "state"),
            "SHOP_STATIC_ROOT": str(folder / "static"),
            "SHOP_MEDIA_ROOT": str(folder / "media"),
            # No torch: this is about processes, roles and brokers.
            "SHOP_ENCODER": "hash:64",
            "SHOP_METRICS_TOKEN": METRICS_TOKEN,
            "WEB_ADDRESS": f"127.0.0.1:{port}",
            "BEAT_SCHEDULE": str(folder / "beat-schedule"),
        }
        made = Deployment(
            folder,
            owner=common | {"DATABASE_URL": owner_url, "APP_DATABASE_URL": url},
            rows=common | {"DATABASE_URL": url},
            url=url,
            role=role,
            address=f"http://127.0.0.1:{port}",
        )
        stack.callback(made.end)
        ran = made.run(str(SCRIPT), "setup", environment=made.owner)
        assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
        assert f"Role {role} made: rows only" in ran.stdout
        assert "Space 1 of hash:64 is serving" in ran.stdout
        yield made


def _drop_role(role: str, url: str) -> None:
    """Roles are the server's, not the database's: its own rights go first, with the database that holds them."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = sql.Identifier(role)
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone():
            connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
            connection.execute(sql.SQL("DROP ROLE {}").format(name))
