"""Waits for what other processes do: the worker to index, the web server to answer."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from tqdm import tqdm

from product_search.indexing import books_are_kept, health

from ..models import Product
from .errors import DemoFailed

#: Without any progress for so long something is wrong; on a busy machine a worker takes a minute to load its model.
PATIENCE_S = 240.0


def serves() -> bool:
    """Whether searches are answered: then the shop can open, and what is left is indexed meanwhile."""
    now = health.health()
    return now.serving and now.fresh > 0


def wait_for_index(check: Callable[[], None]) -> tuple[int, float]:
    """Show a bar until every product is indexed and searches are as good as they get.

    Gives (products that were waiting, seconds). `check` raises when a process has died. Raises `DemoFailed` when
    indexing stands still, with what mends it.
    """
    started = moved = time.monotonic()
    total, before = Product.objects.count(), -1
    waiting = 0
    with tqdm(total=total, desc="Indexing", unit=" products", leave=False, dynamic_ncols=True) as bar:
        while True:
            check()
            now = health.health()
            done = now.fresh + now.parked
            if before < 0:
                waiting = max(total - done, 0)
            if done != before:
                before, moved = done, time.monotonic()
                bar.update(max(min(done, total) - bar.n, 0))  # a product saved again waits again
            idle = not now.marks and not now.waiting and not now.failing
            if now.serving and idle and done >= total and books_are_kept():
                return waiting, time.monotonic() - started
            if time.monotonic() - moved > PATIENCE_S:
                reasons = "\n".join(map(str, now.problems)) or "Run `manage.py index --status`."
                raise DemoFailed(f"Nothing was indexed for {PATIENCE_S:.0f} s. {reasons}")
            time.sleep(0.1)


def wait_for_web(url: str, check: Callable[[], None]) -> None:
    """Return once `url` answers with a page; raises `DemoFailed` with the page's status when it answers an error."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        check()
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310
                answer.read()
            return
        except urllib.error.HTTPError as error:
            raise DemoFailed(f"{url} answers {error.code}; see the web server's log.") from error
        except OSError as error:
            if time.monotonic() > deadline:
                raise DemoFailed(f"{url} does not answer: {error}") from error
            time.sleep(0.05)


def check_port(port: int) -> None:
    """Raise `DemoFailed` when 127.0.0.1:port can't be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoFailed(
                f"Port {port} is taken ({error.strerror}). Choose another: make demo PORT={port + 1}"
            ) from error
