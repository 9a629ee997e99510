"""Real catalogues, imported from their files and indexed by a real worker: phones' photographs, and a shop.

They lie beside the repository in ../shared/data and are never committed, so only `make acceptance` asks for them.
"""

from __future__ import annotations

import csv
import io
import time
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image

from catalog.models import Product, ProductImage
from product_search.documents import SearchScope
from product_search.indexing.health import health
from product_search.retrieval import SearchRequest, search
from tests.acceptance import reports
from tests.acceptance.conftest import MODEL, ROOT
from tests.acceptance.indexing.conftest import wait_until

DATA = ROOT.parent / "shared" / "data"
ENGLISH = SearchScope(language="en")


@pytest.fixture
def model(settings, monkeypatch) -> None:
    """The model that ships, in this process and in the worker's."""
    monkeypatch.setenv("TEST_ENCODER", f"local-dir:{MODEL}")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": f"local-dir:{MODEL}"}


def titles(request: SearchRequest) -> list[str]:
    return [hit.product.name for hit in search(request, ENGLISH).hits]


def photographs(folder: Path, every: int) -> list[tuple[str, Image.Image]]:
    """Each `every`th photograph with its product's SKU."""
    with (folder / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::every]
    with zipfile.ZipFile(folder / "images.zip") as archive:
        names = {Path(name).stem: name for name in archive.namelist()}
        return [(row["id"], Image.open(io.BytesIO(archive.read(names[row["id"]])))) for row in rows]


@pytest.mark.acceptance_size(name="real-catalogues")
def test_real_catalogues_are_imported_indexed_and_found(model, worker):
    asked = reports.asked("real-catalogues")
    begun = time.monotonic()
    call_command("import_products", str(DATA / "saleor-demo"), verbosity=0)
    call_command("import_products", str(DATA / "clothing-cc0"), verbosity=0)
    imported = time.monotonic() - begun
    products, pictures = Product.objects.count(), ProductImage.objects.count()
    assert products == 32 + 5096

    wait_until(lambda: (now := health()).waiting == 0 and now.fresh == products, seconds=1500)
    indexed = time.monotonic() - begun

    assert titles(SearchRequest(q="white plimsolls"))[0] == "White Plimsolls"
    assert "Hoodie" in titles(SearchRequest(q="hoodie"))[:5]
    nonsense = search(SearchRequest(q="xqzvw kpfl"), ENGLISH).total

    samples = photographs(DATA / "clothing-cc0", 50)
    found = []
    for sku, picture in samples:
        hits = search(SearchRequest(picture=picture.convert("RGB"), per_page=5), ENGLISH).hits
        found.append(sku in [hit.product.sku for hit in hits])
    times = []
    for query in ("shirt", "red dress", "black shoes", "skirt for summer", "hat"):
        times.append(search(SearchRequest(q=query), ENGLISH).took_ms)
    share = sum(found) / len(found)
    reports.write_report(
        "real-catalogues",
        sizes={"photographs": pictures, "products": products},
        seeds={},
        result={
            "import_seconds": round(imported, 1),
            "import_and_index_seconds": round(indexed, 1),
            "own_picture_in_first_five": share,
            "hits_of_nonsense": nonsense,
            "words_ms": sorted(times)[len(times) // 2],
        },
    )
    assert asked["photographs"] <= pictures
    assert share >= 0.98
