"""A small shop made from docs/attach.md: its files from the page's blocks, its commands run where a reader would."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.acceptance import doc_text, shops

ADDRESS = "http://127.0.0.1:8000"


@dataclass
class DocShop:
    """One section's shop. `commands` are those of the page that were not run yet, in order."""

    folder: Path
    python: Path
    database: str
    commands: list[str]
    port: int = field(default_factory=shops.free_port)

    @property
    def environment(self) -> dict[str, str]:
        """libpq finds the database by its own variables, as the page says; no model, and no torch."""
        parts = conninfo_to_dict(self.database)
        names = {
            "dbname": "PGDATABASE",
            "user": "PGUSER",
            "password": "PGPASSWORD",
            "host": "PGHOST",
            "port": "PGPORT",
        }
        given = {variable: str(parts[name]) for name, variable in names.items() if parts.get(name)}
        # The environment's own programs come first, as in an activated virtual environment.
        path = f"{self.python.parent}{os.pathsep}{os.environ['PATH']}"
        return shops.environment_of_its_own(**given, PATH=path, ENCODER="hash:64")

    def next(self, expected: str) -> str:
        """The page's next command, which begins with `expected`."""
        command = self.commands.pop(0)
        assert command.startswith(expected), f"the page goes on with {command!r}, not {expected!r}"
        return command

    def run(self, expected: str) -> str:
        """Run the next command; its standard output."""
        return shops.ran(*self._words(self.next(expected)), cwd=self.folder, env=self.environment)

    def run_until(self, last: str) -> None:
        """Run the commands up to and with the one that begins with `last`."""
        while True:
            command = self.commands[0]
            self.run(command)
            if command.startswith(last):
                return

    def start(self, expected: str) -> AbstractContextManager[Path]:
        """Keep the next command running while the block runs; gives the file with what it prints."""
        return self._kept(self._words(self.next(expected)), expected)

    @contextmanager
    def _kept(self, words: list[str], name: str) -> Iterator[Path]:
        log = self.folder / f"{'-'.join(name.split())}.log"
        if "runserver" in words:
            words += ["--noreload", f"127.0.0.1:{self.port}"]
        with shops.running(*words, cwd=self.folder, env=self.environment, log=log) as process:
            if "runserver" in words:
                shops.wait_for_server(f"http://127.0.0.1:{self.port}/search/v1/health", process, log)
            yield log
            assert process.poll() is None, log.read_text()[-6000:]
        assert process.returncode == 0 or "runserver" in words, log.read_text()[-6000:]

    def ask(self, expected: str = "curl") -> Any:
        """The body of the answer to the next command, a curl line."""
        return self._asked(self.next(expected))

    def ask_until(self, condition: Callable[[Any], bool], *, seconds: float = 40) -> Any:
        """Ask with the next command until the answer is as a reader expects it a moment later."""
        command, deadline = self.next("curl"), time.monotonic() + seconds
        while not condition(answer := self._asked(command)):
            assert time.monotonic() < deadline, f"{command}: {answer}\n{self.logs()}"
            time.sleep(0.1)
        return answer

    def _asked(self, command: str) -> Any:
        variables = {ADDRESS: f"http://127.0.0.1:{self.port}"}
        answer = doc_text.curl(command, variables=variables, folder=self.folder)
        assert answer.status == 200, answer
        return answer.body

    def logs(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in self.folder.glob("*.log"))

    def query(self, statement: str, *, database: str = "") -> list[tuple[Any, ...]]:
        """Rows from the shop's database, or from another `database` on the same server."""
        with psycopg.connect(self.database, dbname=database or None) as connection:
            return connection.execute(statement).fetchall()

    def _words(self, command: str) -> list[str]:
        """The command's words; `python` and `celery` are the fresh environment's, found by PATH but not by Popen."""
        program, *rest = shlex.split(command)
        own = self.python.parent / program
        return [str(own) if own.exists() else program, *rest]


@pytest.fixture
def doc_shop(wheel_python: Path, tmp_path: Path) -> Iterator[Callable[[str], DocShop]]:
    """Builds the shop of one section of docs/attach.md: `doc_shop("A toy shop")`."""
    with shops.fresh_database("attached") as url:

        def build(heading: str) -> DocShop:
            shop = DocShop(tmp_path, wheel_python, url, doc_text.commands(doc_text.section("attach.md")))
            while shop.commands:
                shop.run("python")
            text = doc_text.section("attach.md", heading)
            doc_text.write_files(text, tmp_path)
            shop.commands = doc_text.commands(text)
            return shop

        yield build
