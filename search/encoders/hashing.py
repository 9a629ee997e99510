"""An encoder without torch for tests: the same input gives the same vector, another input an unrelated one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .protocol import EncoderInfo, Vectors, unit_rows

if TYPE_CHECKING:
    from PIL import Image

_VERSION = "hash 1"


class HashEncoder:
    """Unit vectors from SHA-256 of exactly what was given; a text and a picture never share one."""

    def __init__(self, dim: int = 64) -> None:
        if dim < 1:
            raise ValueError(f"dim is {dim}; expected at least 1")
        weights = hashlib.sha256(f"{_VERSION} {dim}".encode()).hexdigest()
        preprocessing = hashlib.sha256(_VERSION.encode()).hexdigest()
        self.info = EncoderInfo(
            name=f"hash:{dim}",
            digest=hashlib.sha256(f"{weights}{preprocessing}".encode()).hexdigest(),
            weights_digest=weights,
            preprocessing_digest=preprocessing,
            dim=dim,
            image_size=384,  # indexed at the side that pictures to search with have: the same file, the same row
        )

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Vectors:
        """`(n, dim)` float32, rows of length 1; equal texts, and only they, have equal rows."""
        return self._rows([b"text\0" + text.encode("utf-8", "surrogatepass") for text in texts])

    def encode_images(self, images: Sequence[Image.Image], *, batch_size: int = 32) -> Vectors:
        """`(n, dim)` float32, rows of length 1; pictures of equal mode, size and pixels have equal rows."""
        return self._rows(
            [f"picture\0{image.mode} {image.size}\0".encode() + image.tobytes() for image in images]
        )

    def _rows(self, contents: Sequence[bytes]) -> Vectors:
        rows = np.empty((len(contents), self.info.dim), dtype=np.float32)
        for row, content in zip(rows, contents, strict=True):
            seed = hashlib.sha256(content).digest()
            blocks = b"".join(
                hashlib.sha256(seed + number.to_bytes(4, "big")).digest()
                for number in range(-(-self.info.dim // 8))
            )
            numbers = np.frombuffer(blocks, dtype=">u4")[: self.info.dim]
            row[:] = (numbers.astype(np.float64) + 0.5) / 2**31 - 1.0  # never zero, so every row has a length
        return unit_rows(rows, dim=self.info.dim, name=self.info.name)
