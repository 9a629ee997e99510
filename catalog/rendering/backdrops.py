"""Grounds that products are photographed on: studio paper, walls and floors, wood, linen, marble, concrete."""

from __future__ import annotations

import colorsys
import random
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .assortment import TYPES
from .looks import ProductLook, View
from .palette import COLOURS, RGB, distance

Pixels = NDArray[np.float32]

_WOODS: tuple[RGB, ...] = ((196, 152, 104), (160, 112, 70), (222, 190, 148), (120, 84, 58), (206, 196, 182))
_STONES: tuple[RGB, ...] = ((236, 234, 232), (214, 212, 210), (90, 92, 98))
_CLOTHS: tuple[RGB, ...] = ((226, 216, 200), (200, 204, 206), (182, 170, 152), (120, 130, 140))


def backdrop(look: ProductLook, view: View, size: int) -> Pixels:
    """`(size, size, 3)` float32 from 0 to 1, never close in tone to the product's colour."""
    rng = random.Random(view.seed)
    kind = view.backdrop
    stance = TYPES[look.type].stance
    standing = stance == "standing"
    if kind == "white":
        ground = _flat(
            _apart(((250, 250, 250), (236, 237, 239), (216, 218, 222)), look, rng, ordered=True), size
        )
        return ground * _vignette(size, 0.05)
    if kind == "studio":
        grey = _apart(((226, 227, 229), (204, 206, 209), (180, 183, 187), (150, 153, 158)), look, rng)
        return _swept(grey, size, standing)
    if kind == "tinted":
        return _swept(_apart(tuple(_pastel(rng) for _ in range(5)), look, rng), size, standing)
    if kind == "duotone":
        upper, lower = (_apart(tuple(_pastel(rng) for _ in range(5)), look, rng) for _ in range(2))
        return _blend(upper, lower, size, rng.random())
    if kind == "wood":
        ground = _planks(_apart(_WOODS, look, rng), size, rng)
        return _standing_on(ground, look, rng, size) if standing else ground * _vignette(size, 0.15)
    if kind == "wall" and not standing:
        # What lies or hangs has no floor behind it.
        return _swept(_apart(tuple(_pastel(rng) for _ in range(5)), look, rng), size, standing)
    if kind == "wall":
        floor = _planks(_apart(_WOODS, look, rng), size, rng) if rng.random() < 0.5 else None
        return _room(_apart(tuple(_pastel(rng) for _ in range(5)), look, rng), floor, size, rng)
    if kind == "linen":
        return _linen(_apart(_CLOTHS, look, rng), size, rng) * _vignette(size, 0.12)
    if kind == "marble":
        return _marble(_apart(_STONES, look, rng), size, rng) * _vignette(size, 0.06)
    return _concrete(_apart(((172, 172, 170), (140, 141, 144), (200, 198, 194)), look, rng), size, rng)


def _pastel(rng: random.Random) -> RGB:
    r, g, b = colorsys.hls_to_rgb(rng.random(), rng.uniform(0.72, 0.9), rng.uniform(0.1, 0.42))
    return round(r * 255), round(g * 255), round(b * 255)


def _apart(choices: tuple[RGB, ...], look: ProductLook, rng: random.Random, *, ordered: bool = False) -> RGB:
    """One of `choices` that the product stands out from; the farthest where none is far enough."""
    tone = COLOURS[look.colour].rgb
    far = [choice for choice in choices if distance(choice, tone) > 0.24]
    if not far:
        return max(choices, key=lambda choice: distance(choice, tone))
    return far[0] if ordered else rng.choice(far)


def _flat(tone: RGB, size: int) -> Pixels:
    return np.broadcast_to(np.array(tone, np.float32) / np.float32(255), (size, size, 3)).copy()


def _lit(ground: NDArray[np.floating[Any]]) -> Pixels:
    """The ground cut to what a picture can show."""
    clipped: Pixels = np.clip(ground, 0, 1).astype(np.float32, copy=False)
    return clipped


@lru_cache(maxsize=16)
def _vignette(size: int, strength: float) -> Pixels:
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    fall = 1 - strength * np.minimum(axis[None, :] ** 2 + axis[:, None] ** 2, 1.6)
    return np.asarray(fall[..., None], np.float32)


