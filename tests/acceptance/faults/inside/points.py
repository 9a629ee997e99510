"""Named points of the way of a save at which a process kills, stops or starves itself, without any hook in the product.

They are found from outside: by the SQL that goes to the database, by Django's signals, by the encoder's calls and by
the acknowledgement of a message.
"""

from __future__ import annotations

import os
import re
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import psutil
from django.db.backends.signals import connection_created
from django.db.models import signals
from kombu.message import Message

Point = Literal[
    "after-claim",
    "after-encode",
    "inside-write",
    "before-acknowledgement",
    "before-signal",
    "after-statement",
]
Action = Literal["kill", "stop", "starve"]

#: A statement that leases a batch, and one that locks what is about to be written.
CLAIM = re.compile(r"nextval\('product_search_lease'\)")
WRITE_BEGINS = re.compile(r"SELECT .* FROM product_search_entry WHERE .* FOR UPDATE$", re.DOTALL)
#: Bytes that a starving process may still take.
LAST_BYTES = 48_000_000


@dataclass
class Armed:
    """Do `action` at the `at`-th passage of `point`; inside a write, `after` further statements of its transaction."""

    point: Point
    action: Action = "kill"
    at: int = 1
    after: int = 1
    #: A file that the act leaves behind: where it lies already, a process forked anew does not act again.
    once: str = ""
    #: How many statements until it happens; None while the write has not begun.
    countdown: int | None = None


armed: Armed | None = None


def connect() -> None:
    """Look on wherever a point may be passed; nothing happens until one is armed."""
    connection_created.connect(_watch_connection, dispatch_uid="faults")
    signals.post_save.connect(_saved, dispatch_uid="faults")
    acknowledge = Message.ack_log_error

    def acknowledged(message: Any, *args: Any, **kwargs: Any) -> Any:
        passed("before-acknowledgement")
        return acknowledge(message, *args, **kwargs)

    setattr(Message, "ack_log_error", acknowledged)  # noqa: B010


def passed(point: Point) -> None:
    """Note a passage; the last one that this process makes when it is the armed one."""
    if armed is None or armed.point != point:
        return
    armed.at -= 1
    if armed.at == 0:
        _act(armed.action)


def _act(action: Action) -> None:
    if armed is not None and armed.once:
        try:
            os.close(os.open(armed.once, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
    if action == "starve":
        limit = psutil.Process().memory_info().vms + LAST_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        try:
            bytearray(4 * LAST_BYTES)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)


def _watch_connection(connection: Any, **kwargs: Any) -> None:
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)


def _statement(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    done = execute(sql, params, many, context)
    if armed is None:
        return done
    if armed.point == "inside-write":
        _count_down(sql, context)
    elif CLAIM.search(sql) and context["cursor"].rowcount > 0:
        passed("after-claim")
    elif armed.point == "after-statement" and sql.lstrip().startswith("UPDATE"):
        passed("after-statement")
    return done


def _count_down(sql: str, context: dict[str, Any]) -> None:
    if armed is None:
        return
    if not context["connection"].in_atomic_block:
        armed.countdown = None
    elif WRITE_BEGINS.search(sql.strip()) and context["cursor"].rowcount > 0:
        armed.at -= 1
        armed.countdown = armed.after if armed.at <= 0 else None
    elif armed.countdown is not None:
        armed.countdown -= 1
        if armed.countdown <= 0:
            armed.countdown = None
            _act(armed.action)


def _saved(sender: Any, **kwargs: Any) -> None:
    """The shop's row is written; the plugin, which stands behind us, has not heard of it."""
    if sender._meta.app_label in ("catalog", "variants"):
        passed("before-signal")
