"""Whether two pictures are one and the same, cut, shrunk, mirrored, squeezed or written upon: compared pixel by pixel.

What a model's vector is made for, it can't tell: a photograph and a copy of it lie as near to one another as two
photographs of the same thing. So each picture keeps a small copy of itself, and two of them are laid over one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Side of the copy that is kept, in pixels, and its quality as WebP: half a kilobyte a picture, where pixels are three.
SIDE = 32
QUALITY = 95
#: Parts of a side that a cut may leave, and of the area; of each part so many places are tried.
PARTS = (1.0, 0.94, 0.87, 0.8)
LEAST_AREA = 0.75
PLACES = 4
#: Pixels by which the best cut is then moved and stretched, finer and finer.
STEPS = (0.7, 0.35, 0.35, 0.18)
#: Side to which colours are blurred before they are compared: what is written over a picture is thin.
CELLS = 8

#: Blurred to so many cells a side, pictures that are less alike than this, either way round, are no copies: nothing
#: finer is looked at. Of the copies of the part `tune` none is below.
ALIKE = 0.5
#: From here on two overlaid copies are of one picture; chosen on the part `tune` of tests/acceptance/copies.py.
SAME_SHAPE, SAME_DETAIL, OTHER_COLOUR = 0.9, 0.8, 0.025

Pixels = NDArray[np.float32]
#: Where a cut begins and ends, in pixels of the small copy.
Span = tuple[float, float]


@dataclass(frozen=True)
class Overlay:
    """How well two pictures match where they match best.

    `shape` is the correlation of their brightness in -1..1; `detail` that of its finer part alone; `colour` the
    distance of their colours, 0..1, where it is larger than in nine tenths of the picture.
    """

    shape: float
    detail: float
    colour: float
    mirrored: bool

    @property
    def same(self) -> bool:
        """Whether it is one picture: neither another view, nor another thing of its kind, nor in another colour."""
        return self.shape >= SAME_SHAPE and self.detail >= SAME_DETAIL and self.colour <= OTHER_COLOUR


def small_copy(image: Image.Image) -> bytes:
    """An RGB picture as SIDE × SIDE pixels, as WebP: what is stored of it to compare it with others."""
    kept = BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.BOX).save(kept, "WEBP", quality=QUALITY)
    return kept.getvalue()


def overlay(one: bytes, other: bytes) -> Overlay:
    """The two small copies laid over one another: either may be a part of the other, and mirrored."""
    first, second = _pixels(one), _pixels(other)
    if (blurred := _blurred_likeness(first, second)) < ALIKE:
        return Overlay(blurred, blurred, 1.0, mirrored=False)
    found = [_laid_over(whole, part) for whole, part in ((first, second), (second, first))]
    shape, cut, seen, mirrored = max(found, key=lambda each: each[0])
    return Overlay(shape, _correlation(_fine(cut), _fine(seen)), _colour_distance(cut, seen), mirrored)


def _blurred_likeness(one: Pixels, other: Pixels) -> float:
    first, second = _cells(one), _cells(other)
    return max(_correlation(first, second), _correlation(first, second[:, ::-1]))


def _cells(pixels: Pixels) -> Pixels:
    means: Pixels = pixels.reshape(CELLS, SIDE // CELLS, CELLS, SIDE // CELLS, 3).mean(axis=(1, 3))
    return means


def _laid_over(whole: Pixels, part: Pixels) -> tuple[float, Pixels, Pixels, bool]:
    """The best correlation of `part`, as it is or mirrored, with a cut of `whole`; both, and whether it is mirrored."""
    spans, matrices, pairs = _cuts()
    bright = _brightness(whole)
    # Every cut is one of rows and one of columns, each a matrix that picks and scales.
    halves = np.einsum("iab,bc->iac", matrices, bright, optimize=True)
    cuts = np.einsum("iac,jdc->ijad", halves, matrices, optimize=True)[pairs[:, 0], pairs[:, 1]]
    sides = np.stack([_brightness(part), _brightness(part[:, ::-1])]).reshape(2, -1)
    scores = _normalised(cuts.reshape(len(cuts), -1)) @ _normalised(sides).T
    at, side = np.unravel_index(int(np.argmax(scores)), scores.shape)
    seen = part[:, ::-1] if side else part
    rows, columns = (spans[place] for place in pairs[at])
    for step in STEPS:
        columns = _nearer(columns, step, _scaling(rows) @ bright, _brightness(seen))
        rows = _nearer(rows, step, _scaling(columns) @ bright.T, _brightness(seen).T)
    cut = np.einsum("ab,bck,dc->adk", _scaling(rows), whole, _scaling(columns), optimize=True)
    score = _correlation(_brightness(cut), _brightness(seen))
    return score, np.asarray(cut, dtype=np.float32), seen, bool(side)


def _nearer(span: Span, step: float, whole: Pixels, part: Pixels) -> Span:
    """The span of the columns of `whole` around `span` whose cut is most like `part`."""
    spans = [
        (start, stop)
        for start in (span[0] - step, span[0], span[0] + step)
        for stop in (span[1] - step, span[1], span[1] + step)
        if start >= 0 and stop <= SIDE and stop - start >= SIDE * min(PARTS)
    ]
    cuts = np.stack([whole @ _scaling(each).T for each in spans])
    scores = _normalised(cuts.reshape(len(cuts), -1)) @ _normalised(part.reshape(1, -1))[0]
    return spans[int(np.argmax(scores))]


@cache
def _cuts() -> tuple[list[Span], Pixels, NDArray[np.int64]]:
    """Spans that a cut may leave of a side, what scales each `(n, SIDE, SIDE)`, and pairs that leave enough area."""
    spans = [
        (float(start), float(start) + part * SIDE)
        for part in PARTS
        for start in (np.linspace(0, SIDE * (1 - part), PLACES) if part < 1 else (0.0,))
    ]
    sizes = np.array([stop - start for start, stop in spans]) / SIDE
    pairs = np.argwhere(sizes[:, None] * sizes[None, :] >= LEAST_AREA)
    return spans, np.stack([_scaling(span) for span in spans]), pairs


@lru_cache(maxsize=10_000)
def _scaling(span: Span) -> Pixels:
    """`(SIDE, SIDE)`: spreads the pixels of `span` over SIDE, linearly."""
    start, stop = span
    at = np.clip(start + (np.arange(SIDE) + 0.5) * (stop - start) / SIDE - 0.5, 0, SIDE - 1)
    low = np.minimum(at.astype(int), SIDE - 2)
    matrix = np.zeros((SIDE, SIDE), dtype=np.float32)
    matrix[np.arange(SIDE), low] = 1 - (at - low)
    matrix[np.arange(SIDE), low + 1] += at - low
    return matrix


def _pixels(copy: bytes) -> Pixels:
    with Image.open(BytesIO(copy), formats=("WEBP",)) as picture:
        levels = np.asarray(picture.convert("RGB"))
    return np.asarray(levels / 255, dtype=np.float32)


def _brightness(pixels: Pixels) -> Pixels:
    return np.asarray(pixels @ np.array([0.299, 0.587, 0.114]), dtype=np.float32)


def _fine(pixels: Pixels) -> Pixels:
    """Brightness less what is around it: edges and patterns without the outline."""
    bright = _brightness(pixels)
    padded = np.pad(bright, 2, mode="edge")
    around: Any = sum(padded[y : y + SIDE, x : x + SIDE] for y in range(5) for x in range(5)) / 25
    return np.asarray(bright - around, dtype=np.float32)


def _correlation(one: Pixels, other: Pixels) -> float:
    return float(_normalised(one.reshape(1, -1))[0] @ _normalised(other.reshape(1, -1))[0])


def _normalised(rows: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Rows `(n, d)` with mean 0 and length 1; one that is all the same is all 0."""
    centred = rows.astype(np.float64) - rows.mean(axis=1, keepdims=True)
    lengths: NDArray[np.float64] = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: NDArray[np.float64] = centred / np.maximum(lengths, 1e-3)
    return unit


def _colour_distance(one: Pixels, other: Pixels) -> float:
    def colours(pixels: Pixels) -> Pixels:
        cells = _cells(pixels)
        return np.asarray(cells - _brightness(cells)[..., None], dtype=np.float32)

    apart = np.linalg.norm(colours(one) - colours(other), axis=2)
    return float(np.quantile(apart, 0.9))
