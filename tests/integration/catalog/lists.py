"""Somebody's product list with its pictures, written to a folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.pictures import picture_bytes

HEADER = "sku,title,title_de,category,category_de,brand,price,currency,stock,parent,images,collections"


def write_list(
    folder: Path, *rows: str, header: str = HEADER, pictures: dict[str, bytes] | None = None
) -> Path:
    """FOLDER/products.csv and FOLDER/images; three pictures (red, green, blue) unless told otherwise."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    if pictures is None:
        pictures = {f"{colour}.png": picture_bytes(colour) for colour in ("red", "green", "blue")}
    for name, content in pictures.items():
        (folder / "images" / name).write_bytes(content)
    (folder / "products.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


def write_zip(path: Path, **pictures: bytes) -> Path:
    """A zip of pictures; keyword names are entries, with `__` for a slash and a `.png` added."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pictures.items():
            archive.writestr(name.replace("__", "/") + ".png", content)
    return path
