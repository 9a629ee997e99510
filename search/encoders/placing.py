"""A loaded model laid out for its processor, on a GPU, or in fewer bits, with vectors that are still nearly the same.

They belong to the same space: what rounding moves is far less than what tells products apart, and a shop may embed its
catalogue on a GPU and its queries on a processor.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from PIL import Image

from .digests import PROBES
from .errors import UnusableModel

if TYPE_CHECKING:
    from .clip import ClipEncoder

logger = logging.getLogger(__name__)

Precision: TypeAlias = Literal["float32", "bfloat16", "float16"]
#: The least cosine between a vector and that of the model as it was loaded.
LEAST_COSINE = 0.999
#: Pictures to compare by: sides, in pixels.
_SIZES = ((224, 224), (64, 32), (33, 97))


def placed(encoder: ClipEncoder, *, device: str, precision: Precision) -> ClipEncoder:
    """The encoder, moved to `device`, computing in `precision`, and packed.

    A processor that has no bfloat16 stays with float32, which gives the same vectors sooner there. Raises
    `UnusableModel` where there is no such device, or vectors would differ by more than rounding.
    """
    import torch

    if precision == "bfloat16" and device == "cpu" and not has_bfloat16():
        logger.warning("This processor computes no bfloat16 itself: PRECISION is float32 here.")
        precision = "float32"
    if device == "cpu" and precision == "float32":
        return encoder
    before = _probed(encoder)
    try:
        encoder.model.to(device=torch.device(device), dtype=getattr(torch, precision))
        encoder.pack()
        least = float((_probed(encoder) * before).sum(axis=1).min())
    except (RuntimeError, AssertionError) as error:  # torch's ways to say that there is no such device
        raise UnusableModel(
            f"{encoder.info.name} does not run on {device} in {precision} ({str(error).splitlines()[0][:200]}). "
            'Set PRODUCT_SEARCH["DEVICE"] to "cpu" and ["PRECISION"] to "float32", or install a torch that sees it.'
        ) from error
    if least < LEAST_COSINE:
        raise UnusableModel(
            f"In {precision} {encoder.info.name} gives other vectors (least cosine {least:.4f}). "
            'Set PRODUCT_SEARCH["PRECISION"] to "float32".'
        )
    return encoder


def has_bfloat16() -> bool:
    """Whether this processor computes in bfloat16 itself: others do it slowly."""
    import torch

    told: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(told.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16"))


def _probed(encoder: ClipEncoder) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    random = np.random.default_rng(5)
    pictures = [
        Image.fromarray(random.integers(0, 255, (height, width, 3), dtype=np.uint8))
        for width, height in _SIZES
    ]
    return np.concatenate([encoder.encode_texts(PROBES), encoder.encode_images(pictures)])
