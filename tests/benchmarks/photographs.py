"""Vectors of photographs and titles of kagl-fashion, which lies beside the repository, by a model trained on them."""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import numpy as np
from PIL import Image
from tqdm import tqdm

from product_search import encoders
from product_search.encoders import Encoder
from tests.acceptance import reports

from .vectors import SIDE, Vectors, changed_picture

KAGL = reports.ROOT.parent / "shared" / "data" / "kagl-fashion"
#: Where pictures' vectors are kept, of so many each: encoding goes on where it was cut.
KEPT, CHUNK = reports.ROOT / "build" / "photographs", 4096
BATCH = 64


def photographs(count: int) -> tuple[Vectors, Vectors]:
    """Vectors of titles and of pictures, `(count, dim)` each, by the model in KAGL_MODEL (`manage.py train_clip`).

    The pictures are those of the part `train`, each changed as often as it takes, every time otherwise.
    """
    encoder = encoders.load(f"local-dir:{os.environ['KAGL_MODEL']}")
    with (KAGL / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
    folder = KEPT / encoder.info.digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    seen = []
    with tqdm(total=count, desc="pictures", unit="picture") as bar:
        for start in range(0, count, CHUNK):
            numbers = range(start, min(start + CHUNK, count))
            kept = folder / f"{start}-{numbers.stop}.npy"
            if not kept.exists():
                _keep(
                    kept, _encoded(encoder, [(number, rows[number % len(rows)]["id"]) for number in numbers])
                )
            seen.append(np.load(kept))
            bar.update(len(numbers))
    titles = list(dict.fromkeys(row["title"] for row in rows))
    place = {title: at for at, title in enumerate(titles)}
    said = encoder.encode_texts(titles)[[place[rows[number % len(rows)]["title"]] for number in range(count)]]
    return said, np.concatenate(seen)


def _encoded(encoder: Encoder, numbered: Sequence[tuple[int, str]]) -> Vectors:
    found = []
    with zipfile.ZipFile(KAGL / "images.zip") as archive:
        names = {PurePath(name).stem: name for name in archive.namelist() if name.endswith(".webp")}
        for batch in _batches(numbered):
            changed = []
            for number, name in batch:
                with archive.open(names[name]) as stored, Image.open(stored) as picture:
                    changed.append(changed_picture(picture.convert("RGB").resize((SIDE, SIDE)), number))
            found.append(encoder.encode_images(changed))
    return np.concatenate(found)


def _batches(numbered: Sequence[tuple[int, str]]) -> Iterator[Sequence[tuple[int, str]]]:
    return (numbered[at : at + BATCH] for at in range(0, len(numbered), BATCH))


def _keep(path: Path, vectors: Vectors) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part.npy")
    np.save(part, vectors)
    part.replace(path)
