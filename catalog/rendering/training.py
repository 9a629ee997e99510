"""Training pictures: looks no catalogue holds, photographed and captioned, as `train_clip` reads them."""

from __future__ import annotations

import csv
import json
import multiprocessing
import random
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from .captions import captions
from .looks import random_look, random_view
from .scene import draw

#: Pictures of one product: what stays the same between them is the product.
VIEWS_PER_PRODUCT = 2

_Job = tuple[int, int, int, int, str]


def write_training(folder: Path, *, pictures: int, seed: int, size: int, processes: int = 1) -> int:
    """Write `folder`/training.csv (image, group, captions) and `folder`/images/*.webp; returns the picture count."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    products = -(-pictures // VIEWS_PER_PRODUCT)
    jobs = [(seed, product, min(VIEWS_PER_PRODUCT, pictures - product * VIEWS_PER_PRODUCT), size, str(folder))
            for product in range(products)]  # fmt: skip
    written = 0
    with (folder / "training.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("image", "group", "captions"))
        with tqdm(total=pictures, unit="picture", desc="training pictures") as bar:
            for rows in _done(jobs, processes):
                table.writerows(rows)
                written += len(rows)
                bar.update(len(rows))
    return written


def _done(jobs: list[_Job], processes: int) -> Iterator[list[tuple[str, str, str]]]:
    if processes <= 1:
        yield from map(_product, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(_product, jobs, chunksize=16)


def _product(job: _Job) -> list[tuple[str, str, str]]:
    """Draw one product's pictures; its rows depend on seed and number alone, not on the process."""
    seed, number, views, size, folder = job
    rng = random.Random(f"{seed}/{number}")
    look = random_look(rng)
    rows = []
    for turn in range(views):
        name = f"images/{number:06d}-{turn}.webp"
        picture = draw(look, random_view(rng, look, calm=rng.random() < 0.25), size)
        picture.save(Path(folder) / name, "WEBP", quality=88, method=0)
        rows.append((name, f"{seed}-{number:06d}", json.dumps(captions(look, rng), ensure_ascii=False)))
    return rows
