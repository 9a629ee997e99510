"""Whether lettering was laid over a picture: a telephone number, a price, an address. What it says is not read.

A small CLIP can't read, and a picture's vector hardly changes with a line of text. So a net of a hundred thousand
weights looks for strokes at the size of letters, cell by cell, in plain numpy: `training.lettering` made its weights,
from rendered pictures and CC0 photographs that were written upon.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

WEIGHTS = Path(__file__).with_name("lettering.npz")
#: Pixels of the shorter side, to which every picture is brought; of a strip no more than four times as many.
SIDE = 192
MOST_SQUARES = 4
#: Cells, of 8 × 8 pixels, whose mean says how sure the picture is: a line of text covers more than a few.
CELLS = 6

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Layer:
    """One convolution 3 × 3 in steps of `stride`: weights `(9 * inputs, outputs)`, by place, then by channel."""

    weights: Array
    bias: Array
    stride: int


def lettering(image: Image.Image) -> float:
    """How likely it is, 0 to 1, that something is written over an RGB picture; about 10 ms."""
    return sure(cells(pixels_of(image)))


def sure(found: Array) -> float:
    """The picture's probability from its cells' logits `(rows, columns)`."""
    middle, scale = calibration()
    strongest = np.sort(found, axis=None)[-CELLS:].mean()
    return float(1.0 / (1.0 + np.exp(-np.clip((strongest - middle) / scale, -60.0, 60.0))))


def pixels_of(image: Image.Image) -> Array:
    """`(rows, columns, 3)` in -1..1, as the net sees a picture: its shorter side SIDE pixels."""
    scale = SIDE / min(image.size)
    width, height = (min(max(round(side * scale), SIDE), MOST_SQUARES * SIDE) for side in image.size)
    resized = image.resize((width // 8 * 8, height // 8 * 8), Image.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.float32) / np.float32(127.5) - np.float32(1)


def cells(pixels: Array) -> Array:
    """Logits `(rows / 8, columns / 8)`: whether there is lettering in each cell."""
    net = layers()
    for layer in net[:-1]:
        pixels = np.maximum(_convolved(pixels, layer), 0)
    found: Array = _convolved(pixels, net[-1])[..., 0]
    return found


def _convolved(pixels: Array, layer: Layer) -> Array:
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)))
    windows: Any = sliding_window_view(padded, (3, 3), axis=(0, 1))[:: layer.stride, :: layer.stride]
    rows, columns, channels = windows.shape[:3]
    flat = windows.transpose(0, 1, 3, 4, 2).reshape(rows * columns, 9 * channels)
    found: Array = (flat @ layer.weights + layer.bias).reshape(rows, columns, -1)
    return found


@cache
def layers() -> tuple[Layer, ...]:
    """The net that ships."""
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        count = int(stored["layers"])
        return tuple(
            Layer(
                stored[f"weights{at}"].astype(np.float32),
                stored[f"bias{at}"].astype(np.float32),
                int(stored[f"stride{at}"]),
            )
            for at in range(count)
        )


@cache
def calibration() -> tuple[float, float]:
    """Logit of the strongest cells at which lettering is as likely as not, and what is one logit of the picture's."""
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        middle, scale = stored["calibration"].tolist()
        return float(middle), float(scale)
