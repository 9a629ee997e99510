"""Writes the catalogue folder: products.csv for the import, truth.csv for measuring, and images/."""

from __future__ import annotations

import csv
import multiprocessing
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from tqdm import tqdm

from . import commerce, titles
from .catalogue import Item, catalogue
from .looks import ProductLook, View
from .scene import draw

PRODUCT_COLUMNS = (
    "sku", "title", "title_de", "description", "description_de", "category", "category_de", "brand", "price",
    "list_price", "currency", "stock", "rating", "popularity", "parent", "images", "collections",
)  # fmt: skip
TRUTH_COLUMNS = ("sku", "image", "type", "colour", "pattern", "material", "shape")

#: WebP quality of the shop's pictures; 80 shows no artefacts at their size.
QUALITY = 80

_Job = tuple[ProductLook, View, int, str]


def write_catalogue(folder: Path, *, seed: int, size: int = 384, processes: int = 1) -> str:
    """Write the catalogue folder and return one line on what lies in it; pictures of an earlier run are removed."""
    items = catalogue(seed)
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    wanted = {name for item in items for name in image_names(item)}
    for old in images.glob("*.webp"):
        if old.name not in wanted:
            old.unlink()
    _write_table(folder / "products.csv", PRODUCT_COLUMNS, product_rows(items, seed))
    _write_table(folder / "truth.csv", TRUTH_COLUMNS, truth_rows(items))
    jobs = [
        (item.look, view, size, str(images / name))
        for item in items
        for view, name in zip(item.views, image_names(item), strict=True)
    ]
    with tqdm(total=len(jobs), unit="picture", desc="catalogue pictures") as bar:
        for _ in _drawn(jobs, processes):
            bar.update()
    weight = sum(path.stat().st_size for path in images.glob("*.webp"))
    return f"{len(items)} products, {len(jobs)} pictures, {weight / 1e6:.1f} MB"


def image_names(item: Item) -> list[str]:
    """The item's picture files, first the one that lists show."""
    return [f"{item.sku.lower()}-{turn}.webp" for turn in range(1, len(item.views) + 1)]


def product_rows(items: Iterable[Item], seed: int) -> Iterator[tuple[object, ...]]:
    """Rows of products.csv."""
    for item in items:
        rng = random.Random(f"trade/{seed}/{item.parent or item.sku}")
        trade = commerce.TRADES[item.look.type]
        brand, price = rng.choice(trade.brands), commerce.price(item.look, rng)
        joined = commerce.collections(item.look, rng)
        own = random.Random(f"sales/{seed}/{item.sku}")
        yield (
            item.sku,
            titles.title(item.look, item.wording),
            titles.title_de(item.look, item.wording),
            titles.description(item.look, item.wording),
            titles.description_de(item.look, item.wording),
            trade.category,
            trade.category_de,
            brand,
            price,
            commerce.list_price(price, random.Random(f"reduced/{seed}/{item.parent or item.sku}")),
            "EUR",
            commerce.stock(own),
            commerce.rating(own),
            commerce.popularity(own),
            item.parent,
            ";".join(image_names(item)),
            ";".join(joined),
        )


def truth_rows(items: Iterable[Item]) -> Iterator[tuple[str, ...]]:
    """Rows of truth.csv: one for each picture."""
    for item in items:
        look = item.look
        for name in image_names(item):
            yield item.sku, name, look.type, look.colour, look.pattern, look.material, look.shape


def _write_table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)


def _drawn(jobs: list[_Job], processes: int) -> Iterator[None]:
    if processes <= 1:
        yield from map(_draw, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(_draw, jobs, chunksize=16)


def _draw(job: _Job) -> None:
    look, view, size, path = job
    draw(look, view, size).save(path, "WEBP", quality=QUALITY, method=4)
