"""Whether this process has ever had a vector from its encoder: until then its first shoppers would wait for the model,
or be answered by words alone.

Once warm it stays so: where the encoder goes away later, an answer by words is better than none.
"""

from __future__ import annotations

import logging
import os
import threading

from .. import encoders
from ..conf import settings

logger = logging.getLogger(__name__)

#: The ENCODERs that have answered this process, or its parent before it was forked.
_answered: set[str] = set()


def warm_up() -> None:
    """Have the encoder answer once, which loads it. Raises what loading raises."""
    name = settings().encoder
    encoders.get_encoder().encode_texts(["warm up"])
    _answered.add(name)


def is_warm(wait_s: float = 0.0) -> bool:
    """Whether the encoder has answered. Where it has not, a thread asks it, for so many seconds at most of this call's
    time; a model that takes longer to load goes on loading.
    """
    if settings().encoder not in _answered:
        _trial.go_on(wait_s)
    return settings().encoder in _answered


class _Trial:
    """Tries to warm up, one thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def go_on(self, wait_s: float) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=_try, name="product_search.warming", daemon=True)
                self._thread.start()
            thread = self._thread
        thread.join(wait_s)


def _try() -> None:
    try:
        warm_up()
    except Exception as error:  # whatever loading throws; the next probe tries again
        logger.warning("This process is not ready: its encoder does not answer: %s", error)


_trial = _Trial()


def _forget_thread() -> None:
    """A forked child has the parent's memory but not its thread."""
    global _trial
    _trial = _Trial()


os.register_at_fork(after_in_child=_forget_thread)
