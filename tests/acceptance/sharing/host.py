"""A host's processes, gunicorn with some web workers and the encoder process where there is one, and what they hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from tests.acceptance.indexing.conftest import database_url
from tests.acceptance.load.driving import driven
from tests.acceptance.shops import ROOT, free_port, running, wait_for_server, with_this_repository

#: How long a process with a large model may take to be ready.
PATIENCE_S = 500


@dataclass(frozen=True)
class Place:
    """Where a host's processes keep their socket and logs, and the model that they have."""

    folder: Path
    encoder: str

    @property
    def socket(self) -> Path:
        return self.folder / "encoder.sock"

    def environment(self, **more: str) -> dict[str, str]:
        return with_this_repository() | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "DJANGO_SETTINGS_MODULE": "tests.acceptance.sharing.settings",
            "DATABASE_URL": database_url(),
            "TEST_ENCODER": self.encoder,
            "SHOP_SECRET_KEY": uuid.uuid4().hex * 2,
            "SHOP_ALLOWED_HOSTS": "127.0.0.1",
            **more,
        }


@contextmanager
def encoder_process(place: Place) -> Iterator[subprocess.Popen[str]]:
    """`shop encoder`, once it listens; killed at the end."""
    # As docs/production.md says: it has all cores, for no other process computes a model.
    cores = str(os.cpu_count() or 1)
    environment = place.environment(SHOP_ENCODER_SOCKET=str(place.socket), OMP_NUM_THREADS=cores)
    command = [str(ROOT / "docker" / "shop"), "encoder"]
    with (place.folder / "encoder.log").open("a") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        with process:
            try:
                assert "is served at" in process.stdout.readline()
                yield process
            finally:
                process.kill()


class Web:
    """gunicorn on a port of this machine."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.processes = [psutil.Process(process.pid)]

    @property
    def workers(self) -> list[psutil.Process]:
        return self.processes[0].children()

    def get(self, path: str, **parameters: str) -> tuple[int, Any]:
        """Status and JSON."""
        address = f"http://127.0.0.1:{self.port}{path}?{urlencode(parameters)}"
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def search(self, q: str) -> tuple[int, list[str]]:
        """Status, and the notices of the answer."""
        status, answer = self.get("/search/v1/search", q=q, per_page="1")
        return status, answer.get("notices", [])

    def per_second(self, path: str, words: list[str], *, users: int, seconds: float) -> float:
        """Whole answers a second to so many users who ask without a pause; nine of ten must be whole, none an error."""
        requests = [
            (
                "words",
                f"GET {path}?{urlencode({'q': q, 'per_page': 1})} HTTP/1.1\r\n"
                "Host: 127.0.0.1\r\nX-Whole: 1\r\n\r\n".encode(),
            )
            for q in words
        ]
        outcomes = driven(self.port, requests, seconds=seconds, seed=1, users=users)
        whole = sum(each.status == 200 for each in outcomes)
        assert {each.status for each in outcomes} <= {200, 503}
        assert whole >= 0.9 * len(outcomes), f"{whole} of {len(outcomes)} had vectors"
        return whole / max(each.at + each.ms / 1000 for each in outcomes)


@contextmanager
def web(place: Place, *, workers: int, shared: bool) -> Iterator[Web]:
    """`shop web` with so many workers, once each of them is ready; `shared`: they ask the encoder process."""
    port, log = free_port(), place.folder / f"web-{uuid.uuid4().hex[:6]}.log"
    environment = place.environment(
        WEB_PROCESSES=str(workers),
        WEB_THREADS="8",
        WEB_TIMEOUT=str(PATIENCE_S),  # eight models are loaded at once
        WEB_ADDRESS=f"127.0.0.1:{port}",
        SHOP_ENCODER_SOCKET=str(place.socket) if shared else "",
        # Threads of eight models that wait for one another on two cores would take many times as long.
        **({} if shared else {"OMP_NUM_THREADS": "1"}),
    )
    with running(ROOT / "docker" / "shop", "web", cwd=ROOT, env=environment, log=log) as process:
        address = f"http://127.0.0.1:{port}/search/v1"
        wait_for_server(f"{address}/live", process, log, seconds=PATIENCE_S)
        made = Web(port, process)
        deadline = time.monotonic() + PATIENCE_S
        # No worker takes requests before it is warm, so that one is says that those which listen are.
        while made.get("/search/v1/ready")[0] != 200 or len(made.workers) < workers:
            assert time.monotonic() < deadline, log.read_text()[-4000:]
            time.sleep(0.2)
        yield made
    assert "Traceback" not in log.read_text(), log.read_text()[-6000:]


def pss_mb(processes: list[psutil.Process]) -> float:
    """What processes hold of memory, in MB; what n share counts an n-th for each (PSS)."""
    kib = 0
    for process in processes:
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
        kib += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return kib * 1024 / 1e6


def holds_torch(process: psutil.Process) -> bool:
    """Whether torch's library is in the process: it is as soon as anybody imports torch."""
    return "libtorch" in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
