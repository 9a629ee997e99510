"""Celery tasks: thin, safe to run twice. The stale row, not the message, is what counts."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Task, shared_task

from .conf import settings
from .errors import ProductSearchError
from .indexing import heartbeat, turns, work
from .indexing.sweep import sweep as run_sweep
from .indexing.wake import WORK_TASK

logger = logging.getLogger(__name__)

#: One task works so long at most, then asks for another: a worker that is shut down waits for no more than this.
WORK_SECONDS = 20.0


class SearchTask(Task):  # type: ignore[type-arg]
    """A task on the plugin's queue, read when it is sent."""

    acks_late = True
    ignore_result = True
    typing = False

    @property
    def queue(self) -> str | None:
        """PRODUCT_SEARCH["QUEUE"]; None is the host's default queue."""
        return settings().queue


@shared_task(bind=True, base=SearchTask, name=WORK_TASK)
def work_task(self: Any, turn: bool = False) -> None:
    """Index what waits. With `turn` it takes the turn that an earlier task offered; without, it leaves that to it."""
    if not settings().enabled:
        return
    using = work.database()
    if turn:
        turns.take(using)
    elif turns.is_offered(using):
        return
    _work(self)


@shared_task(bind=True, base=SearchTask, name="product_search.sweep")
def sweep_task(self: Any) -> None:
    """Find what no wake-up reached, keep the books, and index what waits."""
    if not settings().enabled:
        return
    try:
        waiting = run_sweep()
    except ProductSearchError as error:
        logger.warning("%s", error)
        waiting = True
    if waiting and not turns.is_offered(work.database()):
        _work(self)
    else:
        _beat(self)


def _work(task: Any) -> None:
    try:
        report = work.index_pending(seconds=WORK_SECONDS)
    except ProductSearchError as error:
        # Mending it is up to a person: it stands in the log and in health, and the products go on waiting.
        logger.warning("Nothing was indexed: %s", error)
        _beat(task, problem=str(error))
        return
    _beat(task)
    if report.products:
        logger.info(
            "Indexed %d products, removed %d, failed %d.", report.indexed, report.removed, len(report.failed)
        )
    if report.unfinished and turns.offer(work.database()):
        work_task.apply_async(kwargs={"turn": True}, expires=turns.OFFER_SECONDS)


def _beat(task: Any, problem: str = "") -> None:
    hostname = task.request.hostname or "eager"
    heartbeat.beat(f"worker:{hostname}", using=work.database(), pid=os.getpid(), problem=problem)
