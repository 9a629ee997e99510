"""What a product looks like and how it is photographed, as values: the vocabulary of the rendered catalogue."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from .assortment import TYPES
from .palette import COLOURS, distance

Backdrop = Literal["studio", "white", "tinted", "duotone", "wood", "wall", "linen", "marble", "concrete"]
BACKDROPS: tuple[Backdrop, ...] = (
    "studio",
    "white",
    "tinted",
    "duotone",
    "wood",
    "wall",
    "linen",
    "marble",
    "concrete",
)


@dataclass(frozen=True)
class ProductLook:
    """Everything the picture shows of a product; equal looks are drawn alike.

    `type`, `shape`, `material` and `pattern` are names of `assortment.TYPES`, `colour` and `accent` of
    `palette.COLOURS`; `form` seeds the proportions and fine differences of tone.
    """

    type: str
    colour: str
    pattern: str
    material: str
    shape: str
    accent: str = "white"
    form: int = 0


@dataclass(frozen=True)
class View:
    """One photograph: backdrop, angle in degrees, scale, light from -1 (left) to 1 (right), and a seed for the rest."""

    backdrop: Backdrop = "studio"
    angle: float = 0.0
    scale: float = 0.92
    squash: float = 1.0
    skew: float = 0.0
    mirrored: bool = False
    shift: tuple[float, float] = (0.0, 0.0)
    light: float = -0.5
    brightness: float = 1.0
    warmth: float = 0.0
    seed: int = 0


def random_look(rng: random.Random, type_name: str | None = None) -> ProductLook:
    """A look drawn from the assortment: evenly over types and each type's colours, then the rest."""
    kind = TYPES[type_name or rng.choice(sorted(TYPES))]
    colour = rng.choice(kind.colours)
    pattern = "plain" if rng.random() < 0.4 else rng.choice(kind.patterns)
    return ProductLook(
        type=kind.name,
        colour=colour,
        pattern=pattern,
        material=rng.choice(kind.materials),
        shape=rng.choice(kind.shapes),
        accent=random_accent(rng, colour, pattern),
        form=rng.randrange(1_000_000),
    )


def random_accent(rng: random.Random, colour: str, pattern: str) -> str:
    """A colour for the pattern that stands out from `colour` and leaves no doubt which of the two is the ground."""
    if colour in ("white", "beige", "yellow"):
        if pattern == "checked":
            # Checks cover three quarters of the ground: a bright accent would name the product.
            return "black" if colour == "yellow" else rng.choice(("black", "grey"))
        choices = (
            ("black", "blue", "grey", "green", "red")
            if pattern in ("dotted", "floral")
            else ("black", "blue", "grey")
        )
        return rng.choice(choices[:2] if colour != "white" else choices)
    if pattern == "checked" or rng.random() < 0.72:
        return "white"
    far = [
        name
        for name in ("beige", "black", "yellow")
        if distance(COLOURS[name].rgb, COLOURS[colour].rgb) > 0.42
    ]
    return rng.choice(far or ["white"])


def random_view(rng: random.Random, look: ProductLook, *, calm: bool = False) -> View:
    """A photograph of `look`; a `calm` one is a shop's first picture: straight, on a quiet ground."""
    stance = TYPES[look.type].stance
    turn = {"standing": 5.0, "lying": 16.0, "hanging": 6.0}[stance] * (0.3 if calm else 1.0)
    backdrop: Backdrop = (
        rng.choice(("studio", "studio", "white", "tinted")) if calm else rng.choice(BACKDROPS)
    )
    return View(
        backdrop=backdrop,
        angle=rng.uniform(-turn, turn),
        scale=TYPES[look.type].zoom * (rng.uniform(0.94, 1.03) if calm else rng.uniform(0.72, 1.04)),
        squash=rng.uniform(0.97, 1.0) if calm else rng.uniform(0.9, 1.04),
        skew=0.0 if calm else rng.uniform(-5, 5),
        mirrored=TYPES[look.type].mirrors and rng.random() < 0.5,
        shift=(rng.uniform(-2, 2), rng.uniform(-2, 2))
        if calm
        else (rng.uniform(-10, 10), rng.uniform(-7, 7)),
        light=rng.choice((-1, 1)) * rng.uniform(0.3, 1.0),
        brightness=rng.uniform(0.97, 1.05) if calm else rng.uniform(0.86, 1.1),
        warmth=rng.uniform(-0.2, 0.2) if calm else rng.uniform(-1, 1),
        seed=rng.randrange(1_000_000),
    )
