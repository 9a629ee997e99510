"""Unpacking and the model at work in threads of their own, beside the one that reads and writes.

Pieces of batches go through in the order in which they were given. Nothing here speaks to the database: that stays with
the thread of the caller, and so with its transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from threading import Event
from typing import Any, TypeVar

from .. import images
from ..conf import settings

Made = TypeVar("Made")

#: Pieces with pictures that wait for the model or are with it: one it has, one is unpacked, one is being unpacked.
MOST_PIECES = 3
#: How often a piece that has to wait looks whether the run was left.
WAIT_SECONDS = 0.1


class Pipeline:
    """One run's threads: `unpackers` for pictures, and one that has the model.

    A piece is done by the model's thread, or at once where there is nothing to do beside it. On leaving, the threads
    end; pieces that were not begun are never done.
    """

    def __init__(self) -> None:
        self.unpackers: Executor = ThreadPoolExecutor(images.MOST, thread_name_prefix="unpack")
        self._model = ThreadPoolExecutor(1, thread_name_prefix="model")
        #: Bytes of files that each piece holds.
        self._under_way: dict[Future[Any], int] = {}
        self._left = False
        #: When a piece was last seen done.
        self.got_on = time.monotonic()

    def leave(self) -> None:
        """End the threads, once what they have begun is done."""
        self._left = True
        self._model.shutdown(cancel_futures=True)
        self.unpackers.shutdown(cancel_futures=True)

    def do(
        self, piece: Callable[[], Made], *, apart: bool, after: Event | None = None, size: int = 0
    ) -> Future[Made]:
        """Have a piece done that holds `size` bytes of files, not before `after`; its future raises what it raises."""

        def begin() -> Made:
            while after is not None and not after.wait(WAIT_SECONDS):
                if self._left:
                    raise CancelledError
            return piece()

        if apart:
            future = self._model.submit(begin)
            self._under_way[future] = size
            return future
        future = Future()
        try:
            future.set_result(begin())
        except BaseException as error:  # as an executor does
            future.set_exception(error)
        return future

    def has_room(self, size: int) -> bool:
        """Whether a piece of `size` bytes may be given: it fits into BATCH_BYTES with those under way, or is alone."""
        self._forget_done()
        held = [size for size in self._under_way.values() if size]
        return not held or (len(held) < MOST_PIECES and sum(held) + size <= settings().batch_bytes)

    def wait(self, seconds: float) -> None:
        """Until another piece is done, or for so long."""
        self._forget_done()
        if self._under_way:
            wait(self._under_way, timeout=seconds, return_when=FIRST_COMPLETED)
            self._forget_done()

    def _forget_done(self) -> None:
        for future in [future for future in self._under_way if future.done()]:
            del self._under_way[future]
            self.got_on = time.monotonic()
