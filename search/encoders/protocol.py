"""What the rest of the plugin knows of a model: its identity, and two functions that give unit vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .errors import BadVectors, WrongDimension

if TYPE_CHECKING:
    from PIL import Image

Vectors: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class EncoderInfo:
    """Identity of a model. Vectors of two encoders are comparable exactly if their `digest` is the same.

    `digest` covers the weights, the model's configuration and the preprocessing of both texts and pictures; all three
    digests are hex SHA-256. `dim` is the length of a vector, `image_size` the side in pixels that the model sees.
    """

    name: str
    digest: str
    weights_digest: str
    preprocessing_digest: str
    dim: int
    image_size: int


@dataclass(frozen=True)
class ModelFacts:
    """What `manage.py encoder info` tells beyond the identity; `memory_bytes` is what the weights take."""

    context_length: int
    parameters: int
    memory_bytes: int
    languages: str


class Encoder(Protocol):
    """Texts and pictures to `(n, dim)` float32, rows of length 1, in the order given; nothing gives `(0, dim)`.

    Safe to call from several threads. How items are batched changes a row by rounding (1e-6) at most.
    """

    @property
    def info(self) -> EncoderInfo:
        """Identity and sizes of the model."""

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Vectors:
        """A text longer than the model's context is cut there. Raises `BadVectors`."""

    def encode_images(self, images: Sequence[Image.Image], *, batch_size: int = 32) -> Vectors:
        """Pictures as `images.decode` gives them, or as `prepare` made them ready. Raises `BadVectors`."""


@runtime_checkable
class PreparingEncoder(Encoder, Protocol):
    """An encoder whose pictures can be made ready apart from the model: in another thread, while it computes."""

    def prepare(self, image: Image.Image) -> Any:
        """What the model sees of a picture, as `encode_images` takes it; mostly far smaller than the picture."""


def prepare(encoder: Encoder, image: Image.Image) -> Any:
    """The picture made ready for `encoder.encode_images`, as far as that can be done beforehand."""
    return encoder.prepare(image) if isinstance(encoder, PreparingEncoder) else image


def in_batches(
    items: Sequence[Any], batch_size: int, encode: Callable[[Any], Vectors], *, dim: int
) -> Vectors:
    """The rows `(n, dim)` that `encode` gives for `batch_size` items at a time; raises `ValueError` below 1."""
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; expected at least 1")
    rows = [np.empty((0, dim), dtype=np.float32)]
    for start in range(0, len(items), batch_size):
        rows.append(encode(items[start : start + batch_size]))
    return np.concatenate(rows)


def unit_rows(vectors: Vectors, *, dim: int, name: str) -> Vectors:
    """Each row divided by its length; raises `WrongDimension` or `BadVectors` rather than hand on what can't match."""
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise WrongDimension(
            f"{name} gave vectors of shape {vectors.shape}; its configuration says (n, {dim}). "
            'Compare "embed_dim" in the model\'s open_clip_config.json with its weights.'
        )
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    broken = np.flatnonzero(~np.isfinite(lengths[:, 0]) | (lengths[:, 0] == 0))
    if broken.size:
        raise BadVectors(
            f"{name} gave NaN, infinite or empty vectors for {broken.size} of {len(vectors)} inputs (first: number "
            f"{broken[0]}). The weights are damaged or were saved at too low a precision: "
            "check them with `manage.py encoder info`."
        )
    return np.asarray(vectors / lengths, dtype=np.float32)


def require_dimension(info: EncoderInfo, dim: int, *, where: str) -> None:
    """Raises `WrongDimension` unless the model's vectors have the length that `where` (a space) was made for."""
    if info.dim != dim:
        raise WrongDimension(
            f"{info.name} gives vectors of {info.dim} numbers; {where} holds vectors of {dim}. Set ENCODER back to the "
            "model that it was made with, or fill a space for the new one: `manage.py spaces create`."
        )
