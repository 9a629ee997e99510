"""The test's side of the nursery: real processes by their id, started in milliseconds, killed, stopped, waited for."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[3]
#: How long a test waits for what should take seconds: a busy machine is no failure.
PATIENCE_S = 120.0


class Nursery:
    """The process that all others of these tests are forked from; its end is the end of all of them."""

    def __init__(self, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.faults.nursery"],
            cwd=ROOT,
            env={
                **os.environ,
                **environment,
                "DJANGO_SETTINGS_MODULE": "tests.acceptance.faults.settings",
                "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT)))),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        #: The nursery's own process id.
        self.pid: int = self._answer()["pid"]

    def start(self, job: Mapping[str, Any]) -> Child:
        """Fork a child for the job; what it prints goes to the job's log."""
        pid = self._ask(job)["pid"]
        return Child(self, pid, Path(job["log"]), job["patience"])

    def status(self, pid: int) -> int | None:
        """None while it runs, else its exit status, or the negative number of the signal that ended it."""
        status: int | None = self._ask({"role": "status", "pid": pid})["status"]
        return status

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the nursery ended; what it said stands above"
        answer: dict[str, Any] = json.loads(line)
        return answer


@dataclass(frozen=True)
class Child:
    """One process of a world, the leader of its own group."""

    nursery: Nursery
    pid: int
    log: Path
    #: How long `wait` waits for its end unless told otherwise, in seconds.
    patience: float = PATIENCE_S

    @property
    def status(self) -> int | None:
        """None while it runs, else its exit status, or the negative number of the signal that ended it."""
        return self.nursery.status(self.pid)

    def kill(self) -> None:
        """SIGKILL to it and to what it started; where it has ended already, the nursery saw to that."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def end(self) -> None:
        """Ask it to leave, as a deployment does."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
        self.wait()

    def wait(self) -> int:
        """Its exit status once it has ended; fails when it does not within its `patience`."""
        wait_until(lambda: self.status is not None, f"process {self.pid} to end", seconds=self.patience)
        status = self.status
        assert status is not None
        return status

    def is_stopped(self) -> bool:
        """Whether it was halted by SIGSTOP."""
        return bool(psutil.Process(self.pid).status() == psutil.STATUS_STOPPED)

    def go_on(self) -> None:
        """Let it go on after SIGSTOP."""
        os.kill(self.pid, signal.SIGCONT)


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE_S) -> float:
    """Seconds until `condition` held; fails when it does not within `seconds`."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if condition():
            return time.monotonic() - begun
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
