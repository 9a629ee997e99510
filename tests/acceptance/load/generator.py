"""`python -m tests.acceptance.load.generator < plan.json > outcomes.json`: an open-loop load, in a process of its own.

Each request is sent at its time whether or not others came back, as shoppers do, and its latency counts from then: a
server that stalls is not asked less, and what waits in the generator counts as waiting. Each has a connection of its
own, as nginx makes them. No more than sockets and asyncio, so that the generator costs little beside the server.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

#: An answer that takes longer is an error.
PATIENCE_S = 30.0


@dataclass
class Load:
    """Requests as bytes by kind, sent to one port at a mean `rate` a second."""

    port: int
    requests: Sequence[tuple[str, bytes]]
    outcomes: list[tuple[float, float, str, int | str]] = field(default_factory=list)

    async def run(self, rate: float, seconds: float, seed: int) -> None:
        """Poisson arrivals: the mean is `rate`, and some come together."""
        dice, begun, at = random.Random(seed), time.perf_counter(), 0.0
        tasks = []
        while (at := at + dice.expovariate(rate)) < seconds:
            kind, request = dice.choice(self.requests)
            await asyncio.sleep(begun + at - time.perf_counter())
            tasks.append(asyncio.create_task(self._ask(kind, request, begun, at)))
        await asyncio.gather(*tasks)

    async def crowd(self, users: int, seconds: float, seed: int) -> None:
        """Closed loop, to see about how much there is to be had: each user asks again when the answer is there."""
        dice, begun = random.Random(seed), time.perf_counter()

        async def use() -> None:
            while (at := time.perf_counter() - begun) < seconds:
                kind, request = dice.choice(self.requests)
                await self._ask(kind, request, begun, at)

        await asyncio.gather(*(use() for _ in range(users)))

    async def _ask(self, kind: str, request: bytes, begun: float, at: float) -> None:
        try:
            status: int | str = await asyncio.wait_for(self._status(request), PATIENCE_S)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            status = f"{type(error).__name__}: {error}"
        self.outcomes.append((at, (time.perf_counter() - begun - at) * 1000, kind, status))

    async def _status(self, request: bytes) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
            }
            await reader.readexactly(int(headers["content-length"]))
        finally:
            writer.close()
        return int(head[0].split(" ")[1])


def main(plan: dict[str, Any]) -> list[tuple[float, float, str, int | str]]:
    """Each request's time, its latency in milliseconds, its kind, and its status or what failed."""
    requests = [(each["kind"], bytes.fromhex(each["hex"])) for each in plan["requests"]]
    load = Load(plan["port"], requests)
    gc.disable()
    asyncio.run(
        load.run(plan["rate"], plan["seconds"], plan["seed"])
        if plan["rate"]
        else load.crowd(plan["users"], plan["seconds"], plan["seed"])
    )
    return load.outcomes


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
