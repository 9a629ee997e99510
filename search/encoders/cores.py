"""Threads of torch for each of those who compute at once.

Alone, one has all of them. Threads of one computation wait for one another after each layer; where several compute, or
web processes want the cores too, they mostly wait, and as many computations of one thread each get more done.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Cores:
    """Those that torch had when this was made, for everybody who asks `share` of it."""

    def __init__(self) -> None:
        import torch

        self._threads = torch.get_num_threads()
        self._counting = threading.Lock()
        self._inside = 0

    @contextmanager
    def share(self) -> Iterator[int]:
        """What this thread's torch may use now: an equal part, and one at least."""
        import torch

        with self._counting:
            self._inside += 1
            part = max(1, self._threads // self._inside)
        try:
            # OpenMP keeps a number for each thread. torch sets it to that of the last who set one when the thread first
            # asks, so that comes first.
            torch.get_num_threads()
            torch.set_num_threads(part)
            yield part
        finally:
            with self._counting:
                self._inside -= 1
