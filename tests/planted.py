"""Faults planted in the decoders: a Pillow plugin that does to its process what its file says.

`b"BMsleep"` stands for a decoder that never comes back, `b"BMsegv"` for one with a hole in it, and so on.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest
from PIL import BmpImagePlugin, Image

from product_search.images import child, close_decoders, process

SLEEP_SECONDS = 6.0


@contextmanager
def planted(**constants: Any) -> Iterator[None]:
    """New decoders know the plugin, and have these `constants` in their own module, until the block ends."""
    close_decoders()
    arguments = json.dumps(constants)
    code = f"import tests.planted; tests.planted.serve({arguments!r})"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "_CODE", process._CODE.rpartition(";")[0].rpartition(";")[0] + "; " + code)
        yield
    close_decoders()


def serve(constants: str) -> None:
    """A decoder's main, with the plugin."""
    for name, value in json.loads(constants).items():
        setattr(child, name, value)
    Image.register_open("BMP", _opened, lambda start: start.startswith(b"BM"))
    child.main()


def _opened(file: IO[bytes], name: Any) -> Any:
    order = file.read()[2:].decode("ascii", "replace")
    file.seek(0)
    if order == "sleep":
        time.sleep(SLEEP_SECONDS)
    elif order == "loop":
        while True:
            pass
    elif order == "memory":
        bytearray(1 << 40)
    elif order == "bug":
        raise AssertionError("as no decoder should")
    elif order == "secret":
        raise AssertionError(os.environ.get("DATABASE_URL", "no password here"))
    elif order.startswith("write "):
        with open(order.removeprefix("write "), "wb") as stolen:
            stolen.write(b"stolen")
    elif order in {"segv", "kill", "term"}:
        os.kill(os.getpid(), getattr(signal, f"SIG{order.upper()}"))
    else:
        return BmpImagePlugin.BmpImageFile(file, name)
    return Image.new("RGB", (1, 1), "red")