def _swept(tone: RGB, size: int, standing: bool) -> Pixels:
    """Paper swept from wall to floor: the floor lighter, no edge."""
    rows = np.linspace(0, 1, size, dtype=np.float32)
    lift = 0.95 + 0.1 / (1 + np.exp(-(rows - 0.66) * 16)) if standing else np.full(size, 1.0, np.float32)
    return _lit(_flat(tone, size) * lift[:, None, None]) * _vignette(size, 0.1)


def _blend(upper: RGB, lower: RGB, size: int, turn: float) -> Pixels:
    axis = np.linspace(0, 1, size, dtype=np.float32)
    share: Pixels = np.clip(axis[:, None] * (1 - turn * 0.5) + axis[None, :] * turn * 0.5, 0, 1)[..., None]
    return _lit(_flat(upper, size) * (1 - share) + _flat(lower, size) * share)


def _noise(size: int, rng: random.Random, grain: tuple[int, int]) -> Pixels:
    """Smooth noise of mean 0, with blobs of about `grain` (rows, columns) of a 128 pixel picture."""
    rows, columns = max(128 // grain[0], 2), max(128 // grain[1], 2)
    coarse = np.random.default_rng(rng.randrange(1 << 30)).standard_normal((rows, columns), dtype=np.float32)
    picture = Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(picture, np.float32)


def _linen(tone: RGB, size: int, rng: random.Random) -> Pixels:
    threads = 0.035 * _noise(size, rng, (1, 9)) + 0.035 * _noise(size, rng, (9, 1))
    return _lit(_flat(tone, size) * (1 + threads[..., None]))


def _concrete(tone: RGB, size: int, rng: random.Random) -> Pixels:
    clouds = (
        0.035 * _noise(size, rng, (42, 42))
        + 0.018 * _noise(size, rng, (12, 12))
        + 0.012 * _noise(size, rng, (1, 1))
    )
    return _lit(_flat(tone, size) * (1 + clouds[..., None]) * _vignette(size, 0.12))


def _marble(tone: RGB, size: int, rng: random.Random) -> Pixels:
    warped = _noise(size, rng, (42, 42)) + 0.35 * _noise(size, rng, (14, 14))
    veins = np.exp(-((warped * 4.5) ** 2)) * np.clip(0.6 + 0.5 * _noise(size, rng, (42, 42)), 0, 1)
    clouds = 0.02 * _noise(size, rng, (32, 32))
    return _lit(_flat(tone, size) * (1 + clouds - 0.13 * veins)[..., None])


def _planks(tone: RGB, size: int, rng: random.Random) -> Pixels:
    ground = _flat(tone, size)
    ground *= 1 + 0.07 * _noise(size, rng, (2, 42))[..., None]
    count = rng.randint(3, 6)
    edges = np.linspace(0, size, count + 1).astype(int)
    for top, bottom in pairwise(edges):
        ground[top:bottom] *= rng.uniform(0.9, 1.07)
        ground[top : top + max(size // 128, 1)] *= 0.72
    return _lit(ground)


def _room(wall: RGB, floor: Pixels | None, size: int, rng: random.Random) -> Pixels:
    ground = _flat(wall, size) * _vignette(size, 0.12)
    edge = round(size * rng.uniform(0.66, 0.78))
    skirting = max(round(size * 0.022), 1)
    below = floor if floor is not None else _flat(wall, size) * 0.8
    ground[edge:] = below[edge:]
    ground[edge : edge + skirting] = np.minimum(ground[edge - 1 : edge] * 1.12, 1)
    ground[edge + skirting : edge + 2 * skirting] *= 0.86
    return ground


def _standing_on(table: Pixels, look: ProductLook, rng: random.Random, size: int) -> Pixels:
    """A table top in front of a plain wall."""
    wall = _flat(_apart(tuple(_pastel(rng) for _ in range(5)), look, rng), size) * _vignette(size, 0.12)
    edge = round(size * rng.uniform(0.58, 0.72))
    wall[edge:] = table[edge:]
    wall[edge : edge + max(size // 90, 1)] *= 1.12
    return _lit(wall)
