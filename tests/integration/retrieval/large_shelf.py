"""A shelf with so many products that an index of vectors is made, for tests of how it is read."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from django.db import connection

from catalog.models import Product
from product_search.indexing import spaces
from product_search.models import PictureVector, TextVector
from tests import database

from .shelf import DIM, Shelf, WrittenEncoder

PRODUCTS = 1500


@pytest.fixture(scope="module")
def stocked(django_db_setup: None, django_db_blocker: Any) -> Iterator[Shelf]:
    """Products with random vectors, enough for the planner to prefer an index, and the indexes."""
    with django_db_blocker.unblock():
        shelf = Shelf()
        fill(shelf)
        spaces.build_indexes(shelf.space, ("en", "de"), using="default", threshold=1000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    yield shelf
    with django_db_blocker.unblock():
        database.empty()


def fill(shelf: Shelf) -> None:
    draw = np.random.default_rng(3)
    products = Product.objects.bulk_create(
        Product(sku=f"S{n}", name=f"Product {n}", price=n, popularity=n % 7, stock=1) for n in range(PRODUCTS)
    )
    vectors = draw.normal(size=(3, PRODUCTS, DIM))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    PictureVector.objects.bulk_create(
        PictureVector(
            space_id=shelf.space.pk,
            id=2 * PRODUCTS + n,
            product=p.pk,
            picture=str(n),
            digest="",
            vector=list(v),
        )
        for n, (p, v) in enumerate(zip(products, vectors[0], strict=True))
    )
    for offset, language in enumerate(("en", "de")):
        TextVector.objects.bulk_create(
            TextVector(
                space_id=shelf.space.pk,
                id=offset * PRODUCTS + n,
                generation_id=shelf.generation.pk,
                product=p.pk,
                language=language,
                digest="",
                vector=list(v),
            )
            for n, (p, v) in enumerate(zip(products, vectors[1 + offset], strict=True))
        )


@pytest.fixture
def large(stocked: Shelf, shelf_factory: Callable[..., Shelf]) -> Shelf:
    """These, with an encoder of the test's own; what the test writes is taken back."""
    shelf = copy.copy(stocked)
    shelf.encoder = WrittenEncoder(stocked.encoder.info)
    return shelf_factory(shelf)
