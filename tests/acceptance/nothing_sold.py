"""Pictures of nothing that the rendered catalogue sells, each drawn from a seed: scenes, screens, textures, noise."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 224
Draw = Callable[[random.Random, Image.Image, ImageDraw.ImageDraw], None]


def picture(number: int) -> Image.Image:
    """The picture of this number: its scene is one after the other, and everything in it from the seed."""
    rng = random.Random(6_400 + number)
    page = Image.new("RGB", (SIDE, SIDE), _colour(rng, 150, 255))
    SCENES[number % len(SCENES)](rng, page, ImageDraw.Draw(page))
    return page


def _colour(rng: random.Random, low: int = 0, high: int = 255) -> tuple[int, int, int]:
    return rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)


def _noise(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    pixels = np.random.default_rng(rng.randrange(10**6)).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    page.paste(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(rng.choice((0, 2, 6)))))


def _forest(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((0, 130, SIDE, SIDE), fill=(60, rng.randint(110, 160), 60))
    for _ in range(rng.randint(4, 9)):
        x, top = rng.randint(0, SIDE), rng.randint(30, 110)
        pen.rectangle((x - 5, 120, x + 5, 180), fill=(90, 60, 30))
        pen.polygon([(x, top), (x - 28, 150), (x + 28, 150)], fill=(20, rng.randint(80, 140), 30))


def _town(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((0, 0, SIDE, 160), fill=(150, 190, 230))
    x = 0
    while x < SIDE:
        width, top = rng.randint(24, 60), rng.randint(20, 120)
        pen.rectangle((x, top, x + width, SIDE), fill=_colour(rng, 60, 170))
        for row in range(top + 8, SIDE - 8, 16):
            for column in range(x + 6, x + width - 8, 14):
                pen.rectangle((column, row, column + 6, row + 8), fill=(240, 230, 150))
        x += width


def _car(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((0, 150, SIDE, SIDE), fill=(90, 90, 90))
    paint, at = _colour(rng), rng.randint(10, 40)
    pen.rectangle((at, 110, at + 160, 155), fill=paint)
    pen.polygon([(at + 30, 110), (at + 50, 75), (at + 110, 75), (at + 135, 110)], fill=paint)
    for wheel in (at + 35, at + 125):
        pen.ellipse((wheel - 20, 138, wheel + 20, 178), fill=(20, 20, 20))


def _face(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    skin = rng.choice([(255, 220, 185), (190, 130, 90), (110, 70, 45)])
    pen.ellipse((50, 30, 174, 200), fill=skin)
    pen.pieslice((45, 15, 179, 150), 180, 360, fill=_colour(rng, 10, 120))
    for eye in (88, 136):
        pen.ellipse((eye - 9, 100, eye + 9, 112), fill="white")
        pen.ellipse((eye - 4, 102, eye + 4, 110), fill=_colour(rng, 0, 120))
    pen.arc((85, 130, 140, 175), 20, 160, fill=(150, 40, 40), width=4)


def _letter(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    page.paste((255, 255, 255), (0, 0, SIDE, SIDE))
    for row in range(16, SIDE - 16, 11):
        words = " ".join("".join(rng.choices("abcdefghij", k=rng.randint(2, 9))) for _ in range(8))
        pen.text((14, row), words[: rng.randint(18, 34)], fill=(40, 40, 40))


def _chart(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    page.paste((255, 255, 255), (0, 0, SIDE, SIDE))
    for number in range(rng.randint(4, 10)):
        pen.rectangle(
            (22 + 20 * number, rng.randint(30, 180), 36 + 20 * number, 200), fill=_colour(rng, 40, 200)
        )
    pen.line((18, 20, 18, 202, 212, 202), fill=(0, 0, 0), width=2)


def _code(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    size = rng.choice((21, 25, 29))
    modules = np.random.default_rng(rng.randrange(10**6)).integers(0, 2, (size, size)) * 255
    page.paste(
        Image.fromarray(modules.astype(np.uint8))
        .resize((SIDE, SIDE), Image.Resampling.NEAREST)
        .convert("RGB")
    )


def _night(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    page.paste((8, 8, rng.randint(25, 60)), (0, 0, SIDE, SIDE))
    for _ in range(150):
        x, y, size = rng.randint(0, SIDE), rng.randint(0, SIDE), rng.random() * 1.6
        pen.ellipse((x - size, y - size, x + size, y + size), fill="white")


def _fish(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    page.paste((30, 110, rng.randint(160, 220)), (0, 0, SIDE, SIDE))
    for _ in range(rng.randint(2, 5)):
        x, y, long, paint = (
            rng.randint(20, 130),
            rng.randint(20, 180),
            rng.randint(36, 70),
            _colour(rng, 80, 255),
        )
        pen.ellipse((x, y, x + long, y + long // 2), fill=paint)
        pen.polygon([(x, y + long // 4), (x - 18, y), (x - 18, y + long // 2)], fill=paint)
        pen.ellipse((x + long - 14, y + 8, x + long - 9, y + 13), fill="black")


def _waves(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    first, second, step = _colour(rng), _colour(rng), rng.randint(8, 30)
    for y in range(SIDE):
        share = (math.sin(y / step) + 1) / 2
        mixed = tuple(round(a * share + b * (1 - share)) for a, b in zip(first, second, strict=True))
        pen.line((0, y, SIDE, y), fill=mixed)


def _map(rng: random.Random, page: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    page.paste((235, 230, 215), (0, 0, SIDE, SIDE))
    for _ in range(14):
        ends = [(rng.randint(-20, SIDE + 20), rng.randint(-20, SIDE + 20)) for _ in range(3)]
        pen.line(
            ends,
            fill=rng.choice([(250, 220, 120), (255, 255, 255), (150, 190, 230)]),
            width=rng.randint(2, 9),
        )


SCENES: tuple[Draw, ...] = (
    _noise, _forest, _town, _car, _face, _letter, _chart, _code, _night, _fish, _waves, _map,
)  # fmt: skip
