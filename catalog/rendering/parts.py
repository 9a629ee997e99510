"""What a shape is made of: parts with a role and a kind of shading, drawn back to front by `canvas`."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Shade = Literal["cylinder", "ball", "top", "side", "cloth", "hollow", "dish", "none"]

#: Roles get their tone from the look ("main", "accent", "deep", "pale"); any other fill is an SVG colour.
Role = str


@dataclass(frozen=True)
class Part:
    """One path: a filled area, or a stroke where `width` is above 0."""

    d: str
    fill: Role = "main"
    shade: Shade = "side"
    width: float = 0.0
    opacity: float = 1.0
    #: Whether the look's pattern and the material's texture lie on it (only for "main").
    dressed: bool = True
    #: How far horizontal stripes sag in the middle of the canvas, in units.
    sag: float = 0.0
    edge: bool = True
    dashes: str = ""


class Form:
    """The proportions of one product: numbers that depend only on the look's `form` seed and the order of asking."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def __call__(self, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        return low + (high - low) * self._random.random()

    def flag(self, chance: float = 0.5) -> bool:
        """True with `chance`."""
        return self._random.random() < chance

    def pick(self, *choices: str) -> str:
        """One of `choices`."""
        return choices[int(self._random.random() * len(choices))]


#: Draws one type: (shape, proportions) to parts, back to front.
Shaper = Callable[[str, Form], list[Part]]


def seam(d: str, width: float = 0.9, opacity: float = 0.35, dashes: str = "") -> Part:
    """A dark thin line: a seam, a fold, an edge."""
    return Part(d, "#000", "none", width, opacity, False, edge=False, dashes=dashes)


def gleam(d: str, width: float = 0.0, opacity: float = 0.5) -> Part:
    """A white highlight."""
    return Part(d, "#fff", "none", width, opacity, False, edge=False)
