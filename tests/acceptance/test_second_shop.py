"""The built wheel in a fresh environment, without torch, under a shop that shares no code with the reference shop."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests import database

ROOT = Path(__file__).resolve().parents[2]
SHOP = Path(__file__).parent / "second_shop"


def ran(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that leftovers of an earlier build can't get in and nothing is left in the tree."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, source)
    shutil.copytree(ROOT / "search", source / "search", ignore=shutil.ignore_patterns("__pycache__"))
    ran(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", source / "dist", cwd=source)
    (built,) = (source / "dist").glob("*.whl")
    return built


@dataclass(frozen=True)
class Shop:
    """The second shop in a folder of its own, run by the fresh environment's Python."""

    folder: Path
    python: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO"))
        }
        return {**kept, "DATABASE_URL": self.database, "DJANGO_SETTINGS_MODULE": "bookshop.settings"}

    def manage(self, *arguments: str) -> str:
        """Standard output of `manage.py ...`; warnings are errors in this shop."""
        return ran(self.python, "-W", "error", "manage.py", *arguments, cwd=self.folder, env=self.environment)

    def tables(self) -> dict[str, Any]:
        """Columns, constraints, indexes and triggers of every table, and how many rows it has."""
        with psycopg.connect(self.database) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                )
            ]
            return {
                name: {
                    "columns": connection.execute(
                        "SELECT column_name, data_type, is_nullable, column_default"
                        " FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
                        [name],
                    ).fetchall(),
                    "constraints": connection.execute(
                        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                        " WHERE conrelid = to_regclass(%s) ORDER BY conname",
                        [name],
                    ).fetchall(),
                    "indexes": connection.execute(
                        "SELECT indexdef FROM pg_indexes WHERE tablename = %s ORDER BY indexdef", [name]
                    ).fetchall(),
                    "triggers": connection.execute(
                        "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal",
                        [name],
                    ).fetchall(),
                    "rows": connection.execute(
                        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
                    ).fetchone(),
                }
                for name in names
            }


@pytest.fixture(scope="module")
def shop(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A fresh environment with the wheel and its core dependencies, and an empty database."""
    place = tmp_path_factory.mktemp("second")
    ran(sys.executable, "-m", "uv", "venv", "--python", sys.executable, place / "venv", cwd=place)
    python = place / "venv" / "bin" / "python"
    install: list[str | Path] = [sys.executable, "-m", "uv", "pip", "install", "--python", python]
    install += ["-c", ROOT / "constraints.txt", wheel]
    # What the development environment was made from lies in uv's cache; only without it is the network needed.
    if subprocess.run([*install, "--offline"], capture_output=True, check=False).returncode:
        ran(*install, cwd=place)
    shutil.copytree(SHOP, place / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    name = f"second_shop_{uuid.uuid4().hex[:8]}"
    server = database.start()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        parts = urllib.parse.urlsplit(server)
        yield Shop(place / "shop", python, urllib.parse.urlunsplit(parts._replace(path=f"/{name}")))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_the_wheel_holds_the_plugin_alone_and_all_of_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        described = archive.read(metadata).decode()
    room = wheel.parents[1] / "search"
    files = {path.relative_to(room).as_posix() for path in room.rglob("*") if path.is_file()}
    packaged = {name.removeprefix("product_search/") for name in names if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"product_search"}
    assert packaged == files
    assert {"py.typed", "migrations/0001_initial.py"} <= packaged
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "License-Expression: BSD-3-Clause" in described
    assert [line for line in described.splitlines() if "torch" in line and "extra ==" not in line] == []


def test_the_environment_has_the_wheel_and_no_torch(shop):
    found = json.loads(
        ran(
            shop.python,
            "-c",
            "import importlib.util as i, json, product_search as p;"
            "print(json.dumps([p.__file__, *[bool(i.find_spec(n)) for n in ('torch', 'search', 'catalog')]]))",
            cwd=shop.folder,
            env=shop.environment,
        )
    )
    assert Path(found[0]).is_relative_to(shop.python.parent.parent)
    assert found[1:] == [False, False, False]


def test_the_shops_own_tests_pass(shop):
    ran(shop.python, "-W", "error", "manage.py", "test", "--noinput", cwd=shop.folder, env=shop.environment)


def test_from_an_empty_database_to_a_hit_and_back(shop):
    shop.manage("migrate", "bookshop")
    before = shop.tables()
    assert "bookshop_book" in before
    assert not [name for name in before if name.startswith("product_search")]

    shop.manage("migrate")
    shop.manage("check", "--database", "default", "--fail-level", "WARNING")
    shop.manage("makemigrations", "--check", "--dry-run")
    keys = shop.manage("stock").split()
    with serving(shop) as address:
        assert found(address, "frankenstein") == keys[:1]
        assert found(address, "mary shelley") == sorted(keys, key=keys.index)

    # Gone without a trace in the shop's own tables, and back again.
    stocked = shop.tables()
    shop.manage("migrate", "product_search", "zero")
    shop.manage("check")
    after = shop.tables()
    own = {name for name in before if name != "django_migrations"}
    assert {name: after[name] for name in own} == {name: stocked[name] for name in own}
    assert {name: without_rows(after[name]) for name in own} == {
        name: without_rows(before[name]) for name in own
    }
    assert not [name for name in after if name.startswith("product_search")]
    with psycopg.connect(shop.database) as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'product%search%'"
            " UNION SELECT proname FROM pg_proc WHERE proname LIKE 'product%search%'"
        ).fetchall()
    assert left == []

    shop.manage("migrate")
    assert shop.manage("stock").split() == keys
    with serving(shop) as address:
        assert found(address, "frankenstein") == keys[:1]


def without_rows(table: dict[str, Any]) -> dict[str, Any]:
    return {part: value for part, value in table.items() if part != "rows"}


class serving:
    """The shop's web server while the block runs; gives its address."""

    def __init__(self, shop: Shop) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/shelves/finder/v1/"
        self.log = shop.folder / "server.log"
        self.command: list[str | Path] = [
            shop.python,
            "manage.py",
            "runserver",
            "--noreload",
            f"127.0.0.1:{port}",
        ]
        self.shop = shop

    def __enter__(self) -> str:
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                self.command, cwd=self.shop.folder, env=self.shop.environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(self.address + "health", timeout=5):
                    return self.address
            except urllib.error.HTTPError:
                return self.address  # it answers: what it says about workers is another test's matter
            except OSError:
                if self.server.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise AssertionError(self.log.read_text()[-6000:]) from None
                time.sleep(0.1)

    def __exit__(self, *raised: object) -> None:
        self.server.terminate()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait(10)


def found(address: str, query: str) -> list[str]:
    """Keys of the hits over HTTP, best first."""
    with urllib.request.urlopen(
        f"{address}search?{urllib.parse.urlencode({'q': query})}", timeout=30
    ) as answer:
        return [hit["id"] for hit in json.load(answer)["hits"]]
