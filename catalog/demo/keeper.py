"""Ends what a demo started, however the demo ends: it waits for its input to close, which a kill -9 closes too.

Run as a file by the demo, in a session of its own: plain standard library, so that it is up at once. Its input names,
one a line, `group NUMBER` (a process group) and `postgres FOLDER` (an embedded server); when the input ends it stops
the groups, then the servers, and exits.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

GRACE_S = 8.0


def main() -> None:
    """Wait, then clean up."""
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, signal.SIG_IGN)
    groups: list[int] = []
    servers: list[Path] = []
    for line in sys.stdin:
        kind, _, what = line.strip().partition(" ")
        if kind == "group":
            groups.append(int(what))
        elif kind == "postgres":
            servers.append(Path(what))
    _end_groups(groups)
    for folder in servers:
        _end_server(folder)


def _end_groups(groups: list[int]) -> None:
    """Ask the leaders first: a Celery worker whose own children were asked as well waits for them in vain. Then insist
    with all: a child may outlive its group's leader."""
    for group in groups:
        _signal(os.kill, group, signal.SIGTERM)
    _wait(groups)
    for group in groups:
        _signal(os.killpg, group, signal.SIGKILL)
    _wait(groups)


def _wait(groups: list[int]) -> None:
    deadline = time.monotonic() + GRACE_S
    while any(_alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)


def _end_server(folder: Path) -> None:
    pid = _server_pid(folder)
    if not pid:
        return
    for sign in (signal.SIGINT, signal.SIGQUIT):  # "fast", then "immediate": it recovers at its next start
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline:
            if _server_pid(folder) != pid:
                return
            time.sleep(0.05)


def _server_pid(folder: Path) -> int:
    try:
        first = (folder / "postmaster.pid").read_text().split("\n", 1)[0].strip()
    except OSError:
        return 0
    return int(first) if first.isdigit() else 0


def _signal(send: Callable[[int, int], None], group: int, sign: signal.Signals) -> None:
    try:
        send(group, sign)
    except (ProcessLookupError, PermissionError):
        return  # gone, or its number is somebody else's by now


def _alive(group: int) -> bool:
    """Whether the group's leader still runs; one that nobody has waited for yet does not."""
    try:
        if Path(f"/proc/{group}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
    except OSError:
        pass  # no /proc on this system
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
