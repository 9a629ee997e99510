"""What the index must hold, worked out from the shop's live tables and files by SQL, and compared row by row.

It imports nothing of the plugin or of the shop: it knows the declared document by heart (documents.py), and computes
each vector itself from what the encoder should have been given.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from PIL import Image

from . import vectors

#: Text by product and language: title, brand, category, collections, description, in the order of their declaration.
TEXTS = """
    SELECT product.id, language,
        CASE WHEN language = 'de' AND product.name_de <> '' THEN product.name_de ELSE product.name END,
        coalesce(brand.name, ''),
        coalesce(CASE WHEN language = 'de' AND category.name_de <> '' THEN category.name_de ELSE category.name END, ''),
        coalesce((
            SELECT string_agg(DISTINCT collection.name, ', ' ORDER BY collection.name)
            FROM catalog_collectionproduct place JOIN catalog_collection collection ON collection.id = collection_id
            WHERE place.product_id = product.id AND collection.name <> ''), ''),
        product.description
    FROM catalog_product product CROSS JOIN (VALUES ('en'), ('de')) AS spoken(language)
    LEFT JOIN catalog_brand brand ON brand.id = product.brand_id
    LEFT JOIN catalog_category category ON category.id = product.category_id
"""
FIELDS = ("title", "brand_name", "category_name", "collection_names", "description")
PICTURES = """
    SELECT product_id, id::text,
        row_number() OVER (PARTITION BY product_id ORDER BY position, id) - 1, image
    FROM catalog_productimage WHERE image <> ''
"""
SERVING_TEXTS = """
    SELECT product, language, fields, digest, cardinality(terms), cardinality(frequencies), cardinality(lengths)
    FROM product_search_text
    WHERE generation_id = (SELECT id FROM product_search_generation WHERE state = 'serving')
"""
SERVING_TEXT_VECTORS = """
    SELECT product, language, digest, vector::text FROM product_search_textvector
    WHERE product IS NOT NULL AND space_id = (SELECT id FROM product_search_space WHERE state = 'serving')
        AND generation_id = (SELECT id FROM product_search_generation WHERE state = 'serving')
"""
SERVING_PICTURE_VECTORS = """
    SELECT product, picture, position, digest, vector::text FROM product_search_picturevector
    WHERE product IS NOT NULL AND space_id = (SELECT id FROM product_search_space WHERE state = 'serving')
"""
WAITING = """
    SELECT (SELECT count(*) FROM product_search_mark)
        + (SELECT count(*) FROM product_search_entry WHERE done <> wanted AND NOT parked)
        + (SELECT count(*) FROM catalog_product WHERE id NOT IN (SELECT product FROM product_search_entry))
        + (SELECT count(*) FROM product_search_entry WHERE product NOT IN (SELECT id FROM catalog_product))
"""


@dataclass(frozen=True)
class File:
    """A picture's bytes, and what the encoder is to be given of them; None where they are no picture."""

    data: bytes
    pixels: Image.Image | None

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


def waiting(shop: psycopg.Connection[Any]) -> int:
    """Marks, stale entries, and products without an entry or entries without a product: what is still to be done."""
    row = shop.execute(WAITING).fetchone()
    assert row is not None
    return int(row[0])


def differences(shop: psycopg.Connection[Any], media: Path) -> list[str]:
    """One sentence for each row of the index that is missing, left over or other than the shop says; none is right."""
    return [*_entries(shop), *_texts(shop), *_text_vectors(shop), *_pictures(shop, media)]


def _entries(shop: psycopg.Connection[Any]) -> Iterator[str]:
    marks = shop.execute("SELECT source, key, after FROM product_search_mark").fetchall()
    yield from (f"mark left: {mark}" for mark in marks)
    products = {key for (key,) in shop.execute("SELECT id FROM catalog_product")}
    rows = shop.execute(
        "SELECT product, wanted, done, parked, lease, attempts, error FROM product_search_entry"
    )
    entries = {row[0]: row[1:] for row in rows}
    yield from (f"product {key} has no entry" for key in products - entries.keys())
    yield from (f"entry of product {key}, which is gone" for key in entries.keys() - products)
    for key, (wanted, done, parked, lease, attempts, error) in entries.items():
        if done != wanted or parked or lease is not None or attempts or error:
            yield f"entry {key}: {done=} {wanted=} {parked=} {lease=} {attempts=} {error=}"


