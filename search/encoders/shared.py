"""The encoder process of this host behind the protocol: a web process asks it over a Unix socket and holds no model."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import wire
from .errors import EncoderUnavailable
from .protocol import EncoderInfo, ModelFacts, Vectors, in_batches

if TYPE_CHECKING:
    from PIL import Image

#: How long a query waits for its vector before it is searched by its words alone; each further item adds ITEM_SECONDS.
WAIT_SECONDS = 2.0
ITEM_SECONDS = 1.0
#: For a model that the encoder process has yet to load.
LOAD_SECONDS = 120.0


class SharedEncoder:
    """The model `name` in the process that listens at `path`. Threads may share it, and forked children too.

    What can't be had in time raises `EncoderUnavailable`: searches go on by words, and the next one asks again.
    """

    def __init__(self, path: str, name: str) -> None:
        self._path, self._name = path, name
        self._local = _Connections()
        head, _ = self._ask({"op": "info"}, seconds=LOAD_SECONDS)
        self.info = EncoderInfo(**head["info"])
        self.facts = None if head["facts"] is None else ModelFacts(**head["facts"])

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Vectors:
        """`(n, dim)` float32, rows of length 1. Raises `EncoderUnavailable`."""

        def encode(batch: Sequence[str]) -> Vectors:
            return self._vectors({"op": "texts", "texts": list(batch)}, len(batch))

        return in_batches(texts, batch_size, encode, dim=self.info.dim)

    def encode_images(self, images: Sequence[Image.Image], *, batch_size: int = 32) -> Vectors:
        """`(n, dim)` float32, rows of length 1. Raises `EncoderUnavailable`."""

        def encode(batch: Sequence[Image.Image]) -> Vectors:
            pixels = b"".join(image.convert("RGB").tobytes() for image in batch)
            head = {"op": "images", "sizes": [image.size for image in batch]}
            return self._vectors(head, len(batch), pixels)

        return in_batches(images, batch_size, encode, dim=self.info.dim)

    def _vectors(self, head: dict[str, Any], count: int, body: bytes = b"") -> Vectors:
        answer, numbers = self._ask(head, body, seconds=WAIT_SECONDS + ITEM_SECONDS * (count - 1))
        if answer["digest"] != self.info.digest:
            raise EncoderUnavailable("the encoder process has other weights by now; restart this process too")
        return np.frombuffer(numbers, dtype=np.float32).reshape(count, self.info.dim).copy()

    def _ask(
        self, head: dict[str, Any], body: bytes = b"", *, seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        message = wire.packed({**head, "name": self._name, "seconds": seconds}, body)
        for used in (True, False):  # one that was kept may belong to a process that has been started anew
            connection = self._local.take() if used else None
            if used and connection is None:
                continue
            try:
                connection = connection or _connected(self._path)
                connection.settimeout(seconds)
                connection.sendall(message)
                answer, numbers = _received(connection)
            except (OSError, wire.BadMessage) as error:
                if connection is not None:
                    connection.close()
                if used and not isinstance(error, TimeoutError):
                    continue
                raise EncoderUnavailable(
                    f"the encoder process at {self._path} does not answer ({str(error) or type(error).__name__}); "
                    "`manage.py encoder serve` starts it"
                ) from error
            self._local.keep(connection)
            if not answer["ok"]:
                raise EncoderUnavailable(str(answer["detail"]))
            return answer, numbers
        raise AssertionError("the second way returns or raises")


class _Own:
    """A thread's connection, and the process that made it: it ends with the thread."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.process = connection, os.getpid()

    def __del__(self) -> None:
        self.connection.close()


class _Connections:
    """A connection for each thread of each process: one serves one request at a time."""

    def __init__(self) -> None:
        self._kept = threading.local()

    def take(self) -> socket.socket | None:
        """This thread's, if one is kept and was not its parent's."""
        own: _Own | None = getattr(self._kept, "own", None)
        return own.connection if own is not None and own.process == os.getpid() else None

    def keep(self, connection: socket.socket) -> None:
        """For this thread's next request."""
        own: _Own | None = getattr(self._kept, "own", None)
        if own is None or own.connection is not connection:
            self._kept.own = _Own(connection)


def _connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(WAIT_SECONDS)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def _received(connection: socket.socket) -> tuple[dict[str, Any], bytes]:
    head = wire.head_of(_exactly(connection, wire.head_length(_exactly(connection, 4))))
    return head, _exactly(connection, head["bytes"])


def _exactly(connection: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(min(length - len(parts), 1 << 20))
        if not part:
            raise ConnectionResetError("it has gone")
        parts += part
    return bytes(parts)
