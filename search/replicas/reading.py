"""Sends a whole search to one replica, and to the primary where that fails: a search only reads, so it can be asked
twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import psycopg
from django.db import (
    Error,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connections,
    router,
)

from ..conf import settings
from ..models import Entry
from . import fleet as fleets
from .measuring import first_line
from .router import PRIMARY, chosen, reading

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")
#: A statement that took longer than the host lets it: it would take as long on the primary.
_TOO_SLOW = psycopg.errors.QueryCanceled.sqlstate


def from_replica(answer: Callable[_Asked, _Answer]) -> Callable[_Asked, _Answer]:
    """`answer`, whose every read comes from one replica that is in service; from the primary where there is none, and
    within a transaction that has begun there, whose own writes no replica has.
    """

    @wraps(answer)
    def answered(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Answer:
        if chosen() is not None or not settings().replicas:
            return answer(*args, **kwargs)
        alias = PRIMARY if _is_writing() else fleets.fleet.choose()
        if alias != PRIMARY:
            try:
                with fleets.fleet.searching(alias), reading(alias):
                    return answer(*args, **kwargs)
            except (OperationalError, InterfaceError, InternalError, ProgrammingError) as error:
                if not _is_at_fault(alias, error):
                    raise
                fleets.fleet.leave_out(alias, first_line(error))
        with reading(PRIMARY):
            return answer(*args, **kwargs)

    return answered


def _is_writing() -> bool:
    """Whether a transaction of this thread has begun on the primary: it may have written what it looks for."""
    connection: Any = connections[router.db_for_write(Entry)]
    if not connection.in_atomic_block or connection.connection is None:
        return False
    return bool(connection.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE)


def _is_at_fault(alias: str, error: Error) -> bool:
    """Whether the replica failed, and the primary may do better; then its connection is closed."""
    connection = connections[alias]
    lost = connection.connection is None or connection.connection.closed
    if not lost and getattr(error.__cause__, "sqlstate", None) == _TOO_SLOW:
        return False
    with contextlib.suppress(Error):
        connection.close()
    return True
