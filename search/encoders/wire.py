"""What the processes of a host and its one encoder process say to each other: a head of JSON, then plain numbers.

A message is the length of its head (4 bytes, big-endian), the head, and `bytes` bytes of RGB pixels or of float32.
Nothing is ever unpickled.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

_LENGTH = struct.Struct(">I")
#: A head holds the texts of one request.
MOST_HEAD = 16_000_000
#: What follows it: some hundred pictures.
MOST_BYTES = 512_000_000


class BadMessage(ValueError):
    """Bytes that are no message of ours."""


def packed(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """A message as it is sent."""
    written = json.dumps({**head, "bytes": len(body)}).encode()
    return b"".join((_LENGTH.pack(len(written)), written, body))


def head_length(prefix: bytes) -> int:
    """How long a message's head is, from its first 4 bytes. Raises `BadMessage`."""
    (length,) = _LENGTH.unpack(prefix)
    if length > MOST_HEAD:
        raise BadMessage(f"a head of {length} bytes")
    return int(length)


def head_of(written: bytes) -> dict[str, Any]:
    """The head, of which `bytes` says how many follow. Raises `BadMessage`."""
    try:
        head = json.loads(written)
        follow = head["bytes"]
    except (ValueError, TypeError, KeyError) as error:
        raise BadMessage("no head") from error
    if not isinstance(follow, int) or not 0 <= follow <= MOST_BYTES:
        raise BadMessage(f"a body of {follow!r} bytes")
    return dict(head)
