"""The photograph: backdrop, soft shadows and light around a painted product. `draw` is the package's front door."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .assortment import TYPES
from .backdrops import backdrop
from .canvas import paint
from .looks import ProductLook, View

Pixels = NDArray[np.float32]


def draw(product: ProductLook, view: View, size: int) -> Image.Image:
    """The product photographed, `size` pixels square, RGB; the same arguments give the same picture."""
    painted = paint(product, view, size)
    layer = np.asarray(painted, np.float32) / np.float32(255)
    alpha = layer[..., 3:4]
    ground = backdrop(product, view, size)
    ground *= 1 - _shadow(painted.getchannel("A"), TYPES[product.type].stance, view, size)
    scene = ground * (1 - alpha) + layer[..., :3] * alpha
    return Image.fromarray(_developed(scene, view, size))


def _shadow(alpha: Image.Image, stance: str, view: View, size: int) -> Pixels:
    """Darkness from 0 to 1, `(size, size, 1)`: a contact shadow on the floor, or one thrown on the ground behind."""
    small = max(size // 2, 48)
    mask = alpha.resize((small, small), Image.Resampling.BILINEAR)
    side = -1 if view.light > 0 else 1
    canvas = Image.new("L", (small, small), 0)
    bounds = mask.getbbox() or (0, 0, small, small)
    if stance == "standing":
        left, _, right, foot = bounds
        flat = mask.crop(bounds).resize(
            (right - left, max((foot - bounds[1]) // 7, 3)), Image.Resampling.BILINEAR
        )
        canvas.paste(flat, (left + round(side * small * 0.03), foot - flat.height + round(small * 0.018)))
        soft = canvas.filter(ImageFilter.GaussianBlur(small * 0.022))
        wide = canvas.filter(ImageFilter.GaussianBlur(small * 0.07))
        shade = np.maximum(np.asarray(soft, np.float32) * 0.5, np.asarray(wide, np.float32) * 0.42)
    else:
        offset = small * (0.018 if stance == "lying" else 0.035)
        canvas.paste(mask, (round(side * offset), round(offset * 1.2)))
        soft = canvas.filter(ImageFilter.GaussianBlur(small * (0.016 if stance == "lying" else 0.03)))
        shade = np.asarray(soft, np.float32) * 0.46
    full = Image.fromarray(shade.astype(np.uint8)).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(full, np.float32)[..., None] / np.float32(255)


def _developed(scene: Pixels, view: View, size: int) -> NDArray[np.uint8]:
    """Light falling off across the picture, exposure, white balance and a little grain."""
    ramp = np.linspace(1 - 0.06 * view.light, 1 + 0.06 * view.light, size, dtype=np.float32)
    balance = np.array([1 + 0.03 * view.warmth, 1.0, 1 - 0.035 * view.warmth], np.float32) * view.brightness
    scene = scene * ramp[None, ::-1, None] * balance
    grain = np.random.default_rng(view.seed).standard_normal((size, size, 1), dtype=np.float32)
    scene += grain * 0.006
    return (np.clip(scene, 0, 1) * 255).astype(np.uint8)
