"""Records are put into a queue in this process, and a thread of their own writes them: no search waits for its event.

The queue is bounded and so is its rate. What does not fit, and what the database refuses, is dropped and counted: an
event is worth less than a search. The thread is started by the first record of a process, holds no database connection
between two batches, and has a moment to finish when the process ends.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, connections, transaction

from ..conf import settings
from ..indexing import heartbeat
from ..indexing.wake import celery_app
from ..indexing.work import database
from .records import Record
from .writing import write

logger = logging.getLogger(__name__)

#: Records that wait at most; a search with its products is a few kilobytes.
MOST_WAITING = 5_000
#: Records that are written at once.
BATCH = 1_000
#: How long records are gathered before they are written.
GATHER_SECONDS = 1.0
#: The pause after a failure; doubles with each further one, up to the second.
RETRY_SECONDS, RETRY_LONGEST_SECONDS = 1.0, 60.0
#: How long the end of a process waits for what is not written yet.
FLUSH_SECONDS = 0.5
#: The heartbeat that says how much was dropped lately, and why.
DROPPED = "events:dropped"


def put(records: Sequence[Record]) -> None:
    """Have `records` written soon. Returns at once and never raises; with eager Celery they are written before."""
    app = celery_app()
    if app is not None and app.conf.task_always_eager:
        _write_here(records)
    else:
        _recorder.put(records)


def flush(seconds: float = FLUSH_SECONDS) -> bool:
    """Wait until what was recorded in this process is written, so long at most; whether it is."""
    return _recorder.flush(seconds)


def dropped() -> int:
    """Records of this process that were dropped since it began."""
    return _recorder.dropped


def _write_here(records: Sequence[Record]) -> None:
    """Tests of the host's run tasks where they are sent; a thread would write past their transaction."""
    try:
        using = database()
        with transaction.atomic(using=using):
            write(records, using=using)
    except Exception:
        logger.warning("Events were not recorded.", exc_info=True, extra={"event": "events_dropped"})


class _Recorder:
    """The queue, and one daemon thread that empties it."""

    def __init__(self) -> None:
        self.dropped = 0
        self._unreported = 0
        self._lock = threading.Lock()
        self._waiting: deque[Record] = deque()
        self._asked = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0
        self._allowed = 0.0
        self._refilled = float("-inf")

    def put(self, records: Sequence[Record]) -> None:
        with self._lock:
            fits = min(len(records), MOST_WAITING - len(self._waiting), self._allowance())
            self._drop(len(records) - fits)
            if not fits:
                return
            self._allowed -= fits
            self._waiting.extend(records[:fits])
            self._idle.clear()
            self._asked.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="product_search.events", daemon=True)
                self._thread.start()

    def flush(self, seconds: float) -> bool:
        if self._thread is None:
            return True
        self._hurry.set()
        return self._idle.wait(seconds)

    def _allowance(self) -> int:
        """Records that the rate still lets in: EVENTS_PER_SECOND, and ten seconds' worth at once."""
        rate, now = settings().events_per_second, time.monotonic()
        self._allowed = min(10.0 * rate, self._allowed + rate * (now - self._refilled))
        self._refilled = now
        return int(self._allowed)

    def _drop(self, count: int) -> None:
        self.dropped += count
        self._unreported += count

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._hurry.wait(GATHER_SECONDS if not self._failures else self._pause_seconds())
            self._hurry.clear()
            with self._lock:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            self._write(batch)
            with self._lock:
                if not self._waiting:
                    self._asked.clear()
                    self._idle.set()

    def _pause_seconds(self) -> float:
        return min(RETRY_LONGEST_SECONDS, RETRY_SECONDS * 2.0 ** (self._failures - 1))

    def _write(self, batch: list[Record]) -> None:
        try:
            using = database()
            write(batch, using=using)
            self._failures = 0
            self._report(using)
        except (OperationalError, InterfaceError) as error:  # away, locked, too slow: it may take them later
            self._failed(error, "they are tried again")
            with self._lock:
                fits = min(len(batch), MOST_WAITING - len(self._waiting))
                self._waiting.extendleft(reversed(batch[len(batch) - fits :]))
                self._drop(len(batch) - fits)
        except Exception as error:
            self._failed(error, "they are dropped")
            with self._lock:
                self._drop(len(batch))
        finally:
            connections.close_all()

    def _failed(self, error: Exception, then: str) -> None:
        if not self._failures:
            logger.warning(
                "Events could not be written (%s: %s); %s. Searches go on.",
                type(error).__name__,
                error,
                then,
                extra={"event": "events_failed"},
            )
        self._failures += 1

    def _report(self, using: str) -> None:
        with self._lock:
            lost, self._unreported = self._unreported, 0
        if lost:
            logger.warning(
                "%d events were dropped.", lost, extra={"event": "events_dropped", "dropped": lost}
            )
            heartbeat.beat(DROPPED, using=using, dropped=lost)


_recorder = _Recorder()


def _forget_threads() -> None:
    """A forked child has the parent's memory but not its thread, and the parent writes what the parent recorded."""
    global _recorder
    _recorder = _Recorder()


def _flush_at_exit() -> None:
    _recorder.flush(FLUSH_SECONDS)


os.register_at_fork(after_in_child=_forget_threads)
atexit.register(_flush_at_exit)
