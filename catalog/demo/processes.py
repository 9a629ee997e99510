"""The demo's processes: each in a session of its own with its log, all ended by the keeper."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import keeper
from .errors import DemoFailed


@dataclass(frozen=True)
class Service:
    """A process that runs as long as the demo."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise `DemoFailed` with the end of its log when it has ended."""
        status = self.process.poll()
        if status is not None:
            raise DemoFailed(f"{self.name} ended with status {status}:\n{self.tail()}")

    def tail(self, lines: int = 12) -> str:
        """The last lines of its log, with where the rest is."""
        text = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([*text[-lines:], f"(all of it: {self.log})"])


class Processes:
    """Starts services and tells the keeper of each, so that it ends whatever happens to the demo."""

    def __init__(self, keeper_input: IO[bytes], environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.services: list[Service] = []
        self._keeper_input = keeper_input

    def keep_server(self, folder: Path) -> None:
        """Have the Postgres in `folder` stopped with the rest."""
        self._tell(f"postgres {folder}")

    def start(self, name: str, command: list[str], log: Path) -> Service:
        """Start `command`; what it writes goes to `log`, anew."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
            )
        self._tell(f"group {process.pid}")
        service = Service(name, process, log)
        self.services.append(service)
        return service

    def check(self) -> None:
        """Raise `DemoFailed` when one of them has ended."""
        for service in self.services:
            service.check()

    def _tell(self, line: str) -> None:
        self._keeper_input.write(f"{line}\n".encode())
        self._keeper_input.flush()


@contextmanager
def running(home: Path, environment: Mapping[str, str]) -> Iterator[Processes]:
    """Processes that all end, and are waited for, when the block does. Raises `DemoFailed` when a demo runs in `home`.

    The lock on `home` is held until the very end, by the keeper too: a second demo never meets the first's leavings.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoFailed(
                f"A demo runs already in {home}. Stop it first (Ctrl-C where it runs)."
            ) from error
        read_end, write_end = os.pipe()
        with os.fdopen(read_end, "rb") as keeper_output, os.fdopen(write_end, "wb") as keeper_input:
            warden = subprocess.Popen(
                [sys.executable, "-S", "-E", str(Path(keeper.__file__))],
                stdin=keeper_output,
                pass_fds=[lock.fileno()],
                start_new_session=True,
            )
            keeper_output.close()
            processes = Processes(keeper_input, environment)
            try:
                yield processes
            finally:
                keeper_input.close()
                _wait(warden, processes.services)


def _wait(warden: subprocess.Popen[bytes], services: list[Service]) -> None:
    """Wait for the keeper, and for our own children, which nobody else can wait for."""
    while warden.poll() is None:
        for service in services:
            service.process.poll()
        time.sleep(0.02)
    for service in services:
        service.process.wait()
