"""Chromium for the browser tests, and the shops it visits; without Chromium they are skipped, and say so last."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from catalog.importing.run import import_products
from catalog.models import Product
from product_search.testing import index_now
from tests.pictures import picture_bytes

from .chromium import CHROMIUM

CATALOGUE = Path(__file__).resolve().parents[2] / "fixtures" / "catalogue"

ROWS = (
    ("M-1", "Red Mug", "Rote Tasse", "Kitchen > Mugs", "Küche > Tassen", "14.50", "3", "", "red.png"),
    ("M-2", "Blue Mug", "Blaue Tasse", "Kitchen > Mugs", "Küche > Tassen", "12", "0", "", "blue.png"),
    ("M-1-G", "Green Mug", "Grüne Tasse", "Kitchen > Mugs", "Küche > Tassen", "15", "1", "M-1", "green.png"),
    ("P-1", "Plate", "Teller", "Kitchen > Plates", "Küche > Teller", "9", "2", "", ""),
)
HEADER = ("sku", "title", "title_de", "category", "category_de", "price", "stock", "parent", "images")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on PATH"))


@pytest.fixture
def shop(transactional_db: None, live_server: Any, settings: Any, tmp_path: Path) -> str:
    """The address of a shop with three mugs, one of them a variant, and a plate."""
    settings.MEDIA_ROOT = tmp_path / "media"
    folder = tmp_path / "list"
    (folder / "images").mkdir(parents=True)
    for colour in ("red", "green", "blue"):
        (folder / "images" / f"{colour}.png").write_bytes(picture_bytes(colour, side=200))
    lines = [HEADER, *ROWS]
    (folder / "products.csv").write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    import_products(folder)
    assert Product.objects.count() == len(ROWS)
    index_now()
    return str(live_server.url)


@pytest.fixture
def rendered_shop(transactional_db: None, live_server: Any, settings: Any, tmp_path: Path) -> str:
    """The address of a shop with every fourteenth family of the rendered catalogue, with its real pictures."""
    settings.MEDIA_ROOT = tmp_path / "media"
    with (CATALOGUE / "products.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    families = {
        sku for number, sku in enumerate(row["sku"] for row in rows if not row["parent"]) if number % 14 == 0
    }
    chosen = [row for row in rows if (row["parent"] or row["sku"]) in families]
    with (tmp_path / "products.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(chosen)
    import_products(tmp_path / "products.csv", images=CATALOGUE / "images")
    index_now()
    return str(live_server.url)