def _said(shop: psycopg.Connection[Any]) -> dict[tuple[int, str], dict[str, str]]:
    return {
        (key, language): dict(zip(FIELDS, cells, strict=True))
        for key, language, *cells in shop.execute(TEXTS)
    }


def _texts(shop: psycopg.Connection[Any]) -> Iterator[str]:
    wanted = _said(shop)
    rows = shop.execute(SERVING_TEXTS).fetchall()
    yield from _compared("text", wanted, {(key, language): fields for key, language, fields, *_ in rows})
    for key, language, _, digest, terms, frequencies, lengths in rows:
        embedded = _embedded(wanted.get((key, language), {}))
        if digest != hashlib.sha256(embedded.encode()).hexdigest():
            yield f"text of {key, language}: {digest=} of something else than {embedded!r}"
        if (frequencies, lengths) != (terms * len(FIELDS), len(FIELDS)) or bool(terms) != bool(embedded):
            yield f"text of {key, language}: {terms=} {frequencies=} {lengths=}"


def _text_vectors(shop: psycopg.Connection[Any]) -> Iterator[str]:
    wanted = {place: text for place, fields in _said(shop).items() if (text := _embedded(fields))}
    found = {(key, language): vector for key, language, _, vector in shop.execute(SERVING_TEXT_VECTORS)}
    yield from (f"text vector of {place} is missing" for place in wanted.keys() - found.keys())
    yield from (f"text vector of {place} is left over" for place in found.keys() - wanted.keys())
    for place in wanted.keys() & found.keys():
        if not _is(found[place], vectors.of_text(wanted[place])):
            yield f"text vector of {place} is not that of {wanted[place]!r}"


def _pictures(shop: psycopg.Connection[Any], media: Path) -> Iterator[str]:
    shown = {(key, picture): (place, name) for key, picture, place, name in shop.execute(PICTURES)}
    files = {name: _file(media / name) for _, name in shown.values()}
    wanted = {
        key: (place, name, len(files[name].data), files[name].digest, files[name].pixels is not None)
        for key, (place, name) in shown.items()
    }
    rows = shop.execute(
        "SELECT product, picture, position, name, size, digest, reason FROM product_search_picture"
    )
    found = {
        (key, picture): (place, name, size, digest, not reason)
        for key, picture, place, name, size, digest, reason in rows
    }
    yield from _compared("picture", wanted, found)
    seen = shop.execute(SERVING_PICTURE_VECTORS).fetchall()
    yield from _compared(
        "picture vector",
        {key: (place, digest) for key, (place, _, _, digest, readable) in wanted.items() if readable},
        {(key, picture): (place, digest) for key, picture, place, digest, _ in seen},
    )
    for key, picture, _, _, vector in seen:
        name = shown.get((key, picture), (0, ""))[1]
        pixels = files[name].pixels if name else None
        if pixels is not None and not _is(vector, vectors.of_picture(pixels)):
            yield f"picture vector of {key, picture} is not that of {name}"


def _compared(what: str, wanted: dict[Any, Any], found: dict[Any, Any]) -> Iterator[str]:
    yield from (f"{what} of {place} is missing" for place in wanted.keys() - found.keys())
    yield from (f"{what} of {place} is left over" for place in found.keys() - wanted.keys())
    for place in wanted.keys() & found.keys():
        if wanted[place] != found[place]:
            yield f"{what} of {place} is {found[place]}; the shop says {wanted[place]}"


def _embedded(fields: dict[str, str]) -> str:
    """The first text that is not empty, as the docs say."""
    return next((" ".join(text.split()) for text in fields.values() if text.strip()), "")


def _file(path: Path) -> File:
    data = path.read_bytes()
    try:
        with Image.open(io.BytesIO(data)) as opened:
            return File(data, opened.convert("RGB"))
    except (OSError, SyntaxError):
        return File(data, None)


def _is(stored: str, expected: np.ndarray[Any, Any]) -> bool:
    """Equal as half-precision numbers, in which they are stored; printed text is off by less than half a step."""
    found = np.array(stored.strip("[]").split(","), dtype=np.float64)
    return found.shape == expected.shape and bool(
        np.allclose(found, expected.astype(np.float16).astype(np.float64), rtol=1e-3, atol=1e-5)
    )
