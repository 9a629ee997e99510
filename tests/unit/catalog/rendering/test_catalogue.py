"""What the rendered shop sells, how it says so, and that fixtures/catalogue is what the command writes."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pytest

from catalog.rendering.assortment import TYPES
from catalog.rendering.catalogue import Item, catalogue
from catalog.rendering.commerce import TRADES
from catalog.rendering.palette import COLOURS
from catalog.rendering.writer import PRODUCT_COLUMNS, TRUTH_COLUMNS, image_names, product_rows, truth_rows

FIXTURE = Path(__file__).parents[4] / "fixtures" / "catalogue"

_TELLING = re.compile(
    r"\b(red|blue|green|yellow|black|white|gr[ea]y|pink|purple|orange|brown|beige|turquoise|crimson|scarlet|"
    r"strip\w*|dot\w*|check\w*|plaid|floral|flower\w*|zigzag\w*|chevron|plain|"
    r"rot\w{0,2}|blau\w{0,2}|grün\w{0,2}|gelb\w{0,2}|schwarz\w{0,2}|weiß\w{0,2}|grau\w{0,2}|rosa|lila|braun\w{0,2}|"
    r"türkis|gestreift\w*|streifen|gepunktet\w*|punkt\w*|kariert\w*|karo\w*|geblümt\w*|blumen\w*|gezackt\w*|zickzack\w*|"
    r"einfarbig\w*|uni)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return catalogue(1)


@pytest.fixture(scope="module")
def rows(items: list[Item]) -> list[dict[str, str]]:
    return [dict(zip(PRODUCT_COLUMNS, map(str, row), strict=True)) for row in product_rows(items, 1)]


def test_the_shop_is_as_large_and_varied_as_it_says(items: list[Item]) -> None:
    assert len(items) == 600
    assert len({item.sku for item in items}) == 600
    assert {item.look.type for item in items} == set(TYPES)
    assert all(2 <= len(item.views) <= 3 for item in items)
    assert sum(bool(item.parent) for item in items) > 100


def test_every_type_comes_in_every_one_of_its_colours(items: list[Item]) -> None:
    sold = {(item.look.type, item.look.colour) for item in items}
    assert sold == {(kind.name, colour) for kind in TYPES.values() for colour in kind.colours}


def test_variants_differ_from_their_parent_in_colour_only(items: list[Item]) -> None:
    by_sku = {item.sku: item for item in items}
    for item in items:
        if item.parent:
            parent = by_sku[item.parent]
            assert not parent.parent
            assert item.look.colour != parent.look.colour
            assert (item.look.type, item.look.form, item.look.shape) == (
                parent.look.type, parent.look.form, parent.look.shape,
            )  # fmt: skip


def test_at_least_a_third_of_the_titles_leave_colour_and_pattern_to_the_picture(
    rows: list[dict[str, str]],
) -> None:
    silent = [row for row in rows if not _TELLING.search(row["title"])]
    assert 1 / 3 <= len(silent) / len(rows) <= 2 / 3
    for row in silent:
        for column in ("title_de", "description", "description_de"):
            assert not _TELLING.search(row[column]), row[column]


def test_a_title_that_tells_a_colour_tells_the_one_in_the_picture(
    items: list[Item], rows: list[dict[str, str]]
) -> None:
    told = 0
    for item, row in zip(items, rows, strict=True):
        named = {colour for colour in COLOURS if re.search(rf"\b{colour}\b", row["title"], re.IGNORECASE)}
        assert named <= {item.look.colour}, row["title"]
        told += bool(named)
    assert told > 150


def test_red_striped_mugs_are_there_unnamed_among_products_that_resemble_them(
    items: list[Item], rows: list[dict[str, str]]
) -> None:
    kinds = Counter((item.look.type, item.look.colour, item.look.pattern) for item in items)
    assert kinds["mug", "red", "striped"] >= 3
    for resembling in (("mug", "red", "plain"), ("mug", "blue", "striped"), ("cushion", "red", "striped")):
        assert kinds[resembling] >= 2
    designs = set()
    for item, row in zip(items, rows, strict=True):
        if (item.look.type, item.look.colour, item.look.pattern) == ("mug", "red", "striped"):
            designs.add(item.parent or item.sku)
            texts = " ".join(row[name] for name in ("title", "title_de", "description", "description_de"))
            assert not _TELLING.search(texts), texts
    assert len(designs) >= 3


def test_trade_figures_are_those_of_a_shop(rows: list[dict[str, str]]) -> None:
    stocks = [int(row["stock"]) for row in rows]
    assert 30 < stocks.count(0) < 130
    assert all(5 <= float(row["price"]) <= 3000 and row["currency"] == "EUR" for row in rows)
    assert all(2.5 <= float(row["rating"]) <= 5 and 0 <= int(row["popularity"]) <= 1000 for row in rows)
    reduced = [row for row in rows if row["list_price"]]
    assert 30 < len(reduced) < 130
    assert all(1.1 < float(row["list_price"]) / float(row["price"]) < 2 for row in reduced)
    assert len({row["brand"] for row in rows}) >= 12
    assert len({name for row in rows for name in row["collections"].split(";") if name}) >= 5


def test_categories_have_the_same_depth_in_both_languages(rows: list[dict[str, str]]) -> None:
    assert set(TRADES) == set(TYPES)
    for row in rows:
        depth = len(row["category"].split(" > "))
        assert depth == len(row["category_de"].split(" > "))
        assert 2 <= depth <= 3


def test_the_same_seed_sells_the_same_and_another_seed_something_else(items: list[Item]) -> None:
    assert catalogue(1) == items
    assert [item.look for item in catalogue(2)] != [item.look for item in items]


def _table(columns: tuple[str, ...], lines: list[tuple[object, ...]]) -> bytes:
    page = io.StringIO(newline="")
    table = csv.writer(page, lineterminator="\n")
    table.writerow(columns)
    table.writerows(lines)
    return page.getvalue().encode()


def test_the_shipped_tables_are_those_of_seed_1_to_the_byte(items: list[Item]) -> None:
    products = _table(PRODUCT_COLUMNS, list(product_rows(items, 1)))
    truth = _table(TRUTH_COLUMNS, [tuple(row) for row in truth_rows(items)])
    assert (FIXTURE / "products.csv").read_bytes() == products, "run: manage.py render_catalogue --seed 1"
    assert (FIXTURE / "truth.csv").read_bytes() == truth, "run: manage.py render_catalogue --seed 1"


def test_every_named_picture_is_shipped_and_all_of_them_weigh_little(items: list[Item]) -> None:
    shipped = {path.name: path.stat().st_size for path in (FIXTURE / "images").iterdir()}
    assert set(shipped) == {name for item in items for name in image_names(item)}
    assert sum(shipped.values()) < 14_000_000
    assert min(shipped.values()) > 500
