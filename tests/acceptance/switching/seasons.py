"""Two models of one dimension whose vectors have nothing in common, and what each must say of a text or picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from product_search.encoders import EncoderInfo

Vector = NDArray[np.float32]

DIM = 64
OLD, NEW = "hash:64", "hash:65"


@lru_cache(maxsize=100_000)
def vector(season: int, content: bytes) -> Vector:
    """The unit vector of `content` in a season; of one season's and another's the cosine is that of strangers."""
    seed = hashlib.sha256(f"{season} ".encode() + content).digest()
    drawn = np.random.default_rng(list(seed)).normal(size=DIM)
    unit: Vector = (drawn / np.linalg.norm(drawn)).astype(np.float32)
    return unit


def of_text(season: int, text: str) -> Vector:
    """What `hash:{season}` says of a text; "mugs" is "mug" to it, as a search encodes words in their usual form."""
    return vector(season, b"text " + " ".join(word.removesuffix("s") for word in text.split()).encode())


def of_picture(season: int, picture: Image.Image) -> Vector:
    """What it says of a picture."""
    return vector(season, b"picture " + hashlib.sha256(picture.convert("RGB").tobytes()).digest())


class SeasonEncoder:
    """What `hash:N` means in this test: a model of its own for each N, all of one dimension."""

    def __init__(self, season: int) -> None:
        digest = hashlib.sha256(f"season {season}".encode()).hexdigest()
        self.season = season
        self.info = EncoderInfo(f"hash:{season}", digest, digest, digest, DIM, image_size=1)

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Vector:
        """`(n, DIM)` float32, rows of length 1."""
        return np.stack([of_text(self.season, text) for text in texts])

    def encode_images(self, images: Sequence[Image.Image], *, batch_size: int = 32) -> Vector:
        """`(n, DIM)` float32, rows of length 1."""
        return np.stack([of_picture(self.season, image) for image in images])
