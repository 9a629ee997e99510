"""Pairs of pictures that are one and the same, as shops come by them, and pairs that only seem to be."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zlib import crc32

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .conftest import CATALOGUE, ROOT

CC0 = ROOT.parent / "shared" / "data" / "clothing-cc0"
#: Thresholds were chosen on one part of the products and of the senders; figures are of the other.
Part = Literal["tune", "check"]


@dataclass(frozen=True)
class Pair:
    """Two pictures, how the one came from the other, and whether they are the same."""

    kind: str
    same: bool
    one: Image.Image
    other: Image.Image


def cropped(image: Image.Image, rng: random.Random) -> Image.Image:
    """A cut that keeps 80 to 98 % of the area."""
    area = rng.uniform(0.8, 0.98)
    wide = rng.uniform(area, 1.0)
    high = area / wide
    left, top = rng.uniform(0, 1 - wide) * image.width, rng.uniform(0, 1 - high) * image.height
    return image.crop(
        (round(left), round(top), round(left + wide * image.width), round(top + high * image.height))
    )


def halved(image: Image.Image, rng: random.Random) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)


def squeezed(image: Image.Image, rng: random.Random) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=40)
    return Image.open(buffer).convert("RGB")


def mirrored(image: Image.Image, rng: random.Random) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def written_upon(image: Image.Image, rng: random.Random) -> Image.Image:
    """With a watermark, half transparent."""
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    font = ImageFont.load_default(size=max(image.width // 8, 8))
    place = (image.width * rng.uniform(0.02, 0.3), image.height * rng.uniform(0.1, 0.8))
    ink = rng.choice([(255, 255, 255, 130), (0, 0, 0, 110), (128, 128, 128, 140)])
    ImageDraw.Draw(layer).text(place, "shop.example", fill=ink, font=font)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def recoloured(image: Image.Image, rng: random.Random) -> Image.Image | None:
    """The same thing in another colour; None where there is too little colour for that to be seen."""
    hues = np.array(image.convert("HSV"))
    if np.mean((hues[..., 1] > 60) & (hues[..., 2] > 60)) < 0.1:
        return None
    hues[..., 0] = (hues[..., 0].astype(int) + rng.choice([60, 85, 110, 128, 150, 190])) % 256
    return Image.fromarray(hues, "HSV").convert("RGB")


WAYS: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "cropped": cropped,
    "halved": halved,
    "squeezed": squeezed,
    "mirrored": mirrored,
    "written_upon": written_upon,
}


def _in(part: Part, name: str) -> bool:
    return (crc32(name.encode()) % 2 == 0) == (part == "tune")


def _of(image: Image.Image, rng: random.Random) -> Iterator[Pair]:
    for kind, way in WAYS.items():
        yield Pair(kind, True, image, way(image, rng))
    if (other := recoloured(image, rng)) is not None:
        yield Pair("recoloured", False, image, other)


def rendered(part: Part, pictures: int, seed: int) -> Iterator[Pair]:
    """Pairs of so many pictures of the rendered catalogue: their copies, other products of the type, other views."""
    rng = random.Random(seed)
    with (CATALOGUE / "truth.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if _in(part, row["type"] + row["sku"].split("-")[1])]
    alike, views = defaultdict(list), defaultdict(list)
    for row in rows:
        alike[row["type"], row["colour"]].append(row)
        views[row["sku"]].append(row["image"])

    def read(name: str) -> Image.Image:
        with Image.open(CATALOGUE / "images" / name) as image:
            return image.convert("RGB")

    for row in rng.sample(rows, min(pictures, len(rows))):
        image = read(row["image"])
        yield from _of(image, rng)
        others = [each for each in alike[row["type"], row["colour"]] if each["sku"] != row["sku"]]
        for other in rng.sample(others, min(2, len(others))):
            yield Pair("another", False, image, read(other["image"]))
        for name in views[row["sku"]]:
            if name != row["image"]:
                yield Pair("view", False, image, read(name))


def photographed(part: Part, pictures: int, seed: int, folder: Path = CC0) -> Iterator[Pair]:
    """Pairs of so many CC0 photographs: their copies, and others of the same kind by the same sender."""
    rng = random.Random(seed)
    with (folder / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if _in(part, row["sender"])]
    alike = defaultdict(list)
    for row in rows:
        alike[row["label"], row["sender"]].append(row["id"])
    with zipfile.ZipFile(folder / "images.zip") as archive:
        names = {Path(name).stem: name for name in archive.namelist()}

        def read(key: str) -> Image.Image:
            return Image.open(io.BytesIO(archive.read(names[key]))).convert("RGB")

        for row in rng.sample(rows, min(pictures, len(rows))):
            image = read(row["id"])
            yield from _of(image, rng)
            others = [key for key in alike[row["label"], row["sender"]] if key != row["id"]]
            for key in rng.sample(others, min(3, len(others))):
                yield Pair("another", False, image, read(key))
