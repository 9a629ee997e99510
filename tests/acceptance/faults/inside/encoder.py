"""The encoder of the fault tests: a line in a file for each content that it was given, before it answers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from product_search.encoders import EncoderInfo, Vectors

from .. import vectors
from . import points

#: Where calls are written; set in each process by `nursery`.
calls: Path | None = None


class CountingEncoder:
    """What `hash:48` means in the fault tests."""

    def __init__(self, dim: int) -> None:
        if dim != vectors.DIM:
            raise ValueError(f"dim is {dim}; the oracle expects {vectors.DIM}")
        name = hashlib.sha256(b"faults").hexdigest()
        self.info = EncoderInfo(f"hash:{dim}", name, name, name, dim, image_size=1)

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Vectors:
        """`(n, DIM)` float32, rows of length 1."""
        _note([vectors.content_of_text(text) for text in texts])
        return _stacked([vectors.of_text(text) for text in texts])

    def encode_images(self, images: Sequence[Image.Image], *, batch_size: int = 32) -> Vectors:
        """`(n, DIM)` float32, rows of length 1."""
        _note([vectors.content_of_picture(image) for image in images])
        return _stacked([vectors.of_picture(image) for image in images])


def _stacked(rows: list[Vectors]) -> Vectors:
    return np.stack(rows) if rows else np.empty((0, vectors.DIM), dtype=np.float32)


def _note(contents: Sequence[bytes]) -> None:
    """One write, which a kill can't cut in two; then the point at which a process may be told to die."""
    if calls is not None and contents:
        lines = "".join(f"{hashlib.sha256(content).hexdigest()}\n" for content in contents)
        handle = os.open(calls, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, lines.encode())
        os.close(handle)
    if contents:
        points.passed("after-encode")
