"""Wakes a worker soon after a commit, from a thread of its own: no broker can fail or delay a save.

A wake-up is a courtesy: when it is lost, the sweep finds the work. The thread is started by the first wake-up of a
process, merges wake-ups that come while one is sent, and never holds a database connection.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import deque
from typing import Any

from django.db import connections

from ..conf import settings

logger = logging.getLogger(__name__)

WORK_TASK = "product_search.work"
#: Wake-ups within this time become one message ...
MERGE_SECONDS = 0.02
#: ... and no more than one is sent in this time: a worker that is awake finds the rest by itself.
PAUSE_SECONDS = 0.1
#: A process that has sent so many within EXPIRES_SECONDS, as one does that imports without `suspend_indexing`, ...
MANY = 100
#: ... sends no more than one in this time from then on: unread wake-ups stay few, however much is saved.
LONG_PAUSE_SECONDS = 0.4
#: How long the end of a process waits for a wake-up that is on its way.
FLUSH_SECONDS = 0.2
#: An unread wake-up is dropped by the worker after this time; the sweep has come by long before.
EXPIRES_SECONDS = 60
#: How long a broker that doesn't answer may hold the thread, where the transport lets us say so.
BROKER_SECONDS = 5


def wake(task: str = WORK_TASK) -> None:
    """Ask for a worker that runs `task`. Returns at once; with eager Celery the work is done before it returns."""
    app = celery_app()
    if app is None:
        return
    if app.conf.task_always_eager:
        # The host asked Celery to run tasks where they are sent; a thread would surprise its tests.
        app.loader.import_default_modules()  # outside a worker, autodiscovery has not run yet
        app.tasks[task].apply()
        return
    _waker.notify(task)


def celery_app() -> Any:
    """The host's Celery app; None when it has loaded none, as the library's own fallback leads to no broker."""
    from celery import current_app

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return None if app.main == "default" and not app.set_as_current else app


def send(task: str = WORK_TASK) -> None:
    """Send one wake-up for `task` from this thread. Raises what the broker's client raises."""
    app = celery_app()
    if app is None:
        return
    queue = settings().queue
    options: dict[str, Any] = {} if queue is None else {"queue": queue}
    with app.connection_for_write() as connection:
        connection.connect_timeout = BROKER_SECONDS
        if connection.get_transport_cls().driver_type == "redis":
            # Without these a Redis that hangs would hold the thread for ever; the host's own values win.
            timeouts = {"socket_timeout": BROKER_SECONDS, "socket_connect_timeout": BROKER_SECONDS}
            connection.transport_options = {**timeouts, **(connection.transport_options or {})}
        app.send_task(
            task,
            connection=connection,
            retry=False,
            ignore_result=True,
            expires=EXPIRES_SECONDS,
            **options,
        )


class _Waker:
    """One daemon thread that turns any number of `notify` calls into few messages, one for each task asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None
        self._failing = False
        self._sent: deque[float] = deque(maxlen=MANY)
        self._tasks: set[str] = set()

    def notify(self, task: str = WORK_TASK) -> None:
        with self._lock:
            self._tasks.add(task)
            self._idle.clear()
            self._asked.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="product_search.wake", daemon=True)
                self._thread.start()

    def flush(self, timeout: float) -> bool:
        """Wait until nothing is on its way, at most `timeout` seconds."""
        return self._thread is None or self._idle.wait(timeout)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._asked.wait()
            pause.wait(MERGE_SECONDS)
            with self._lock:
                self._asked.clear()
                tasks, self._tasks = sorted(self._tasks), set()
            try:
                for task in tasks:
                    send(task)
                self._failing = False
            except Exception as error:
                # Whatever the broker's client raises, saves go on and the sweep finds the work: one line says so.
                if not self._failing:
                    logger.warning(
                        "No worker could be woken (%s); the sweep will find the work.",
                        error,
                        extra={"event": "wake_failed"},
                    )
                self._failing = True
            finally:
                connections.close_all()  # a host's task_publish signal may have opened one here
            with self._lock:  # else `notify` may come between the two, and its message counts as sent
                if not self._asked.is_set():
                    self._idle.set()
            pause.wait(self._pause_seconds())

    def _pause_seconds(self) -> float:
        """Called after each wake-up: how long to wait before the next."""
        self._sent.append(time.monotonic())
        many = len(self._sent) == MANY and self._sent[-1] - self._sent[0] < EXPIRES_SECONDS
        return LONG_PAUSE_SECONDS if many else PAUSE_SECONDS


_waker = _Waker()


def _forget_threads() -> None:
    """A forked child has the parent's memory but not its thread."""
    global _waker
    _waker = _Waker()


def _flush_at_exit() -> None:
    _waker.flush(FLUSH_SECONDS)


os.register_at_fork(after_in_child=_forget_threads)
atexit.register(_flush_at_exit)
