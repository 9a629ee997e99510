"""Writes what all peers are given: `python -m tests.benchmarks.products PLACE FOLDER`, in this project's environment.

`pictures-10000` are vectors of the rendered catalogue's pictures, changed, with titles, prices and queries of their
attributes; `catalogue` and `kagl` are judged catalogues as this shop indexes them, with the vectors that it searches.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from .peers.protocol import Vectors
from .peers.shop import CATALOGUE, MODEL, judgements, open_shop, sell_judged
from .rows import read_rows

#: Pictures that are written at once: a run that was cut off goes on after them.
AT_ONCE = 5_000
#: Forms of queries, of what truth.csv says of a picture.
FORMS = ("{colour} {type}", "{pattern} {type}", "{material} {type}", "{colour} {pattern} {type}", "{type}")


def write(place: str, folder: Path) -> None:
    """The data set `place` into `folder`; raises `DataMissing` where it is not to be had here."""
    folder.mkdir(parents=True, exist_ok=True)
    name, _, size = place.partition("-")
    said = read_rows().data[name]
    if size:
        _write_pictures(folder, int(size), said)
    else:
        _write_judged(folder, name)


def lifted(vectors: Vectors, dims: int, seed: int) -> Vectors:
    """`vectors` `(n, d)` turned into `dims` numbers by one orthonormal matrix: every inner product stays as it was."""
    random_matrix = np.random.default_rng(seed).standard_normal((dims, vectors.shape[1]))
    turned, _ = np.linalg.qr(random_matrix)
    return np.asarray(vectors @ turned.T.astype(np.float32), dtype=np.float32)


def _write_pictures(folder: Path, size: int, said: Any) -> None:
    from product_search import encoders

    from .shelf import sentence
    from .vectors import ENCODER, looks, shown_from

    dims, seed = said["dims"], said["seed"]
    rng = random.Random(seed)
    titles = [title for title, _ in islice(looks(), size)]
    prices = np.random.default_rng(seed).permutation(size) + 1
    texts = [f"{title}. {sentence(rng)}" for title in titles]
    parts = []
    for start in tqdm(range(0, size, AT_ONCE), desc=f"pictures of {folder.name}", unit_scale=AT_ONCE):
        part = folder / "parts" / f"{start}.npy"
        if not part.exists():
            part.parent.mkdir(exist_ok=True)
            found = shown_from(start, min(start + AT_ONCE, size))
            np.save(part.with_suffix(".new.npy"), found.astype(np.float16))
            part.with_suffix(".new.npy").rename(part)
        parts.append(part)
    vectors = np.lib.format.open_memmap(
        folder / "vectors-picture.npy", mode="w+", dtype=np.float32, shape=(size, dims)
    )
    for number, part in enumerate(parts):
        raw = np.load(part).astype(np.float32)
        raw /= np.linalg.norm(raw, axis=1, keepdims=True)
        vectors[number * AT_ONCE : number * AT_ONCE + len(raw)] = lifted(raw, dims, seed)
    vectors.flush()
    asked = _queries(said["tuning"] + said["queries"], rng)
    encoded = lifted(encoders.load(ENCODER).encode_texts(asked), dims, seed)
    for part_name, part_of in (
        ("tuning", slice(said["tuning"])),
        ("queries", slice(said["tuning"], None)),
    ):
        _write_queries(
            folder, part_name, [(words, "words", {}) for words in asked[part_of]], encoded[part_of]
        )
    _write_products(folder, titles, texts, prices.tolist(), [str(number) for number in range(size)])


def _queries(number: int, rng: random.Random) -> list[str]:
    """Distinct queries of all forms, of pictures at random."""
    with (CATALOGUE / "truth.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    every = sorted({form.format(**row) for row in rows for form in FORMS})
    return rng.sample(every, number)


def _write_judged(folder: Path, name: str) -> None:
    from .peers.postgres import Server

    server = Server(folder / "server")
    try:
        open_shop(server.url, folder)
        sell_judged(name, folder / "files")
        _dump(folder, name)
    finally:
        server.close()


def _dump(folder: Path, name: str) -> None:
    """Products in the order of their keys, with the vectors of their English texts and of their covers."""
    from catalog.models import Product
    from product_search import encoders
    from product_search.evaluation.files import read_csv
    from product_search.evaluation.judged import collected
    from product_search.models import PictureVector, TextVector

    products = list(Product.objects.order_by("pk").select_related("category", "brand"))
    texts = [
        ". ".join(
            filter(
                None,
                (
                    each.name,
                    str(each.brand or ""),
                    each.category.name if each.category else "",
                    each.description,
                ),
            )
        )
        for each in products
    ]
    said = dict(TextVector.objects.filter(language="en").values_list("product", "vector"))
    covers = PictureVector.objects.order_by("-position").values_list("product", "vector")
    shown = dict(covers)
    text = np.array([said[each.pk] for each in products], dtype=np.float32)
    picture = np.array([shown.get(each.pk, said[each.pk]) for each in products], dtype=np.float32)
    mean = text + picture
    for kind, vectors in (("text", text), ("picture", picture), ("mean", mean)):
        np.save(folder / f"vectors-{kind}.npy", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    groups = [str(each.parent_id or each.pk) for each in products]
    _write_products(
        folder, [each.name for each in products], texts, list(range(1, len(products) + 1)), groups
    )

    ids = {each.sku: number for number, each in enumerate(products, 1)}
    encoder = encoders.load(f"local-dir:{MODEL}")
    for part, path in judgements(name, folder / "files").items():
        judged, _ = collected(read_csv(path, "en"))
        asked = [each for each in judged if each.topic.text and each.topic.language == "en"]
        queries = [
            (
                each.topic.text,
                each.topic.kind,
                {ids[sku]: grade for sku, grade in each.grades.items() if sku in ids},
            )
            for each in asked
        ]
        queries = [each for each in queries if each[2]]
        to = {"tune": "tuning", "check": "queries"}[part]
        _write_queries(folder, to, queries, encoder.encode_texts([words for words, _, _ in queries]))


def _write_products(
    folder: Path, titles: Sequence[str], texts: Sequence[str], prices: Sequence[int], groups: Sequence[str]
) -> None:
    """Written last: a folder that has it is whole."""
    said = {"titles": list(titles), "texts": list(texts), "prices": list(prices), "groups": list(groups)}
    (folder / "products.new").write_text(json.dumps(said), encoding="utf-8")
    (folder / "products.new").rename(folder / "products.json")


def _write_queries(
    folder: Path, part: str, queries: Sequence[tuple[str, str, Any]], vectors: Vectors
) -> None:
    said = [{"words": words, "kind": kind, "grades": grades} for words, kind, grades in queries]
    (folder / f"{part}.json").write_text(json.dumps(said), encoding="utf-8")
    np.save(folder / f"{part}.npy", vectors)


if __name__ == "__main__":
    if "-" in sys.argv[1]:  # the encoder alone asks for Django's settings
        import os

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalog.settings")
        import django

        django.setup()
    write(sys.argv[1], Path(sys.argv[2]))
