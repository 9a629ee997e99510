"""How far each replica is behind, asked of it and of the primary by connections that nobody waits for long.

Bytes are of the write-ahead log: what the primary has written and the replica has not replayed. Seconds are the age of
the last commit that it replayed, and none where it has replayed all: a shop in which nobody saves is not behind.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from django.db import connections, router
from django.db.migrations.recorder import MigrationRecorder

from ..conf import settings
from ..models import Entry, Generation, Space, State
from .router import aliases

#: How long an answer may take; and a connection (libpq knows no less than two seconds).
ANSWER_SECONDS, CONNECT_SECONDS = 1.0, 2

#: Why a replica is left out: it did not answer; it is further behind than MOST_BEHIND; another space, generation or
#: migration is in force there; it follows no primary (any more).
Fault = Literal["", "silent", "behind", "stage", "alone"]


@dataclass(frozen=True)
class Replica:
    """One replica when it was last asked. `behind_s` and `behind_bytes` are None where nobody knows."""

    alias: str
    fault: Fault = ""
    #: What it said itself, for people who look into it.
    detail: str = ""
    behind_s: float | None = None
    behind_bytes: int | None = None

    @property
    def in_service(self) -> bool:
        """Whether searches are sent there."""
        return not self.fault


class Gauge:
    """Asks all replicas, one after the other, by connections of its own that stay open between two looks."""

    def __init__(self) -> None:
        self._open: dict[str, psycopg.Connection[Any]] = {}
        #: When each replica was last seen to have replayed all, by time.monotonic().
        self._even: dict[str, float] = {}
        self._last: dict[str, Replica] = {}

    def look(self) -> list[Replica]:
        """Each replica of REPLICAS as it is now; those that were silent last time are asked last."""
        try:
            primary: Sequence[Any] | None = self._asked(router.db_for_write(Entry), _PRIMARY)
        except (psycopg.Error, OSError):
            # Then a replica that answers is better than none, however old what it knows may be.
            primary = None
        order = sorted(aliases(), key=lambda alias: self._last.get(alias, _NEW).fault == "silent")
        self._last = {alias: self._seen(alias, primary) for alias in order}
        return [self._last[alias] for alias in aliases()]

    def close(self) -> None:
        """Give back all connections."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def _seen(self, alias: str, primary: Sequence[Any] | None) -> Replica:
        written, clock, wanted = primary or (None, None, None)
        try:
            follows, behind, replayed, stage = self._asked(alias, _REPLICA, [written])
        except psycopg.errors.UndefinedTable as error:
            return Replica(alias, "stage", first_line(error))
        except (psycopg.Error, OSError) as error:
            return Replica(alias, "silent", first_line(error))
        if not follows:
            return Replica(alias, "alone")
        if primary is None:
            return Replica(alias)
        now = time.monotonic()
        seconds: float | None = 0.0
        if behind > 0:
            known = [] if replayed is None else [max(clock - replayed, 0.0)]
            known += [now - self._even[alias]] if alias in self._even else []
            seconds = min(known, default=None)
        else:
            self._even[alias] = now
        fault: Fault = ""
        if seconds is None or seconds > settings().most_behind:
            fault = "behind"
        elif stage != wanted:
            fault = "stage"
        return Replica(alias, fault, behind_s=seconds, behind_bytes=max(int(behind), 0))

    def _asked(self, alias: str, sql: str, parameters: Sequence[Any] = ()) -> Sequence[Any]:
        """The one row of a statement. Raises `psycopg.Error`, also where the answer takes longer than it may."""
        connection = self._open.get(alias)
        if connection is None or connection.closed:
            connection = self._open[alias] = _connected(alias)
        late = threading.Timer(ANSWER_SECONDS, hang_up, [connection])
        late.daemon = True
        late.start()
        try:
            row: Sequence[Any] | None = connection.execute(sql, parameters).fetchone()
        except psycopg.Error:
            connection.close()
            raise
        finally:
            late.cancel()
        return row or ()


def hang_up(connection: psycopg.Connection[Any]) -> None:
    """End what a server that does not answer keeps waiting; who waits gets an `OperationalError` at once."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
    except (psycopg.Error, OSError):  # it has ended by itself
        pass


def _connected(alias: str) -> psycopg.Connection[Any]:
    parameters = connections[alias].get_connection_params()
    # What makes Django's cursors of it, and its adapters, are of no use here.
    for name in ("cursor_factory", "context"):
        parameters.pop(name, None)
    parameters |= {"connect_timeout": CONNECT_SECONDS, "autocommit": True}
    connection: psycopg.Connection[Any] = psycopg.connect(**parameters)
    return connection


def first_line(error: Exception) -> str:
    """What an error says, without the hints below."""
    return str(error).strip().partition("\n")[0]


_NEW = Replica("")
_SERVING = "(SELECT max(id) FROM {} WHERE state = '{}')"
# What a search goes by, and the tables that the code expects: equal, or the replica answers for another time.
_STAGE = "json_build_array((SELECT max(id) FROM {}), {}, {})::text".format(  # noqa: S608
    MigrationRecorder.Migration._meta.db_table,
    *(_SERVING.format(model._meta.db_table, State.SERVING) for model in (Space, Generation)),
)
_PRIMARY = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text,"  # noqa: S608
    f" extract(epoch FROM clock_timestamp())::float8, {_STAGE}"
)
_REPLICA = (
    "SELECT pg_is_in_recovery(), pg_wal_lsn_diff(%s::pg_lsn, pg_last_wal_replay_lsn())::bigint,"  # noqa: S608
    f" extract(epoch FROM pg_last_xact_replay_timestamp())::float8, {_STAGE}"
)
