"""What workers do with events from time to time: add them up, offer what others look for, forget what is old."""

from __future__ import annotations

import time

from ..indexing import heartbeat
from .forgetting import forget_old
from .offering import fill_completions
from .rolling import JOB, roll_up

#: How often at most; each rests in proportion to what it costs, too.
OFFER_SECONDS, FORGET_SECONDS = 600.0, 600.0


def keep_books(*, seconds: float, using: str) -> bool:
    """Add up the days that have grown, for so many `seconds`, and bring completions in step; whether no day is left."""
    begun = time.monotonic()
    rolled = roll_up(seconds=seconds, using=using)
    heartbeat.beat(JOB, using=using, took=time.monotonic() - begun)
    heartbeat.run_rested(
        "job:completions", lambda: fill_completions(using=using), using=using, at_least=OFFER_SECONDS
    )
    return rolled.complete


def forget_when_due(using: str) -> None:
    """Forget what is old, every few minutes."""
    heartbeat.run_rested("job:events", lambda: forget_old(using=using), using=using, at_least=FORGET_SECONDS)
