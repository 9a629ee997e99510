"""Celery tasks: thin, safe to run twice. The stale row, not the message, is what counts."""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import Any

from celery import Task, shared_task
from celery.signals import beat_init, worker_ready

from . import alt_texts, analytics, moderation
from .alt_texts.queue import ALT_TEXT_TASK
from .analytics.rolling import ROLL_UP_TASK
from .conf import settings
from .errors import ProductSearchError
from .indexing import claim, heartbeat, pulse, turns, work
from .indexing.sweep import SWEEP_TASK, keep_books
from .indexing.sweep import sweep as run_sweep
from .indexing.wake import WORK_TASK
from .learning import LEARN_TASK, learn
from .learning import is_due as must_learn
from .moderation.run import MODERATE_TASK
from .tagging import examine_pending, is_due, must_examine, tag_pending
from .tagging.examining import EXAMINE_TASK, PIECE_SECONDS
from .tagging.queue import TAG_TASK

logger = logging.getLogger(__name__)

#: One task works so long at most, then asks for another: a worker that is shut down waits for no more than this.
WORK_SECONDS = 20.0
#: A message that nobody read for so long is dropped: the sweep asks again while anything waits.
TAG_EXPIRES_SECONDS = 60


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
def work_task(self: Any, turn: int = 0) -> None:
    """Index what waits. With `turn` it takes the one of that number that is on offer; without, it leaves that to it."""
    if not settings().enabled:
        return
    using = work.database()
    if turn:
        turns.take(using, turn)
    elif turns.is_offered(using):
        return
    _work(self, turn)


@shared_task(bind=True, base=SearchTask, name=SWEEP_TASK)
def sweep_task(self: Any) -> None:
    """Find what no wake-up reached, keep the books, and index what waits."""
    if not settings().enabled:
        return
    try:
        waiting = run_sweep()
    except ProductSearchError as error:
        logger.warning("The sweep was cut short: %s", error, extra={"event": "sweep_failed"})
        waiting = True
    if not waiting and is_due(work.database()):  # what waits to be indexed goes first
        tag_task.apply_async(expires=TAG_EXPIRES_SECONDS)
    if not waiting and must_examine(work.database()):
        examine_task.apply_async(expires=TAG_EXPIRES_SECONDS)
    if not waiting and alt_texts.is_due(work.database()):
        alt_text_task.apply_async(expires=TAG_EXPIRES_SECONDS)
    if not waiting and moderation.is_due(work.database()):
        moderate_task.apply_async(expires=TAG_EXPIRES_SECONDS)
    if not waiting and must_learn(work.database()):
        learn_task.apply_async(expires=TAG_EXPIRES_SECONDS)
    analytics.forget_when_due(work.database())
    if not waiting and analytics.is_due(work.database()):
        roll_up_task.apply_async(expires=TAG_EXPIRES_SECONDS)
    if waiting and not turns.is_offered(work.database()):
        _work(self)
    else:
        _beat(self)


@shared_task(bind=True, base=SearchTask, name=TAG_TASK)
def tag_task(self: Any) -> None:
    """Tag what was written lately, and everything where the vocabulary changed."""
    if not settings().enabled:
        return
    try:
        now = tag_pending(seconds=WORK_SECONDS)
    except ProductSearchError as error:
        # As with indexing: what waits goes on waiting, and the sweep asks again.
        logger.warning("Nothing was tagged: %s", error, extra={"event": "tagging_failed"})
        return
    if not now.complete:
        tag_task.apply_async(expires=TAG_EXPIRES_SECONDS)


@shared_task(bind=True, base=SearchTask, name=MODERATE_TASK)
def moderate_task(self: Any) -> None:
    """Judge everything anew where a policy or the model changed."""
    if not settings().enabled:
        return
    try:
        now = moderation.moderate_pending(seconds=WORK_SECONDS)
    except ProductSearchError as error:
        logger.warning("Nothing was judged: %s", error, extra={"event": "moderation_failed"})
        return
    if now.problem:
        logger.warning("Not everything was judged: %s", now.problem, extra={"event": "moderation_failed"})
    if not now.complete:
        moderate_task.apply_async(expires=TAG_EXPIRES_SECONDS)


