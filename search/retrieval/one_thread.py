"""Work that no search waits for, by a thread that ends when it is done."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any


class OneThread:
    """Does one thing at a time in a daemon thread called `name`; what is asked of it meanwhile is not begun."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self.thread: threading.Thread | None = None
        os.register_at_fork(after_in_child=self._forget)

    def begin(self, work: Callable[..., None], *args: Any) -> threading.Thread:
        """Begin `work`, unless something is under way; the thread that is at work, on this or that."""
        with self._lock:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=work, args=args, name=self._name, daemon=True)
                self.thread.start()
            return self.thread

    def _forget(self) -> None:
        """A forked child has the parent's memory but not its thread, and its lock as it happened to be."""
        self._lock = threading.Lock()
        self.thread = None
