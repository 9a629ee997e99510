"""From a picture to the numbers that a model sees, as torchvision makes them, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .errors import UnusableModel

# "shortest" preprocessing scales the shorter side up to the model's: a strip of 1 × 30,000 pixels would become
# 224 × 6,720,000. Only the middle square survives its crop, so the rest can go before.
_MOST_ELONGATED = 8
_FILTERS: Mapping[str, Image.Resampling] = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
}


@dataclass(frozen=True)
class Preprocessing:
    """How a picture is brought to `side` pixels: its shorter side, then the middle (`shortest`), or both (`squash`)."""

    side: int
    resize_mode: str
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of_open_clip(cls, settings: Mapping[str, Any]) -> Preprocessing:
        """The same as open_clip's `settings`. Raises `UnusableModel` for those that only torchvision carries out."""
        size = settings["size"]
        sides = {size} if isinstance(size, int) else set(size)
        mode, interpolation = settings["resize_mode"], settings["interpolation"]
        if len(sides) != 1 or mode not in ("shortest", "squash") or interpolation not in _FILTERS:
            raise UnusableModel(
                f"The pictures of this model are prepared in a way that can't be exported ({size}, {mode}, "
                f'{interpolation}). Run it by torch: PRODUCT_SEARCH["RUNTIME"] = "torch".'
            )
        mean, std = tuple(settings["mean"]), tuple(settings["std"])
        return cls(int(sides.pop()), mode, interpolation, mean, std)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Preprocessing:
        """What `to_json` gave."""
        return cls(**{**kept, "mean": tuple(kept["mean"]), "std": tuple(kept["std"])})

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)

    def __call__(self, image: Image.Image) -> NDArray[np.float32]:
        """`(3, side, side)` float32: the picture scaled, cut to its middle, and normalised."""
        if self.resize_mode == "shortest":
            image = without_ends(image)
            width, height = image.size
            short, long = sorted(image.size)
            scaled = int(self.side * long / short)
            size = (self.side, scaled) if width <= height else (scaled, self.side)
        else:
            size = (self.side, self.side)
        if image.size != size:
            image = image.resize(size, _FILTERS[self.interpolation])
        left, top = (round((side - self.side) / 2.0) for side in image.size)
        image = image.crop((left, top, left + self.side, top + self.side)).convert("RGB")
        numbers = np.asarray(image, dtype=np.float32) / np.float32(255)
        normal = (numbers - np.asarray(self.mean, dtype=np.float32)) / np.asarray(self.std, dtype=np.float32)
        return np.ascontiguousarray(normal.transpose(2, 0, 1))


def without_ends(image: Image.Image) -> Image.Image:
    """The middle of a picture that is far longer than what a model sees of it."""
    width, height = image.size
    longest = _MOST_ELONGATED * min(width, height)
    if max(width, height) <= longest:
        return image
    left, top = max(0, (width - longest) // 2), max(0, (height - longest) // 2)
    return image.crop((left, top, min(width, left + longest), min(height, top + longest)))
