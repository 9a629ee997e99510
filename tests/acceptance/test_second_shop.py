"""The built wheel in a fresh environment, without torch, under a shop that shares no code with the reference shop."""

from __future__ import annotations

import json
import shutil
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from . import doc_text
from .shops import environment_of_its_own, free_port, fresh_database, ran, running, wait_for_server

SHOP = Path(__file__).parent / "second_shop"


@dataclass(frozen=True)
class Shop:
    """The second shop in a folder of its own, run by the fresh environment's Python."""

    folder: Path
    python: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        return environment_of_its_own(DATABASE_URL=self.database, DJANGO_SETTINGS_MODULE="bookshop.settings")

    def manage(self, *arguments: str, **variables: str) -> str:
        """Standard output of `manage.py ...`; warnings are errors in this shop."""
        environment = self.environment | variables
        return ran(self.python, "-W", "error", "manage.py", *arguments, cwd=self.folder, env=environment)

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
def shop(wheel_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop in a folder of its own, with an empty database."""
    folder = tmp_path_factory.mktemp("second") / "shop"
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with fresh_database("second_shop") as url:
        yield Shop(folder, wheel_python, url)


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


def test_its_office_searches_books_by_uuid_in_an_admin_site_of_its_own(shop):
    office = ("bookshop.office_tests", "--settings", "bookshop.office")
    ran(
        *(shop.python, "-W", "error", "manage.py", "test", "--noinput", *office),
        cwd=shop.folder,
        env=shop.environment,
    )


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
    forget = doc_text.commands(doc_text.section("uninstall.md"))[-1].split()[2:]
    assert forget[0] == "remove_stale_contenttypes"
    shop.manage(*forget, BOOKSHOP_WITHOUT_SEARCH="1")
    with psycopg.connect(shop.database) as connection:
        noted = "SELECT app_label FROM django_content_type WHERE app_label = 'product_search'"
        assert connection.execute(noted).fetchall() == []

    shop.manage("migrate")
    assert shop.manage("stock").split() == keys
    with serving(shop) as address:
        assert found(address, "frankenstein") == keys[:1]


def without_rows(table: dict[str, Any]) -> dict[str, Any]:
    return {part: value for part, value in table.items() if part != "rows"}


@contextmanager
def serving(shop: Shop) -> Iterator[str]:
    """The shop's web server while the block runs; gives its address."""
    port, log = free_port(), shop.folder / "server.log"
    address = f"http://127.0.0.1:{port}/shelves/finder/v1/"
    command = (shop.python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}")
    with running(*command, cwd=shop.folder, env=shop.environment, log=log) as process:
        wait_for_server(address + "health", process, log)
        yield address


def found(address: str, query: str) -> list[str]:
    """Keys of the hits over HTTP, best first."""
    with urllib.request.urlopen(
        f"{address}search?{urllib.parse.urlencode({'q': query})}", timeout=30
    ) as answer:
        return [hit["id"] for hit in json.load(answer)["hits"]]
