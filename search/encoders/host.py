"""One encoder process for all processes of a host: what several ask at the same moment is computed in batches.

Texts and pictures have threads of their own, so that a worker's pictures hold up no query. Each thread takes a batch of
what waits: several compute at once, which gets more done than all cores on one batch (`cores`). What waits too long, or
comes when too much waits, is told so and computed for nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import stat
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from PIL import Image

from . import wire
from .errors import EncoderError
from .protocol import Encoder

logger = logging.getLogger(__name__)

#: Items of one call of the model.
BATCH = 32
#: Items that may wait; more would only be late.
MOST_WAITING = 512
#: Batches of one kind that are computed at once.
LANES = os.cpu_count() or 1
#: Share of the time a batch took that the next one waits for those who were answered to ask again.
PATIENCE = 0.1
Kind = Literal["texts", "images"]


#: The digest of the model, and its vectors, float32 row by row.
Answer: TypeAlias = tuple[str, bytes]


@dataclass(eq=False)
class Job:
    """What one request asks, until `ends` (monotonic seconds)."""

    name: str
    items: Sequence[Any]
    ends: float
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Refused(Exception):
    """Why a request gets no vectors, in words for whoever asked."""


class Line:
    """What waits to be encoded of one kind, and the loop that takes it in batches, the first come first."""

    def __init__(self, kind: Kind, load: Callable[[str], Encoder]) -> None:
        self._kind = kind
        self._load = load
        self._waiting: deque[Job] = deque()
        self._some = asyncio.Event()
        #: How many may ask next, and the seconds that the last batch took.
        self._expected = 0, 0.0
        self._gathering = asyncio.Lock()
        self._threads = ThreadPoolExecutor(LANES, thread_name_prefix=f"encoder-{kind}")

    async def encode(self, job: Job) -> Answer:
        """The vectors of the job's items. Raises `Refused`."""
        self._drop_late()
        if sum(len(each.items) for each in self._waiting) + len(job.items) > MOST_WAITING:
            raise Refused("too much waits for the encoder process")
        self._waiting.append(job)
        self._some.set()
        return await job.answer

    async def run(self) -> None:
        """Work for ever, as one of LANES."""
        while True:
            async with self._gathering:
                await self._some.wait()
                await self._gather()
                batch = self._batch()
                if self._waiting:
                    self._some.set()  # what one batch left is the next one's
                else:
                    self._some.clear()
            if batch:
                await self._answer(batch)

    async def _gather(self) -> None:
        """Wait a moment for those whom the last batch answered: they ask again nearly together, and a batch of the
        first of them alone would hold up all others. Who asks alone does not wait.
        """
        jobs, seconds = self._expected
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds * PATIENCE):
                while len(self._waiting) < jobs:
                    self._some.clear()
                    await self._some.wait()

    def _batch(self) -> list[Job]:
        """The next jobs of one model, BATCH items or one job."""
        self._drop_late()
        batch: list[Job] = []
        while self._waiting:
            job = self._waiting[0]
            items = sum(len(each.items) for each in batch)
            if batch and (job.name != batch[0].name or items + len(job.items) > BATCH):
                break
            batch.append(self._waiting.popleft())
        return batch

    def _drop_late(self) -> None:
        """Refuse what nobody waits for any more."""
        late = [job for job in self._waiting if job.answer.done() or job.ends < time.monotonic()]
        for job in late:
            self._waiting.remove(job)
            _refuse(job, "it waited too long for the encoder process")

    async def _answer(self, batch: Sequence[Job]) -> None:
        items = [item for job in batch for item in job.items]
        loop, begun = asyncio.get_running_loop(), time.monotonic()
        try:
            digest, vectors = await loop.run_in_executor(self._threads, self._encoded, batch[0].name, items)
            self._expected = min(len(batch) + len(self._waiting), BATCH), time.monotonic() - begun
        except EncoderError as error:
            for job in batch:
                _refuse(job, str(error))
            return
        except Exception as error:  # whatever a model's runtime throws
            logger.exception("The encoder %s failed.", batch[0].name)
            for job in batch:
                _refuse(job, f"the encoder failed ({type(error).__name__})")
            return
        start = 0
        for job in batch:
            if not job.answer.done():
                job.answer.set_result((digest, vectors[start : start + len(job.items)].tobytes()))
            start += len(job.items)

    def _encoded(self, name: str, items: Sequence[Any]) -> tuple[str, Any]:
        encoder = self._load(name)
        encode = encoder.encode_texts if self._kind == "texts" else encoder.encode_images
        vectors = encode(items, batch_size=BATCH)
        return encoder.info.digest, np.ascontiguousarray(vectors, dtype=np.float32)

    def close(self) -> None:
        """Take nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Host:
    """Answers requests for models that `load` gives by name; `load` may take seconds, and is called by one thread."""

    def __init__(self, load: Callable[[str], Encoder]) -> None:
        self._load = load
        self._loading = threading.Lock()
        self._talks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.lines: dict[Kind, Line] = {kind: Line(kind, self._loaded) for kind in ("texts", "images")}

    def _loaded(self, name: str) -> Encoder:
        with self._loading:
            return self._load(name)

    async def serve(self, path: str, ready: Callable[[], None] = lambda: None) -> None:
        """Listen at the Unix socket `path`, which only this user may open, until SIGTERM or SIGINT.

        Raises `EncoderError` where another process listens there.
        """
        _make_room(path)
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._accept, path, limit=wire.MOST_HEAD)
        finally:
            os.umask(before)
        runs = [asyncio.create_task(line.run()) for line in self.lines.values() for _ in range(LANES)]
        ready()
        try:
            await ended.wait()
        finally:
            server.close()
            for writer in self._talks.values():
                writer.transport.abort()
            for task in (*self._talks, *runs):  # nobody would answer a talk that waits for its vectors
                task.cancel()
            await asyncio.gather(*self._talks, *runs, return_exceptions=True)
            for line in self.lines.values():
                line.close()
            with contextlib.suppress(FileNotFoundError):
                Path(path).unlink()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks[talk] = writer
        talk.add_done_callback(self._talks.pop)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, one request after the other."""
        try:
            while True:
                prefix = await reader.readexactly(4)
                head = wire.head_of(await reader.readexactly(wire.head_length(prefix)))
                body = await reader.readexactly(head["bytes"])
                writer.write(await self._answer(head, body))
                await writer.drain()
        except (asyncio.IncompleteReadError, wire.BadMessage, ConnectionError):
            pass  # it has gone, or is none of ours
        finally:
            writer.close()

    async def _answer(self, head: dict[str, Any], body: bytes) -> bytes:
        try:
            name, seconds = str(head["name"]), float(head["seconds"])
            if head["op"] == "info":
                loop = asyncio.get_running_loop()
                encoder = await loop.run_in_executor(None, self._loaded, name)
                facts = getattr(encoder, "facts", None)
                return wire.packed(
                    {
                        "ok": True,
                        "info": asdict(encoder.info),
                        "facts": None if facts is None else asdict(facts),
                    }
                )
            kind: Kind = "texts" if head["op"] == "texts" else "images"
            items = head["texts"] if kind == "texts" else _pictures(head["sizes"], body)
            digest, vectors = await self.lines[kind].encode(Job(name, items, time.monotonic() + seconds))
        except (Refused, EncoderError) as error:
            return wire.packed({"ok": False, "detail": str(error)})
        except (KeyError, TypeError, ValueError) as error:
            return wire.packed({"ok": False, "detail": f"the request can't be read: {error!r}"})
        return wire.packed({"ok": True, "digest": digest}, vectors)


def _pictures(sizes: Sequence[Sequence[int]], body: bytes) -> list[Image.Image]:
    found, start = [], 0
    for width, height in sizes:
        length = width * height * 3
        found.append(Image.frombytes("RGB", (width, height), body[start : start + length]))
        start += length
    return found


def _refuse(job: Job, why: str) -> None:
    if not job.answer.done():
        job.answer.set_exception(Refused(why))


def _make_room(path: str) -> None:
    """Remove a socket that a process left behind when it was killed."""
    place = Path(path)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        return
    if not stat.S_ISSOCK(place.stat().st_mode):
        raise EncoderError(f"{path} is a file and no socket. Name another path: ENCODER_SOCKET.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            place.unlink()
            return
    raise EncoderError(f"An encoder process listens at {path} already.")
