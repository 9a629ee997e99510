"""At most so many searches at once in a process. Whoever comes later waits a little in line, then is refused: an answer
that says "not now" within half a second is worth more than one that nobody waits for any longer.

Knows nothing of HTTP, so a shop's own pages can take their places in the same line (`with place(): ...`). The line is
served in order, and whoever leaves hands his place to the first in it: nobody who has just come takes it, and nobody is
woken for nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager

from django.db import Error, transaction

from .. import images
from ..conf import settings
from ..errors import ProductSearchError
from ..indexing import heartbeat
from ..indexing.work import database

logger = logging.getLogger(__name__)

#: How many may wait for each that is served; further ones are refused at once, so that a server's threads stay free.
LINE = 4
#: A refused client asks again after so many seconds, at least and at most: not all of them together.
SOONEST, LATEST = 1, 3
#: How often a process writes down how many it refused.
TELL_SECONDS = 5.0
#: The heartbeat that keeps how many were refused since the tables were made.
REFUSED = "searches:refused"


class Busy(ProductSearchError):
    """As much is searched for as this process can bear; `retry_after` seconds from now it may be less."""

    def __init__(self) -> None:
        super().__init__("More is searched for than can be answered just now.")
        self.retry_after = random.randint(SOONEST, LATEST)


class Gate:
    """Lets in so many at once, and further ones in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._line: deque[threading.Event] = deque()

    def enter(self, places: int, wait_s: float) -> bool:
        """Take one of so many `places`, waiting `wait_s` seconds for it at most; whether there was one.

        Who was let in calls `leave`.
        """
        with self._lock:
            if self._inside < places and not self._line:
                self._inside += 1
                return True
            if len(self._line) >= LINE * places:
                return False
            turn = threading.Event()
            self._line.append(turn)
        try:
            return turn.wait(wait_s) or not self._gave_up(turn)
        except (
            BaseException
        ):  # a green thread that is killed; a place that it was just given goes on to the next
            if not self._gave_up(turn):
                self.leave(places)
            raise

    def leave(self, places: int) -> None:
        """Hand the place to whoever waits longest."""
        with self._lock:
            self._inside -= 1
            while self._line and self._inside < places:
                self._inside += 1
                self._line.popleft().set()

    def _gave_up(self, turn: threading.Event) -> bool:
        """Step out of the line; False for whom a place was given in the last moment."""
        with self._lock:
            if turn not in self._line:
                return False
            self._line.remove(turn)
            return True


class _Refused:
    """Those that this process refused and did not write down yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._told = float("-inf")

    def add(self) -> None:
        with self._lock:
            self._count += 1

    def tell(self, every_s: float = TELL_SECONDS) -> None:
        """Write them down, where something is to be told; what the database does not take now, it takes later."""
        with self._lock:
            if not self._count or time.monotonic() - self._told < every_s:
                return
            count, self._count, self._told = self._count, 0, time.monotonic()
        try:
            using = database()
            with transaction.atomic(using=using):
                heartbeat.add(REFUSED, count, using=using)
        except Error:
            with self._lock:
                self._count += count
            return
        logger.warning(
            "%d searches were refused: more came than SEARCHES_AT_ONCE and BUSY_WAIT_MS let in.",
            count,
            extra={"event": "searches_refused", "refused": count},
        )


_gate = Gate()
_pictures = Gate()
_refused = _Refused()


def place() -> AbstractContextManager[None]:
    """A place among the searches that this process does at once; raises `Busy` where none gets free in time."""
    return _place(_gate, settings().searches_at_once or cores())


def picture_place() -> AbstractContextManager[None]:
    """A place among the pictures that are unpacked, or fetched, for this process at once. Whoever waits for that takes
    no place of a search: two pictures that loop would leave none. Raises `Busy`.
    """
    return _place(_pictures, images.MOST)


@contextlib.contextmanager
def _place(gate: Gate, places: int) -> Iterator[None]:
    if not gate.enter(places, settings().busy_wait_ms / 1000):
        _refused.add()
        raise Busy
    try:
        yield
    finally:
        gate.leave(places)
    _refused.tell()


def refused(using: str) -> int:
    """How many were refused since the tables were made, this process's own included."""
    _refused.tell(every_s=0.0)
    found = heartbeat.age(REFUSED, using=using)
    return int(found[1].get("count", 0)) if found else 0


def cores() -> int:
    """The processor cores that this process may use, 2 at least: while one search waits for the database, another
    computes.
    """
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(2, there)


def _forget_the_parents() -> None:
    """A forked child has none of the threads that hold a place or wait for one."""
    global _gate, _pictures, _refused
    _gate, _pictures, _refused = Gate(), Gate(), _Refused()


os.register_at_fork(after_in_child=_forget_the_parents)
