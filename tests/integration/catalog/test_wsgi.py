"""A web process has its model before it takes requests, and starts all the same when nothing can be searched."""

from __future__ import annotations

import subprocess
import sys

import pytest

from catalog.models import Product
from product_search.testing import index_now
from tests.acceptance.indexing.conftest import database_url
from tests.acceptance.shops import ROOT, free_port, with_this_repository

SHOWS = (
    "import catalog.wsgi; from product_search import encoders;"
    " print(callable(catalog.wsgi.application), encoders.is_loaded())"
)


@pytest.mark.parametrize("database", ["there", "away"])
def test_a_process_searches_once_before_it_serves(transactional_db: None, database: str) -> None:
    Product.objects.create(sku="M", slug="m", name="Red mug", price=9)
    index_now()
    away = f"postgresql://shop@127.0.0.1:{free_port()}/shop"
    url = database_url() if database == "there" else away
    environment = with_this_repository() | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    ran = subprocess.run(
        [sys.executable, "-c", SHOWS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["True", "True"], ran.stderr
    assert ("No whole search could be answered yet" in ran.stderr) == (database == "away")
