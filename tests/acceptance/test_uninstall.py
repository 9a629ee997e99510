"""docs/uninstall.md on a filled shop: nothing is left, nothing of the shop's changed, and all comes back the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from PIL import Image

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.retrieval import SearchRequest, search
from tests.acceptance import doc_text, listing
from tests.acceptance.conftest import CATALOGUE

PAGE = doc_text.section("uninstall.md")
BACK = doc_text.section("uninstall.md", "Coming back")


@pytest.fixture
def filled(transactional_db: None, tmp_path: Path, model_settings: dict[str, object]) -> Iterator[None]:
    """Each sixteenth product of the catalogue, with its pictures and the model that ships."""
    with (CATALOGUE / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for number, row in enumerate(csv.DictReader(file)) if number % 16 == 0]
    products = tmp_path / "products.csv"
    with products.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"parent": ""} for row in rows)
    with override_settings(PRODUCT_SEARCH=model_settings, MEDIA_ROOT=tmp_path / "media"):
        call_command("import_products", str(products), images=CATALOGUE / "images", verbosity=0)
        yield
        manage("migrate product_search")


def manage(command: str) -> str:
    """Run a `python manage.py ...` line of the page, or its arguments."""
    out = io.StringIO()
    arguments = command.removeprefix("python manage.py ").split()
    call_command(*arguments, stdout=out, stderr=io.StringIO(), verbosity=0)
    return out.getvalue()


def raw() -> Any:
    connection.ensure_connection()
    return connection.connection


def results() -> list[list[tuple[Any, float]]]:
    """Keys and scores, best first, of searches by words in two languages, by picture, by both, and filtered."""
    picture = Image.open(CATALOGUE / "images" / "mug-1001-1.webp").convert("RGB")
    asked: list[tuple[dict[str, Any], str]] = [
        ({"q": "mug"}, "en"),
        ({"q": "cotton"}, "en"),
        ({"q": "Tasse aus Porzellan"}, "de"),
        ({"q": "mug", "filters": {"price": ("5..40",)}}, "en"),
        ({"picture": picture}, "en"),
        ({"picture": picture, "q": "blue"}, "en"),
    ]
    return [
        [
            (hit.key, hit.score)
            for hit in search(SearchRequest(per_page=50, **request), SearchScope(language=language)).hits
        ]
        for request, language in asked
    ]


def test_zero_leaves_the_shop_as_it_was_and_all_comes_back_the_same(filled):
    zero = next(line for line in doc_text.commands(PAGE) if "zero" in line)
    manage(zero)
    before, goods = listing.schema(raw()), listing.contents(raw(), "catalog_")
    assert goods["catalog_product"][0] == Product.objects.count() >= 30

    for command in doc_text.commands(BACK):
        manage(command)
    found = results()
    assert all(found), found
    # Beside the shop's own things, and none of them touched.
    installed = listing.schema(raw())
    own = {
        kind: [row for row in rows if "product_search" not in str(row)] for kind, rows in installed.items()
    }
    assert own == before
    assert len(installed["relations"]) > len(before["relations"]) + 20

    call_command("triggers", "install", stdout=io.StringIO())
    assert len(listing.schema(raw())["triggers"]) > len(before["triggers"])
    # As after a `spaces drop` that was cut off between its two steps.
    raw().execute("ALTER TABLE product_search_picturevector DETACH PARTITION product_search_picturevector_1")
    manage(zero)
    assert listing.schema(raw()) == before
    assert listing.contents(raw(), "catalog_") == goods

    for command in doc_text.commands(BACK):
        manage(command)
    again = results()
    assert [[key for key, _ in hits] for hits in again] == [[key for key, _ in hits] for hits in found]
    for now, then in zip(again, found, strict=True):
        assert [score for _, score in now] == pytest.approx([score for _, score in then], abs=1e-6)
    assert listing.schema(raw()).keys() == installed.keys()
    assert listing.contents(raw(), "catalog_") == goods


@pytest.mark.django_db(transaction=True)
def test_switched_off_the_shop_sells_on_without_the_tables(settings, client):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    manage("migrate product_search zero")
    try:
        mug = Product.objects.create(sku="M", name="Mug")
        mug.name = "Cup"
        mug.save()
        mug.delete()
        assert client.get("/search/v1/search", {"q": "mug"}).json()["total"] == 0
    finally:
        manage("migrate product_search")
