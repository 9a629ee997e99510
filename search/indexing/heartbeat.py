"""Signs of life, by the database's clock, and jobs that run often but never cost much."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from django.db import connections

from ..models import Heartbeat

TABLE = Heartbeat._meta.db_table
#: A job that took t seconds is not run again for this many times t, so it costs 5 % of the time at most.
REST = 20
#: Heartbeats of processes that are long gone are dropped.
FORGET_DAYS = 1


def beat(name: str, *, using: str, **detail: Any) -> None:
    """Note that `name` lives, with what is worth showing."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (name, beaten_at, detail) VALUES (%s, statement_timestamp(), %s::jsonb)"
            " ON CONFLICT (name) DO UPDATE SET beaten_at = excluded.beaten_at, detail = excluded.detail",
            [name[:200], json.dumps(detail)],
        )


def add(name: str, count: int, *, using: str) -> None:
    """Note that `name` lives, and add `count` to the "count" in its detail."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} AS kept (name, beaten_at, detail)"
            " VALUES (%s, statement_timestamp(), jsonb_build_object('count', %s::bigint))"
            " ON CONFLICT (name) DO UPDATE SET beaten_at = excluded.beaten_at, detail = jsonb_build_object("
            "'count', coalesce((kept.detail->>'count')::bigint, 0) + (excluded.detail->>'count')::bigint)",
            [name[:200], count],
        )


def touch(name: str, *, using: str) -> None:
    """Note that `name` lives, and leave what it last reported as it is."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (name, beaten_at, detail) VALUES (%s, statement_timestamp(), '{{}}')"
            " ON CONFLICT (name) DO UPDATE SET beaten_at = excluded.beaten_at",
            [name[:200]],
        )


def age(name: str, *, using: str) -> tuple[float, dict[str, Any]] | None:
    """Seconds since the last beat of `name`, and its detail; None when it never beat."""
    return ages(name, using=using).get(name)


def ages(prefix: str, *, using: str) -> dict[str, tuple[float, dict[str, Any]]]:
    """Age in seconds and detail of every heartbeat whose name begins with `prefix`."""
    seconds = "extract(epoch FROM clock_timestamp() - beaten_at)::float8"
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT name, {seconds}, detail::text FROM {TABLE} WHERE starts_with(name, %s) ORDER BY 2",
            [prefix],
        )
        rows = cursor.fetchall()
    return {name: (since, json.loads(detail)) for name, since, detail in rows}


def forget(name: str, *, using: str) -> None:
    """Drop the heartbeat of `name`, where there is one: what it said is over."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE name = %s", [name[:200]])


def run_rested(name: str, job: Callable[[], Any], *, using: str, at_least: float = 0.0) -> None:
    """Run `job` unless it ran less than `at_least` seconds, or REST times its own duration, ago.

    What a job did by a rule of its own that makes it rare, as books are kept after 5 % of growth, needs no rest: a job
    that returns True did so, and only a look that found nothing to do is rested from.
    """
    last = age(name, using=using)
    if last is not None and last[0] < max(at_least, REST * float(last[1].get("took", 0.0))):
        return
    begun = time.monotonic()
    did = job() is True
    lasted = time.monotonic() - begun
    beat(name, using=using, took=0.0 if did else lasted, lasted=lasted)


def forget_old(using: str) -> None:
    """Drop heartbeats of workers and beats that have been silent for a day."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TABLE} WHERE beaten_at < statement_timestamp() - make_interval(days => %s)"
            " AND (starts_with(name, 'worker:') OR starts_with(name, 'beat:'))",
            [FORGET_DAYS],
        )
