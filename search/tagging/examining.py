"""What indexing wrote is compared with everything else in a task of its own: no write waits for it, nor does the next.

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
from ..models import Space, State, Unexamined
from .duplicates import compare, take_turn

EXAMINE_TASK = "product_search.examine"
#: It is never urgent: what is saved meanwhile waits for no more than this.
PIECE_SECONDS = 1.0
#: Products that are compared in one transaction: a second's work.
PAGE = 8
QUEUE = Unexamined._meta.db_table


def queue_pictures(written: Written) -> None:
    """Queue the products with pictures that came, changed or went, for comparing."""
    if not written.pictured:
        return
    copy_rows(written.using, QUEUE, ("product",), ((key,) for key in written.pictured))
    transaction.on_commit(lambda: wake.wake(EXAMINE_TASK), using=written.using, robust=True)


def must_examine(using: str) -> bool:
    """Whether pictures wait to be compared."""
    return Unexamined.objects.using(using).exists()


def examine_pending(*, seconds: float | None = None, patient: bool = True) -> bool:
    """Compare in this process what waits, for about `seconds` at most; returns whether nothing is left.

    Unless it is `patient`, it ends as soon as anything waits to be indexed.
    """
    using = database()
    space = Space.objects.using(using).filter(state=State.SERVING).first()
    if space is None or not settings().enabled:
        return True
    deadline = float("inf") if seconds is None else time.monotonic() + seconds
    while _examine_page(space, using=using):
        if time.monotonic() >= deadline or (not patient and claim.is_waiting(using)):
            return not must_examine(using)
    return True


def _examine_page(space: Space, *, using: str) -> int:
    """Compare the next few products; returns how many."""
    with transaction.atomic(using=using):
        take_turn(using)
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {QUEUE} WHERE id IN"  # noqa: S608 - a table of ours
                f" (SELECT id FROM {QUEUE} ORDER BY id LIMIT %s) RETURNING product",
                [PAGE],
            )
            field: Any = Unexamined._meta.get_field("product")
            keys = sorted({field.to_python(key) for (key,) in cursor.fetchall()})
        if keys:
            compare(keys, space, using=using)
        return len(keys)
