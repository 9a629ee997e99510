"""A catalogue of a few rows, as somebody's files: titles, attributes, pictures."""

from __future__ import annotations

import csv
from pathlib import Path

COLUMNS = ("id", "name", "parent", "about", "department", "type", "colour", "material", "file")

ROWS = (
    ("1", "Red Mug Dana", "", "Holds tea.", "Kitchen > Mugs", "mug", "red", "ceramic", "1.webp"),
    ("2", "Dana in Blue", "1", "Holds tea.", "Kitchen > Mugs", "mug", "blue", "ceramic", "2.webp"),
    ("3", "Mug Otto", "", "Holds coffee.", "Kitchen > Mugs", "mug", "red", "steel", "3.webp"),
    ("4", "Otto", "", "A seat for two.", "Furniture", "sofa", "red", "linen", "4.webp"),
    ("5", "otto ", "", "A seat for three.", "Furniture", "sofa", "blue", "wool", "5.webp"),
    ("6", "Wooden Sofa Bench", "", "For the hall.", "Furniture", "sofa", "plain", "wood", "6.webp"),
)

SPEC = """
name = "small"
products = "products.csv"
key = "id"
title = "name"
group = "parent"
picture = "{file}"
texts = ["name", "about", "department"]
removed_from = ["name", "department"]
categories = ["department"]
attribute_queries = ["{colour} {type}"]
phrases = ["{type} of {material} in {colour}"]
looks = ["type", "colour", "material"]
[attributes]
type = "type"
colour = "colour"
material = "material"
[unasked]
colour = ["plain"]
[words]
type = ["couch"]
[shopper_words]
"settee" = ["sofa"]
"seat" = ["sofa"]
"tumblers" = ["mug", "glass"]
"parka" = ["jacket"]
"""


def write_small(folder: Path, rows=ROWS) -> Path:
    """FOLDER/products.csv and FOLDER/spec.toml; returns the latter."""
    with (folder / "products.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    (folder / "spec.toml").write_text(SPEC, encoding="utf-8")
    return folder / "spec.toml"
