"""What something costs in processor time, on both sides of the connection, and how a cost grows with the shop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection

#: Of /proc/PID/stat, counted from the state, which follows the name in brackets: user and system time, in ticks.
_USER, _SYSTEM = 11, 12


@dataclass(frozen=True)
class Cost:
    """Of one question: milliseconds until its answer, for the median and the 95th percentile; processor time of the
    PostgreSQL session and of this process, means in milliseconds.
    """

    p50_ms: float
    p95_ms: float
    postgres_ms: float
    client_ms: float


def cost_of(ask: Callable[[str], Any], questions: Iterable[str]) -> Cost:
    """What `ask` costs for these questions, one after the other by this thread's connection.

    PostgreSQL gets no parallel workers meanwhile: their time is not the session's, and where many search at once there
    are no idle cores to give them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    taken: list[float] = []
    postgres, client = _cpu_seconds(session), time.process_time()
    for question in questions:
        begun = time.perf_counter()
        ask(question)
        taken.append(time.perf_counter() - begun)
    postgres, client = _cpu_seconds(session) - postgres, time.process_time() - client
    with connection.cursor() as cursor:
        cursor.execute("RESET max_parallel_workers_per_gather")
    p50, p95 = np.percentile(taken, [50, 95]) * 1000
    return Cost(
        round(float(p50), 2),
        round(float(p95), 2),
        round(postgres / len(taken) * 1000, 2),
        round(client / len(taken) * 1000, 2),
    )


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Growth:
    """`factor * products ** exponent`: a cost as a power of how many products there are."""

    factor: float
    exponent: float

    @classmethod
    def of(cls, seen: Mapping[int, float]) -> Growth:
        """The line through the logarithms of what was seen, by least squares; of two sizes at least."""
        products = np.log(list(seen))
        exponent, offset = np.polyfit(products, np.log(np.maximum(list(seen.values()), 1e-9)), 1)
        return cls(float(np.exp(offset)), float(exponent))

    def at(self, products: int) -> float:
        """The cost of so many."""
        return self.factor * products**self.exponent
