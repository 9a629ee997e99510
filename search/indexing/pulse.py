"""A process's signs of life apart from its work: an idle worker beats too, and so does beat itself.

So health can tell which of them is gone: without a worker there is no sweep either, whoever sends it.
"""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, InterfaceError, connections

from ..conf import settings
from ..errors import ProductSearchError
from . import heartbeat
from .work import database

logger = logging.getLogger(__name__)

#: What the names of workers' and beats' heartbeats begin with.
WORKER = "worker:"
BEAT = "beat:"


def start(name: str) -> threading.Event:
    """Beat as `name` every SWEEP_SECONDS from a daemon thread until the returned event is set.

    The thread holds no connection between beats, so a fork copies none; a database that is away is waited for.
    """
    stopped = threading.Event()
    thread = threading.Thread(target=_run, args=(name, stopped), name="product_search.pulse", daemon=True)
    thread.start()
    return stopped


def _run(name: str, stopped: threading.Event) -> None:
    while True:
        try:
            if settings().enabled:
                using = database()
                try:
                    heartbeat.touch(name, using=using)
                finally:
                    connections[using].close()
            pause = float(settings().sweep_seconds)
        except (DatabaseError, InterfaceError, ProductSearchError) as error:
            logger.warning(
                "No sign of life could be written for %s: %s", name, error, extra={"event": "beat_failed"}
            )
            pause = 10.0
        if stopped.wait(pause):
            return
