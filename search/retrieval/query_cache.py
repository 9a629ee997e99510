"""Vectors of queries in Django's cache (QUERY_CACHE): what one process has encoded no other process or host encodes.

Vectors of words alone are kept, under a keyed hash of space and words: nobody reads there what was searched for. What
comes back is trusted no more than an upload. A cache that fails or hangs is left alone for a while.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import numpy as np
from django.core.cache import caches
from django.utils.crypto import salted_hmac
from numpy.typing import NDArray

from ..conf import settings
from ..models import Space

logger = logging.getLogger(__name__)

#: How long a vector is kept. It is never out of date: another model is another space.
KEPT_SECONDS = 7 * 24 * 3600
#: How long a search waits for the cache, at most; and the first of a process, for which its client is imported.
WAIT_SECONDS, FIRST_WAIT_SECONDS = 0.2, 2.0
#: For so long a cache that failed, or took longer, is left alone.
LEFT_ALONE_SECONDS = 10.0
#: What waits to be read or written; further vectors are not kept.
MOST_WAITING = 256
#: How far a vector's length may be from 1, by rounding.
ROUNDING = 1e-3

Vectors = NDArray[np.float32]
Done = TypeVar("Done")

_left_alone_until = 0.0
_wait = FIRST_WAIT_SECONDS


def read(texts: Sequence[str], space: Space) -> dict[str, Vectors]:
    """The vectors `(1, dim)` in `space` of those texts that are kept; what the cache can't say in time is not."""
    global _wait
    alias = settings().query_cache
    if not alias or not texts or time.monotonic() < _left_alone_until:
        return {}
    keys = {_key(text, space): text for text in texts}
    wait, _wait = _wait, WAIT_SECONDS
    try:
        kept = _line.do(lambda: caches[alias].get_many(keys)).result(wait)
    except Exception as error:  # each cache has errors of its own
        _leave_alone(error)
        return {}
    found = {keys[key]: _checked(value, space.dim) for key, value in kept.items() if key in keys}
    return {text: vector for text, vector in found.items() if vector is not None}


def keep(vectors: Mapping[str, Vectors], space: Space) -> None:
    """Keep the vectors `(1, dim)` in `space` of these texts; nobody waits for it."""
    alias = settings().query_cache
    if not alias or not vectors or time.monotonic() < _left_alone_until:
        return
    values = {
        _key(text, space): vector.astype("<f4").tobytes() for text, vector in vectors.items() if vector.size
    }

    def write() -> None:
        try:
            caches[alias].set_many(values, KEPT_SECONDS)
        except Exception as error:
            _leave_alone(error)

    try:
        _line.do(write)
    except queue.Full as error:
        _leave_alone(error)


def _key(text: str, space: Space) -> str:
    told = f"{space.digest}\0{text}".encode("utf-8", "surrogatepass")
    return f"product_search:query:{salted_hmac(__name__, told, algorithm='sha256').hexdigest()[:40]}"


def _checked(value: Any, dim: int) -> Vectors | None:
    """The unit vector `(1, dim)` that was kept; None for whatever else lies there."""
    if not isinstance(value, bytes) or len(value) != 4 * dim:
        return None
    vector = np.frombuffer(value, dtype="<f4").astype(np.float32)
    return vector[np.newaxis] if abs(np.linalg.norm(vector.astype(np.float64)) - 1) <= ROUNDING else None


def _leave_alone(error: Exception) -> None:
    global _left_alone_until
    _left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
    logger.warning(
        "The cache of queries (QUERY_CACHE) is left alone for %d s: it failed (%s: %s). Queries are encoded anew.",
        LEFT_ALONE_SECONDS,
        type(error).__name__,
        error,
        extra={"event": "query_cache_failed"},
    )


class _Line:
    """One thread that speaks with the cache, one thing after the other: where it hangs, nobody else does.

    A daemon, as an executor's threads would hold up the end of the process for as long as they hang.
    """

    def __init__(self) -> None:
        self._waiting: queue.Queue[Callable[[], None]] = queue.Queue(MOST_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def do(self, work: Callable[[], Done]) -> Future[Done]:
        """What comes of `work`. Raises `queue.Full` where too much waits."""
        future: Future[Done] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

        self._waiting.put_nowait(run)
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="product_search.queries", daemon=True)
                self._thread.start()
        return future

    def _run(self) -> None:
        while True:
            self._waiting.get()()


_line = _Line()


def _forget_thread() -> None:
    """A forked child has the parent's memory but not its thread."""
    global _line
    _line = _Line()


os.register_at_fork(after_in_child=_forget_thread)