@shared_task(bind=True, base=SearchTask, name=LEARN_TASK)
def learn_task(self: Any) -> None:
    """Learn from what shoppers did, unless somebody just has."""
    using = work.database()
    if settings().enabled and must_learn(using):
        learn(using)


@shared_task(bind=True, base=SearchTask, name=EXAMINE_TASK)
def examine_task(self: Any) -> None:
    """Compare the pictures that came or changed with all others, a second's worth, unless anything is to be indexed."""
    if not settings().enabled or claim.is_waiting(work.database()):
        return  # the sweep asks again
    if not examine_pending(seconds=PIECE_SECONDS, patient=False):
        examine_task.apply_async(expires=TAG_EXPIRES_SECONDS)


@shared_task(bind=True, base=SearchTask, name=ROLL_UP_TASK)
def roll_up_task(self: Any) -> None:
    """Add up the days whose events have grown, and offer to shoppers what others look for."""
    if settings().enabled and not analytics.keep_books(seconds=WORK_SECONDS, using=work.database()):
        roll_up_task.apply_async(expires=TAG_EXPIRES_SECONDS)


@shared_task(bind=True, base=SearchTask, name=ALT_TEXT_TASK)
def alt_text_task(self: Any) -> None:
    """Write words for pictures whose product or tags changed lately, and for all where the vocabulary did."""
    if not settings().enabled:
        return
    try:
        now = alt_texts.write_pending(seconds=WORK_SECONDS)
    except ProductSearchError as error:
        logger.warning("No alt text was written: %s", error, extra={"event": "alt_texts_failed"})
        return
    if not now.complete:
        alt_text_task.apply_async(expires=TAG_EXPIRES_SECONDS)


def _work(task: Any, turn: int = 0) -> None:
    begun, using = time.monotonic(), work.database()
    for number in turns.offer_more(using, turn):
        _ask_for(number)
    try:
        report = work.index_pending(seconds=WORK_SECONDS)
    except ProductSearchError as error:
        # Mending it is up to a person: it stands in the log and in health, and the products go on waiting.
        logger.warning("Nothing was indexed: %s", error, extra={"event": "run_failed"})
        _beat(task, problem=str(error))
        return
    _beat(task)
    if report.products:
        _log_run(report, time.monotonic() - begun)
    if not report.unfinished and report.products:
        keep_books(using)  # after an import searches are right at once, not when beat comes round
    if report.unfinished and turns.offer(using, turn or 1):
        _ask_for(turn or 1)


def _ask_for(turn: int) -> None:
    work_task.apply_async(kwargs={"turn": turn}, expires=turns.OFFER_SECONDS)


def _log_run(report: work.Report, seconds: float) -> None:
    did = {"indexed": report.indexed, "removed": report.removed, "failed": len(report.failed)}
    pace = report.products / max(seconds, 1e-3)
    logger.info(
        "Indexed %(indexed)d, removed %(removed)d, failed %(failed)d in %(seconds).1f s: %(per_second).0f products a "
        "second.",
        {**did, "seconds": seconds, "per_second": pace},
        extra={"event": "run_ended", **did, "seconds": round(seconds, 3), "per_second": round(pace, 1)},
    )


def _beat(task: Any, problem: str = "") -> None:
    hostname = task.request.hostname or "eager"
    heartbeat.beat(f"{pulse.WORKER}{hostname}", using=work.database(), pid=os.getpid(), problem=problem)


@worker_ready.connect
def _pulse_of_worker(sender: Any = None, **kwargs: Any) -> None:
    """A worker that reads our queue shows that it lives, tasks or none."""
    if _reads_our_queue(sender):
        pulse.start(f"{pulse.WORKER}{sender.hostname}")


@beat_init.connect
def _pulse_of_beat(**kwargs: Any) -> None:
    pulse.start(f"{pulse.BEAT}{socket.gethostname()}")


def _reads_our_queue(consumer: Any) -> bool:
    reads = set(consumer.app.amqp.queues.consume_from)
    queue = settings().queue
    options: dict[str, Any] = {} if queue is None else {"queue": queue}
    routed = consumer.app.amqp.router.route(options, WORK_TASK)["queue"]
    return getattr(routed, "name", routed) in reads
