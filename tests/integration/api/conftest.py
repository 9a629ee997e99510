"""Eight products, indexed with the encoder that needs no torch, and ways to ask for them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from PIL import Image

from catalog.celery import app
from catalog.models import Brand, Category, Product, ProductImage
from tests import database

COLOURS = ("red", "green", "blue", "white", "black", "yellow", "orange", "purple")


def picture_bytes(colour: str = "red", *, size: tuple[int, int] = (32, 32), kind: str = "PNG") -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def fill() -> list[Product]:
    """Four mugs and four bowls, each in its own colour and with its own picture; every second one out of stock."""
    kitchen = Category.objects.create(slug="kitchen", path="kitchen", name="Kitchen", name_de="Küche")
    brand = Brand.objects.create(name="Acme", slug="acme")
    categories = [
        Category.objects.create(slug=slug, path=f"kitchen/{slug}", name=name, name_de=name_de, parent=kitchen)
        for slug, name, name_de in (("mugs", "Mugs", "Becher"), ("bowls", "Bowls", "Schalen"))
    ]
    products = []
    for number, colour in enumerate(COLOURS):
        category = categories[number // 4]
        product = Product.objects.create(
            sku=f"P{number}",
            slug=f"p{number}",
            name=f"{colour} {category.name[:-1].lower()}",
            name_de=f"{category.name_de} {number}",
            description=f"A {colour} thing for every day.",
            category=category,
            brand=brand,
            price=Decimal(5 * (number + 1)),
            currency="EUR",
            stock=number % 2,
            popularity=100 - number,
        )
        ProductImage.objects.create(
            product=product, position=0, image=ContentFile(picture_bytes(colour), name=f"{colour}.png")
        )
        products.append(product)
    return products


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Iterator[list[Product]]:
    """The eight products, indexed."""
    from product_search.testing import index_now

    with override_settings(MEDIA_ROOT=tmp_path):
        products = fill()
        index_now()
        yield products


@pytest.fixture(scope="module")
def _filled(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    from product_search.testing import index_now

    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        with django_db_blocker.unblock():
            fill()
            index_now()
        yield
    with django_db_blocker.unblock():
        database.empty()


@pytest.fixture
def kept_shop(_filled: None, db: None) -> list[Product]:
    """The same, filled once for a file of many tests; what a test writes to the database is taken back."""
    return list(Product.objects.order_by("pk"))


Ask = Callable[..., Any]


@pytest.fixture
def client() -> Client:
    """Errors are answers here: nothing is raised through the client."""
    return Client(raise_request_exception=False)


@pytest.fixture
def get(client: Client) -> Ask:
    """`get("search", q="mug")`, or with a ready-made query string as the second argument."""

    def ask(name: str, query: str = "", *, headers: dict[str, str] | None = None, **data: Any) -> Any:
        address = reverse(f"product_search:{name}")
        if query:  # sent as it stands: the client would encode it
            return client.generic("GET", address, QUERY_STRING=query, headers=headers)
        return client.get(address, data, headers=headers)

    return ask


@pytest.fixture
def post(client: Client) -> Ask:
    """A search by POST: a form, unless `content_type` says otherwise."""

    def ask(data: Any, **options: Any) -> Any:
        return client.post(reverse("product_search:search"), data, **options)

    return ask


@pytest.fixture
def served(
    live_server: Any, transactional_db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The mount of a running shop that records events, at once."""
    from product_search.retrieval import recommendations
    from product_search.testing import index_now

    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    # Pictures of one colour each are not much alike for the encoder without torch.
    monkeypatch.setattr(recommendations, "LEAST_ALIKE", 0.0)
    fill()
    index_now()
    app.conf.task_always_eager = True
    yield f"{live_server.url}/search"
    app.conf.task_always_eager = False
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE product_search_picturevector, product_search_textvector")
