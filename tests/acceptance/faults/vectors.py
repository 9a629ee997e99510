"""A vector for each content and no other: seeded from SHA-256 of exactly what an encoder is given.

The encoder under test and the oracle share this page and nothing else.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DIM = 48


def of_text(text: str) -> NDArray[np.float32]:
    """`(DIM,)` float32 of length 1."""
    return _unit(content_of_text(text))


def of_picture(picture: Image.Image) -> NDArray[np.float32]:
    """`(DIM,)` float32 of length 1, by mode, size and pixels."""
    return _unit(content_of_picture(picture))


def content_of_text(text: str) -> bytes:
    return b"text\0" + text.encode("utf-8", "surrogatepass")


def content_of_picture(picture: Image.Image) -> bytes:
    return f"picture\0{picture.mode} {picture.size}\0".encode() + picture.tobytes()


def _unit(content: bytes) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.sha256(content).digest(), "big")
    row = np.random.default_rng(seed).standard_normal(DIM)
    return (row / np.linalg.norm(row)).astype(np.float32)
