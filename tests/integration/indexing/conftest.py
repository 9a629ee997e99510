from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from PIL import Image

from catalog.models import Brand, Product, ProductImage
from product_search.indexing import work

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture(autouse=True)
def no_vectors_left(db: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """A transactional test's flush leaves unmanaged tables alone, and vectors are in such."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE product_search_picturevector, product_search_textvector")


@pytest.fixture
def space(db: None) -> Any:
    """The first generation and embedding space, as `manage.py index` makes them."""
    return work.prepare("default")


@pytest.fixture
def make(db: None) -> Callable[..., Product]:
    def make_product(name: str = "Mug", **fields: Any) -> Product:
        number = next(_numbers)
        return Product.objects.create(sku=f"S{number}", name=name, **fields)

    return make_product


@pytest.fixture
def brand(db: None) -> Brand:
    return Brand.objects.create(name="Morgenlicht", slug=f"morgenlicht-{next(_numbers)}")


def png(colour: str, size: tuple[int, int] = (8, 6)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def add_picture(product: Product, data: bytes, *, position: int = 0) -> ProductImage:
    """A picture with these bytes, readable or not."""
    return ProductImage.objects.create(
        product=product, image=ContentFile(data, name=f"{next(_numbers)}.png"), position=position
    )


class TakenBack(Exception):
    """Rolls a transaction back."""


def save_and_take_back(product: Product, name: str) -> None:
    """Save the product within a transaction, or a savepoint, that is rolled back."""
    with contextlib.suppress(TakenBack), transaction.atomic():
        product.name = name
        product.save()
        raise TakenBack
