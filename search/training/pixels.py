"""Pictures as one uint8 tensor, decoded once, and augmentation of whole batches at a time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from tqdm import tqdm

from .examples import Example

if TYPE_CHECKING:
    import torch


def load_pixels(examples: Sequence[Example], side: int, *, progress: bool = True) -> torch.Tensor:
    """`(n, 3, side, side)` uint8: each picture resized on its shorter edge and cropped in the middle."""
    import torch

    pixels = np.empty((len(examples), 3, side, side), dtype=np.uint8)

    def load(index: int) -> None:
        pixels[index] = np.asarray(square(examples[index].open(), side)).transpose(2, 0, 1)

    with ThreadPoolExecutor(4) as pool:
        done = pool.map(load, range(len(examples)))
        for _ in tqdm(done, total=len(examples), unit="picture", desc="decoding", disable=not progress):
            pass
    return torch.from_numpy(pixels)


def square(picture: Image.Image, side: int) -> Image.Image:
    """Resized (bicubic) on the shorter edge and cropped in the middle, as the model's preprocessing does."""
    width, height = picture.size
    scale = side / min(width, height)
    resized = picture.resize(
        (max(round(width * scale), side), max(round(height * scale), side)), Image.Resampling.BICUBIC
    )
    left, top = (resized.width - side) // 2, (resized.height - side) // 2
    return resized.crop((left, top, left + side, top + side))


def augmented(
    pixels: torch.Tensor, side: int, generator: torch.Generator, *, least_area: float
) -> torch.Tensor:
    """`(n, 3, side, side)` float32 in 0..1: random resized crops, flips, and small changes of light.

    Hue stays: colour is what shoppers ask for. One grid for the whole batch, since picture-by-picture augmentation
    costs more than the model on a CPU.
    """
    import torch
    import torch.nn.functional as functional

    n = pixels.shape[0]

    def uniform(low: float, high: float) -> torch.Tensor:
        return torch.rand(n, generator=generator) * (high - low) + low

    area, ratio = uniform(least_area, 1.0), torch.exp(uniform(-0.25, 0.25))
    width, height = (area * ratio).sqrt().clamp(max=1.0), (area / ratio).sqrt().clamp(max=1.0)
    left, top = uniform(-1, 1) * (1 - width), uniform(-1, 1) * (1 - height)
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    angle = uniform(-0.15, 0.15)
    theta = torch.zeros(n, 2, 3)
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
    angle = (torch.rand(n, generator=generator) * 2 - 1) * torch.pi
    strength = torch.rand(n, generator=generator)
    kept = torch.rand(n, generator=generator) < 0.5
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
