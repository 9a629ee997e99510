"""Vectors of real pictures and titles for benchmarks, by the model that ships: never random numbers, as neighbours in
those say nothing of neighbours in a shop.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count, islice

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from product_search import encoders
from product_search.indexing.copying import copy_rows
from product_search.models import Space
from tests.acceptance.conftest import CATALOGUE, MODEL

SEED = 6_000_000
ENCODER = f"local-dir:{MODEL}"
#: Pictures are made this small before they are changed: the model sees 80 pixels.
SIDE = 96
#: What titles say beside what is seen, so that few are the same.
LINES = ("Nord", "Alba", "Vento", "Sora", "Lumo", "Fjell", "Costa", "Brisa", "Terra", "Onda", "Selva", "Duna")

Vectors = NDArray[np.float32]


def titles(products: int) -> tuple[tuple[str, ...], Vectors]:
    """What each product's picture shows, in words, as titles; and their vectors `(n, dim)`."""
    said = tuple(title for title, _ in islice(looks(), products))
    return said, encoders.load(ENCODER).encode_texts(said)


def shown(products: int) -> Vectors:
    """Vectors `(n, dim)` of one picture each: the rendered catalogue's, changed as often as it takes."""
    return shown_from(0, products)


def shown_from(start: int, stop: int) -> Vectors:
    """Those of the pictures from `start` on, before `stop`."""
    encoder = encoders.load(ENCODER)
    pictures = (
        augmented(name, number) for number, (_, name) in enumerate(islice(looks(), start, stop), start)
    )
    found = []
    while batch := list(islice(pictures, 64)):
        found.append(encoder.encode_images(batch))
    return np.concatenate(found)


def looks() -> Iterator[tuple[str, str]]:
    """Endless titles and picture files: round after round through the catalogue, each time in another order."""
    with (CATALOGUE / "truth.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for turn in count():
        rng = random.Random(SEED + turn)
        for row in rng.sample(rows, len(rows)):
            said = [row["colour"], row["pattern"], row["material"], row["type"]]
            kept = [word for word in said[:-1] if rng.random() < 0.8] + said[-1:]
            yield f"{' '.join(kept)} {rng.choice(LINES)} {rng.randrange(1000)}", row["image"]


def augmented(name: str, seed: int) -> Image.Image:
    """A picture of the rendered catalogue, changed."""
    return changed_picture(_small(name), seed)


def changed_picture(picture: Image.Image, seed: int) -> Image.Image:
    """A square picture of SIDE as another photograph may show it: a part, turned, mirrored, lighter or darker."""
    rng = random.Random(SEED + seed)
    side = rng.uniform(0.7, 1.0) * SIDE
    left, top = (rng.uniform(0, SIDE - side) for _ in range(2))
    picture = picture.rotate(rng.uniform(-12, 12), Image.Resampling.BILINEAR, fillcolor=(255, 255, 255))
    picture = picture.crop((int(left), int(top), int(left + side), int(top + side)))
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = change(picture).enhance(rng.uniform(0.75, 1.25))
    return picture


@lru_cache(maxsize=2000)
def _small(name: str) -> Image.Image:
    with Image.open(CATALOGUE / "images" / name) as picture:
        return picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def write_pictures(space: Space, products: Iterable[int], vectors: Vectors) -> None:
    """One picture's vector for each of `products`, into the tables of the plugin."""
    copy_rows(
        connection.alias,
        "product_search_picturevector",
        ("space_id", "product", "picture", "position", "digest", "vector"),
        (
            (space.pk, product, str(number), 0, f"{number:064x}", written(vector))
            for number, (product, vector) in enumerate(zip(products, vectors, strict=True))
        ),
    )


def write_texts(
    space: Space, generation: int, language: str, products: Sequence[int], vectors: Vectors
) -> None:
    """One text's vector in `language` for each of `products`."""
    copy_rows(
        connection.alias,
        "product_search_textvector",
        ("space_id", "generation_id", "product", "language", "digest", "vector"),
        (
            (space.pk, generation, product, language, f"{number:064x}", written(vector))
            for number, (product, vector) in enumerate(zip(products, vectors, strict=True))
        ),
    )


def written(vector: Vectors) -> str:
    """A vector `(dim,)` as Postgres reads it."""
    return "[" + ",".join(f"{x:.6g}" for x in vector.tolist()) + "]"


def nearest(vectors: Vectors, to: Vectors, number: int) -> NDArray[np.int64]:
    """The rows of `vectors` `(n, dim)` that are nearest to `to` `(dim,)`, the nearest first: all are compared."""
    return np.argsort(-(vectors @ to), kind="stable")[:number]
