"""The replicas as this process knows them: a thread looks at them every few seconds while anybody searches, and a
search asks nobody: it takes what was seen last.
"""

from __future__ import annotations

import atexit
import logging
import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import connections

from .measuring import Gauge, Replica, hang_up
from .router import PRIMARY, aliases

logger = logging.getLogger(__name__)

#: How often the replicas are looked at.
EVERY_SECONDS = 2.0
#: For so long what was seen last holds; then nobody knows, and the primary is read.
KNOWN_SECONDS = 15.0
#: After so long without a search nobody looks, and the connections are given back.
IDLE_SECONDS = 60.0
#: How long who asks how the replicas stand waits for the first look.
WAIT_SECONDS = 5.0


class Fleet:
    """What one process knows of its replicas, and which of its searches read them."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._replicas: tuple[Replica, ...] = ()
        self._looked = self._asked = float("-inf")
        self._thread: threading.Thread | None = None
        self._ends = threading.Event()
        #: The connections that searches of this process read by at this moment, for each replica.
        self._busy: dict[str, list[Any]] = {}

    def choose(self) -> str:
        """The replica in service with the fewest searches of this process; PRIMARY where there is none."""
        with self._news:
            self._watch()
            if time.monotonic() - self._looked > KNOWN_SECONDS:
                return PRIMARY
            able = [each.alias for each in self._replicas if each.in_service]
            random.shuffle(able)
            return min(able, key=lambda alias: len(self._busy.get(alias, ())), default=PRIMARY)

    def in_service(self, alias: str) -> bool:
        """Whether a search might be sent to `alias` now."""
        with self._news:
            known = time.monotonic() - self._looked <= KNOWN_SECONDS
            return known and any(each.alias == alias and each.in_service for each in self._replicas)

    def states(self, wait_s: float = WAIT_SECONDS) -> tuple[Replica, ...]:
        """How the replicas stand, a few seconds old at most; () without any, or where nobody knows in time."""
        if not aliases():
            return ()
        with self._news:
            self._watch()
            self._news.wait_for(lambda: time.monotonic() - self._looked <= KNOWN_SECONDS, wait_s)
            return self._replicas

    @contextmanager
    def searching(self, alias: str) -> Iterator[None]:
        """A search reads the replica `alias` meanwhile: it is cut off where the replica falls silent."""
        connection = connections[alias]
        with self._news:
            self._busy.setdefault(alias, []).append(connection)
        try:
            yield
        finally:
            with self._news:
                self._busy[alias].remove(connection)

    def leave_out(self, alias: str, why: str) -> None:
        """Send no search to `alias` before the next look finds that it answers."""
        with self._news:
            seen = [
                replace(each, fault="silent", detail=why) if each.alias == alias else each
                for each in self._replicas
            ]
            self._tell(seen, looked=False)

    def stop(self, wait_s: float = 5.0) -> None:
        """End the thread, and forget what it saw; the next search starts another."""
        thread = self._thread
        self._ends.set()
        if thread is not None:
            thread.join(wait_s)
        with self._news:
            self._replicas, self._looked = (), float("-inf")

    def _watch(self) -> None:
        """Have somebody look; called with the lock."""
        self._asked = time.monotonic()
        if self._thread is None:
            self._ends = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(self._ends,), name="product_search.replicas", daemon=True
            )
            self._thread.start()

    def _run(self, ends: threading.Event) -> None:
        gauge = Gauge()
        try:
            while not self._is_over(ends):
                self._look(gauge)
                ends.wait(EVERY_SECONDS)
        finally:
            gauge.close()
            connections.close_all()

    def _is_over(self, ends: threading.Event) -> bool:
        with self._news:
            over = ends.is_set() or time.monotonic() - self._asked > IDLE_SECONDS
            if over:
                self._thread = None
            return over

    def _look(self, gauge: Gauge) -> None:
        try:
            seen = gauge.look()
        except Exception:
            # Whatever it is, searches go on: what was seen last holds for a while, then the primary is read.
            logger.exception("The replicas could not be looked at; searches go to the primary.")
            return
        with self._news:
            self._tell(seen, looked=True)
            silent = [each.alias for each in seen if each.fault == "silent"]
            waiting = [connection for alias in silent for connection in self._busy.get(alias, ())]
        for connection in waiting:
            if connection.connection is not None:
                hang_up(connection.connection)

    def _tell(self, seen: Sequence[Replica], *, looked: bool) -> None:
        """Take up what was seen, and log what is new about it; called with the lock."""
        before = {each.alias: each.fault for each in self._replicas}
        for each in seen:
            if each.fault != before.get(each.alias, ""):
                known = {"event": "replica", "alias": each.alias, "fault": each.fault}
                if each.fault:
                    logger.warning(
                        "No search is sent to the replica %s: %s. %s",
                        *(each.alias, each.fault, each.detail),
                        extra=known,
                    )
                else:
                    logger.info("Searches are sent to the replica %s again.", each.alias, extra=known)
        self._replicas = tuple(seen)
        if looked:
            self._looked = time.monotonic()
            self._news.notify_all()


fleet = Fleet()


def _forget_thread() -> None:
    """A forked child has the parent's memory but not its thread."""
    global fleet
    fleet = Fleet()


os.register_at_fork(after_in_child=_forget_thread)
atexit.register(lambda: fleet.stop(0.5))
