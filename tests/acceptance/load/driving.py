"""The generator of the load, run from a test in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.acceptance.shops import ROOT, with_this_repository


@dataclass(frozen=True)
class Outcome:
    """What became of one request: when it was due (seconds from the start), how long it took, and its status."""

    at: float
    ms: float
    kind: str
    status: int | str


def driven(
    port: int,
    requests: Sequence[tuple[str, bytes]],
    *,
    seconds: float,
    seed: int,
    rate: float = 0,
    users: int = 0,
) -> list[Outcome]:
    """What came of `rate` requests a second, each of a kind, or of so many `users` who ask without a pause."""
    plan: dict[str, Any] = {"port": port, "rate": rate, "seconds": seconds, "seed": seed, "users": users}
    plan["requests"] = [{"kind": kind, "hex": raw.hex()} for kind, raw in requests]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.load.generator"],
        cwd=ROOT,
        env=with_this_repository(),
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
    )
    return [Outcome(*each) for each in json.loads(ran.stdout)]
