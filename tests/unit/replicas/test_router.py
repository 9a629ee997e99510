"""Where the router sends what is read and written, without any database."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session

from catalog.models import Brand, Product
from product_search.replicas import SearchRouter, on_primary
from product_search.replicas.router import reading

ROUTER = SearchRouter()


@pytest.fixture(autouse=True)
def replicas(settings: Any) -> None:
    settings.DATABASE_ROUTERS = ["product_search.replicas.SearchRouter"]
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "REPLICAS": "near, far"}


def of(alias: str) -> Product:
    product = Product(name="Mug")
    product._state.db = alias
    return product


def test_only_searches_read_a_replica():
    assert ROUTER.db_for_read(Product) is None
    with reading("far"):
        assert ROUTER.db_for_read(Product) == "far"
        assert ROUTER.db_for_write(Product) is None
        with on_primary():
            assert ROUTER.db_for_read(Product) is None
        assert ROUTER.db_for_read(Product) == "far"
    assert ROUTER.db_for_read(Product) is None


@pytest.mark.parametrize("model", [User, Session])
def test_who_asks_is_known_on_the_primary(model):
    with reading("far"):
        assert ROUTER.db_for_read(model) is None


def test_what_came_from_a_replica_is_saved_on_the_primary():
    assert ROUTER.db_for_write(Product, instance=of("far")) == "default"
    assert ROUTER.db_for_write(Product, instance=of("elsewhere")) is None
    assert ROUTER.allow_relation(of("far"), of("default")) is True
    assert ROUTER.allow_relation(of("far"), of("near")) is True
    assert ROUTER.allow_relation(of("far"), of("elsewhere")) is None


def test_what_came_from_a_replica_that_is_away_is_looked_up_on_the_primary():
    assert ROUTER.db_for_read(Brand, instance=of("far")) == "default"
    assert ROUTER.db_for_read(Brand, instance=of("default")) is None


def test_a_replica_is_not_migrated():
    assert ROUTER.allow_migrate("near", "catalog") is False
    assert ROUTER.allow_migrate("default", "catalog") is None


def test_settings_may_import_it():
    code = "import product_search.replicas as r, sys; r.SearchRouter(); print('product_search.models' in sys.modules)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "nowhere"}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "False"
