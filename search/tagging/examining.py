"""What indexing wrote is examined in a task of its own: are there copies of its pictures, and do they fit it?

Comparing costs far more than tagging, so it is done in pieces of a second, and not while anything waits to be indexed.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import connections, transaction

from ..conf import settings
from ..indexing import claim, wake
from ..indexing.copying import copy_rows
from ..indexing.seams import Written
from ..indexing.work import database
from ..models import Generation, Space, Unexamined
from . import doubts
from .duplicates import compare, take_turn

EXAMINE_TASK = "product_search.examine"
#: It is never urgent: what is saved meanwhile waits for no more than this.
PIECE_SECONDS = 1.0
#: Products that are compared in one transaction: a second's work.
PAGE = 8
QUEUE = Unexamined._meta.db_table


def queue_pictures(written: Written) -> None:
    """Queue what was written; only pictures that came, changed or went are compared with others."""
    if not written.keys:
        return
    pictured = set(written.pictured)
    copy_rows(written.using, QUEUE, ("product", "pictured"), ((key, key in pictured) for key in written.keys))
    transaction.on_commit(lambda: wake.wake(EXAMINE_TASK), using=written.using, robust=True)


def must_examine(using: str) -> bool:
    """Whether there is anything to examine."""
    if Unexamined.objects.using(using).exists():
        return True
    serving = _serving(using)
    return serving is not None and doubts.is_due(serving[0], using=using)


def examine_pending(*, seconds: float | None = None, patient: bool = True) -> bool:
    """Examine in this process what waits, for about `seconds` at most; returns whether nothing is left.

    Unless it is `patient`, it ends as soon as anything waits to be indexed. When the queue is empty, what tells wrong
    pictures is fitted where that is due, and everything is judged by it.
    """
    using = database()
    serving = _serving(using)
    if serving is None or not settings().enabled:
        return True
    deadline = float("inf") if seconds is None else time.monotonic() + seconds
    while _examine_page(*serving, using=using) or _judge_more(*serving, using=using):
        if time.monotonic() >= deadline or (not patient and claim.is_waiting(using)):
            return not must_examine(using)
    return True


def _serving(using: str) -> tuple[Space, Generation] | None:
    space = Space.serving(using)
    generation = Generation.serving(using)
    return None if space is None or generation is None else (space, generation)


def _examine_page(space: Space, generation: Generation, *, using: str) -> bool:
    """Examine the next few products; False where none waits."""
    with transaction.atomic(using=using):
        take_turn(using)
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {QUEUE} WHERE id IN"  # noqa: S608 - a table of ours
                f" (SELECT id FROM {QUEUE} ORDER BY id LIMIT %s) RETURNING product, pictured",
                [PAGE],
            )
            field: Any = Unexamined._meta.get_field("product")
            rows = [(field.to_python(key), pictured) for key, pictured in cursor.fetchall()]
        if pictured := sorted({key for key, is_pictured in rows if is_pictured}):
            compare(pictured, space, using=using)
        doubts.judge_page(sorted({key for key, _ in rows}), space, generation, using=using)
        return bool(rows)


def _judge_more(space: Space, generation: Generation, *, using: str) -> bool:
    """A page of the pass over everything; False where it is done."""
    with transaction.atomic(using=using):
        take_turn(using)
        if doubts.must_begin(space, using=using):
            doubts.begin(space, generation, using=using)
        return doubts.advance(space, generation, using=using) is not None
