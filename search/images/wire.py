"""What a host's process and its decoders say to each other over two pipes: numbers and pixels, never objects.

A request is its head and the file's bytes; a reply its head and pixels, or why there are none. Of a video each frame is
a reply, and the last one says `frames` and at which seconds. The first reply of a decoder says that it is ready. The
host's ends don't block: while `left()` is positive it waits so many seconds and asks again, then raises TimeoutError.
"""

from __future__ import annotations

import json
import select
import struct
from collections.abc import Callable
from io import FileIO
from typing import NamedTuple

from .decoding import Decoded, Limits

Left = Callable[[], float]

#: The last reply to a video, in the place of a reason.
FRAMES = "frames"

_REQUEST = struct.Struct(">IQQIdd")
_REPLY = struct.Struct(">?IIIII")


class Reply(NamedTuple):
    """Head of a reply: sizes in pixels, as sent and of the whole file, and the bytes that follow."""

    is_picture: bool
    width: int
    height: int
    full_width: int
    full_height: int
    length: int


def send_request(pipe: FileIO, data: bytes, limits: Limits, *, left: Left) -> None:
    """One file to unpack. Raises OSError where nobody reads."""
    side = limits.reduce_to or 0
    head = _REQUEST.pack(len(data), limits.max_bytes, limits.max_pixels, side, limits.seconds, limits.moving)
    _write(pipe, head, left)
    _write(pipe, data, left)


def read_request(pipe: FileIO) -> tuple[bytes, Limits]:
    """The next file and its limits. Raises EOFError where the other side has gone."""
    length, most_bytes, most_pixels, side, seconds, moving = _REQUEST.unpack(_read(pipe, _REQUEST.size))
    limits = Limits(
        max_bytes=most_bytes, max_pixels=most_pixels, reduce_to=side or None, seconds=seconds, moving=moving
    )
    return bytes(_read(pipe, length)), limits


def send_picture(pipe: FileIO, found: Decoded) -> None:
    """A picture's RGB pixels, row by row."""
    pixels = found.image.tobytes()
    _write(pipe, _REPLY.pack(True, *found.image.size, *found.size, len(pixels)))
    _write(pipe, pixels)


def send_reason(pipe: FileIO, reason: str, detail: str) -> None:
    """Why there is no picture."""
    text = json.dumps([reason, detail[:1000]]).encode()
    _write(pipe, _REPLY.pack(False, 0, 0, 0, 0, len(text)) + text)


def read_reply(pipe: FileIO, *, most: int, left: Left) -> tuple[Reply, bytearray]:
    """A reply's head and what follows. Raises EOFError where it does not come, or claims more than `most` bytes."""
    head = Reply(*_REPLY.unpack(_read(pipe, _REPLY.size, left)))
    if head.length > most:
        raise EOFError
    return head, _read(pipe, head.length, left)


def _read(pipe: FileIO, length: int, left: Left | None = None) -> bytearray:
    found = bytearray(length)
    rest = memoryview(found)
    while rest:
        count = pipe.readinto(rest)
        if count is None:
            _wait(pipe, select.POLLIN, left)
        elif count == 0:
            raise EOFError
        else:
            rest = rest[count:]
    return found


def _write(pipe: FileIO, content: bytes, left: Left | None = None) -> None:
    rest = memoryview(content)
    while rest:
        count = pipe.write(rest)
        if count is None:
            _wait(pipe, select.POLLOUT, left)
        else:
            rest = rest[count:]


def _wait(pipe: FileIO, event: int, left: Left | None) -> None:
    waiting = select.poll()
    waiting.register(pipe, event)
    while left is None or (seconds := left()) > 0:
        if waiting.poll(None if left is None else seconds * 1000):
            return
    raise TimeoutError
