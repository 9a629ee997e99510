"""A look-up by keywords alone never loads torch, although the shop's model needs it; seen in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.models import Product
from product_search.testing import index_now
from tests.acceptance.indexing.conftest import database_url

ROOT = Path(__file__).resolve().parents[3]
LOOKS_UP = """
import sys, django
django.setup()
from django.contrib.auth import get_user_model
from django.test import Client
client = Client()
client.force_login(get_user_model().objects.get())
asked = {"app_label": "catalog", "model_name": "product", "field_name": "parent", "term": "red m"}
print([row["text"] for row in client.get("/admin/autocomplete/", asked).json()["results"]])
assert client.get("/admin/catalog/product/").status_code == 200
assert client.get("/admin/product_search/index/").status_code == 200
print("torch" in sys.modules)
"""


@pytest.mark.django_db(transaction=True)
def test_autocomplete_lists_and_the_index_page_load_no_torch(django_user_model: type) -> None:
    django_user_model.objects.create_superuser("ada")
    Product.objects.create(sku="A", name="Red mug")
    index_now()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "catalog.settings",
        "SHOP_ALLOWED_HOSTS": "testserver",
    }
    ran = subprocess.run(
        [sys.executable, "-c", LOOKS_UP],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines() == ["['Red mug (A)']", "False"], ran.stderr[-2000:]
