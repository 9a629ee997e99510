"""Pictures decoded once, into a file that is read a chunk at a time; and augmentation of whole chunks."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from tqdm import tqdm

from ..errors import ProductSearchError
from .examples import Example

if TYPE_CHECKING:
    import torch

#: Pictures decoded between two writes.
_CHUNK = 256


class NoSpace(ProductSearchError):
    """The decoded pictures don't fit on the disk."""


class Pixels:
    """Decoded pictures of one size, in a file: however many there are, memory holds those that were asked for.

    They are read and not mapped: pages of a mapped file would count as this process's own memory.
    """

    def __init__(self, path: Path, side: int) -> None:
        self.path, self.side = path, side
        self._file = os.open(path, os.O_RDONLY)

    def read(self, rows: Sequence[int]) -> torch.Tensor:
        """`(n, 3, side, side)` uint8 of the pictures of those numbers, in that order."""
        import torch

        size = 3 * self.side**2
        pixels = np.empty((len(rows), 3, self.side, self.side), dtype=np.uint8)
        for place, row in enumerate(rows):
            os.preadv(self._file, [memoryview(pixels[place]).cast("B")], row * size)
        return torch.from_numpy(pixels)

    def close(self, *, keep: bool) -> None:
        """Let go of the file, and delete it unless it is to be used again."""
        os.close(self._file)
        if not keep:
            self.path.unlink(missing_ok=True)


def decoded(
    folder: Path, examples: Sequence[Example], side: int, *, resize: str = "shortest", progress: bool = True
) -> Pixels:
    """The examples' pictures as the model's preprocessing cuts them (`resize`: "shortest" or "squash"), in `folder`.

    A file that a run before has decoded is used again. Raises `NoSpace`.
    """
    named = "\n".join(f"{example.source}|{example.image}" for example in examples)
    digest = hashlib.sha256(f"{resize}|{named}".encode()).hexdigest()[:16]
    path = folder / f"pixels-{side}-{digest}.u8"
    size = 3 * side**2 * len(examples)
    if not path.exists():
        free = shutil.disk_usage(folder).free
        if free < size:
            raise NoSpace(
                f"{len(examples):,} pictures of {side} pixels take {size / 1e9:.1f} GB in {folder}, which has "
                f"{free / 1e9:.1f} GB left: give --checkpoints a folder on another disk, or a smaller --size."
            )
        cut = square if resize == "shortest" else squashed
        _decode(path, examples, side, cut, progress=progress)
    return Pixels(path, side)


def _decode(
    path: Path, examples: Sequence[Example], side: int, cut: Callable[..., Image.Image], *, progress: bool
) -> None:
    def load(example: Example) -> bytes:
        return np.asarray(cut(example.open(), side)).transpose(2, 0, 1).tobytes()

    partial = path.with_suffix(".partial")
    bar = tqdm(total=len(examples), unit="picture", desc="decoding", disable=not progress)
    with ThreadPoolExecutor(4) as pool, partial.open("wb") as file, bar:
        for start in range(0, len(examples), _CHUNK):
            for pixels in pool.map(load, examples[start : start + _CHUNK]):
                file.write(pixels)
                bar.update()
    partial.replace(path)


def square(picture: Image.Image, side: int) -> Image.Image:
    """Resized (bicubic) on the shorter edge and cropped in the middle, as the model's preprocessing does."""
    width, height = picture.size
    scale = side / min(width, height)
    resized = picture.resize(
        (max(round(width * scale), side), max(round(height * scale), side)), Image.Resampling.BICUBIC
    )
    left, top = (resized.width - side) // 2, (resized.height - side) // 2
    return resized.crop((left, top, left + side, top + side))


def squashed(picture: Image.Image, side: int) -> Image.Image:
    """Resized (bicubic) to a square, whatever its shape."""
    return picture.resize((side, side), Image.Resampling.BICUBIC)


def augmented(
    pixels: torch.Tensor, side: int, generator: torch.Generator, *, least_area: float
) -> torch.Tensor:
    """`(n, 3, side, side)` float32 in 0..1: random resized crops, flips, and small changes of light.

    Hue stays: colour is what shoppers ask for. One grid for the whole batch, since picture-by-picture augmentation
    costs more than the model on a CPU.
    """
    import torch
    import torch.nn.functional as functional

    n, device = pixels.shape[0], pixels.device

    def uniform(low: float, high: float) -> torch.Tensor:
        # Drawn on the CPU: a GPU would draw other numbers.
        return (torch.rand(n, generator=generator) * (high - low) + low).to(device)

    area, ratio = uniform(least_area, 1.0), torch.exp(uniform(-0.25, 0.25))
    width, height = (area * ratio).sqrt().clamp(max=1.0), (area / ratio).sqrt().clamp(max=1.0)
    left, top = uniform(-1, 1) * (1 - width), uniform(-1, 1) * (1 - height)
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    angle = uniform(-0.15, 0.15)
    theta = torch.zeros(n, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 0, 1], theta[:, 0, 2] = width * flip * angle.cos(), -width * angle.sin(), left
    theta[:, 1, 0], theta[:, 1, 1], theta[:, 1, 2] = height * flip * angle.sin(), height * angle.cos(), top
    grid = functional.affine_grid(theta, [n, 3, side, side], align_corners=False)
    crops = functional.grid_sample(
        pixels.float().div_(255), grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )

    def each(values: torch.Tensor) -> torch.Tensor:
        return values.view(n, 1, 1, 1)

    crops = crops * each(uniform(0.75, 1.25))
    mean = crops.mean(dim=(1, 2, 3), keepdim=True)
    crops = mean + (crops - mean) * each(uniform(0.75, 1.25))
    warmth = torch.stack([uniform(0.94, 1.06), uniform(0.97, 1.03), uniform(0.94, 1.06)], dim=1)
    return (crops * warmth.view(n, 3, 1, 1)).clamp_(0, 1)


def recoloured(crops: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """`crops` `(n, 3, side, side)` in 0..1, half of them in other hues or in grey.

    For pictures of which no caption names a colour: what a thing is does not depend on it. A turn about the grey axis
    of RGB, so that light and contrast stay.
    """
    import torch

    n = crops.shape[0]
    drawn = torch.rand(3, n, generator=generator).to(crops.device)
    angle, strength, kept = (drawn[0] * 2 - 1) * torch.pi, drawn[1], drawn[2] < 0.5
    cos, sin = angle.cos(), angle.sin()
    third, root = (1 - cos) / 3, sin / 3**0.5
    turn = torch.stack(
        [
            torch.stack([cos + third, third - root, third + root], dim=1),
            torch.stack([third + root, cos + third, third - root], dim=1),
            torch.stack([third - root, third + root, cos + third], dim=1),
        ],
        dim=1,
    )
    turned = torch.einsum("nij,njhw->nihw", turn, crops)
    grey = turned.mean(dim=1, keepdim=True)
    changed = (grey + (turned - grey) * strength.view(n, 1, 1, 1)).clamp(0, 1)
    return torch.where(kept.view(n, 1, 1, 1), crops, changed)
