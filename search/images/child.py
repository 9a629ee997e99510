"""A decoder's own side of `process`: unpacks one picture after another until its parent goes away.

Whatever hostile bytes do, they do it here: with little memory and time, no file to write, and none of the host's
passwords in the environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import time
from io import FileIO

from PIL import AvifImagePlugin, Image

from .decoding import Decoded, Limits, UnreadableImage, learn_heic, unpack
from .frames import key_frames
from .wire import FRAMES, read_request, send_picture, send_reason

#: Without work for so long a decoder ends: a process that once saw a picture does not keep one for ever.
IDLE_SECONDS = 60.0
#: What one pixel may cost: four bytes each as stored, as RGBA, on white, reduced, and turned.
_BYTES_OF_A_PIXEL = 24
_BYTES_BESIDES = 128_000_000


def main() -> None:
    """Serve requests on standard input; ends when that is closed, after `IDLE_SECONDS`."""
    requests, replies = FileIO(os.dup(0), "rb"), FileIO(os.dup(1), "wb")
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the parent, whose end ends us
        signal.signal(number, signal.SIG_IGN)
    Image.init()
    learn_heic()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
    send_reason(replies, "ready", "")
    silent = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # libraries in C print what they think of a file
        os.dup2(silent, standard)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while select.select([requests], [], [], IDLE_SECONDS)[0]:
            _answer(*read_request(requests), replies)


def _answer(data: bytes, limits: Limits, replies: FileIO) -> None:
    _confine(len(data), limits)
    try:
        frames = key_frames(data, limits=limits) if limits.moving else []
        found = (
            [unpack(data, limits=limits)]
            if not frames
            else [Decoded(each.image, each.size) for each in frames]
        )
    except UnreadableImage as error:
        send_reason(replies, error.reason, error.detail)
    except MemoryError:
        detail = "The picture needs more memory to unpack than pictures get. Send a smaller copy of it."
        send_reason(replies, "too_much_memory", detail)
    except Exception as error:  # a decoder of Pillow's that did not expect such bytes
        detail = (
            f"The picture can't be unpacked: {type(error).__name__} {error}. Save it again and send that."
        )
        send_reason(replies, "crashes_decoder", detail)
    else:
        for each in found:
            send_picture(replies, each)
        if frames:
            send_reason(replies, FRAMES, json.dumps([each.second for each in frames]))


def _confine(length: int, limits: Limits) -> None:
    """Memory and processor time for the next picture, on top of what this process has and had."""
    memory = _mapped() + _BYTES_BESIDES + 3 * length + _BYTES_OF_A_PIXEL * limits.max_pixels
    seconds = int(time.process_time() + limits.seconds) + 1
    for kind, soft in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        hard = resource.getrlimit(kind)[1]
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit on memory
            resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _mapped() -> int:
    """Bytes of address space that this process has now."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 512_000_000
