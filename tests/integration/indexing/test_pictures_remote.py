"""Pictures at addresses of their own, beside those in a storage: fetched, checked, hashed and recorded like files."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from catalog.documents import ProductDocument
from catalog.models import Product, ProductImage
from product_search.checks import check_document
from product_search.documents import Images
from product_search.documents.reading import picture_storage, read_products
from product_search.errors import ImproperDocument
from product_search.images import fetching
from product_search.indexing import work
from product_search.models import Picture, PictureVector, TextVector
from product_search.testing import index_now
from tests.pictures import picture_bytes, picture_file
from tests.servers import leads_to, sends, server

pytestmark = pytest.mark.django_db

RED, BLUE = picture_bytes("red"), picture_bytes("blue")


class Remote(ProductDocument):
    """Addresses beside files: two declarations whose rows share their primary keys."""

    elsewhere = Images("images", url="alt", order_by="position")


@pytest.fixture(autouse=True)
def remote(settings):
    path = f"{__name__}.{Remote.__qualname__}"
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "DOCUMENT": path,
        "PICTURE_NETWORKS": "127.0.0.1/32",
        "RETRY_SECONDS": 0,
    }
    fetching._silent.clear()


def product_with(make: Any, *addresses: str) -> Product:
    product: Product = make("Cosy mug")
    for position, address in enumerate(addresses):
        ProductImage.objects.create(product=product, image=picture_file(), alt=address, position=position)
    return product


def rows(product: Product) -> dict[str, Picture]:
    """What is recorded of its remote pictures, by address."""
    return {
        row.name: row for row in Picture.objects.filter(product=product.pk, picture__startswith="elsewhere:")
    }


def vectors(product: Product) -> set[str]:
    return set(PictureVector.objects.filter(product=product.pk).values_list("digest", flat=True))


def index_once(product: Product) -> work.Report:
    work.prepare("default")
    return work.index_pending(seconds=0)


def test_a_picture_of_another_server_is_embedded_and_a_new_one_there_is_noticed(make):
    answers = {"/mug.png": sends(BLUE)}
    with server(answers) as shop:
        product = product_with(make, f"{shop.url}/mug.png")
        index_now()
        before = rows(product)[f"{shop.url}/mug.png"]
        assert (before.reason, before.width, before.height) == ("", 32, 32)
        assert len(vectors(product)) == 2
        answers["/mug.png"] = sends(RED)
        product.save()
        index_now()
    assert len(vectors(product)) == 1, "it is the same picture as the file now"
    assert rows(product)[before.name].digest != before.digest


def test_pictures_of_two_declarations_keep_apart(make):
    with server({"/mug.png": sends(BLUE)}) as shop:
        product = product_with(make, f"{shop.url}/mug.png")
        index_now()
        image = product.images.get()
        ids = set(Picture.objects.values_list("picture", flat=True))
        assert ids == {str(image.pk), f"elsewhere:{image.pk}"}
        # A picture's move marks its old product, by either id.
        other = make("Bowl")
        ProductImage.objects.filter(pk=image.pk).update(product=other)
        image.refresh_from_db()
        image.save()
        index_now()
    assert set(Picture.objects.values_list("product", flat=True)) == {other.pk}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (sends(b"", 404), "missing_file"),
        (sends(b"", 403), "fetch_failed"),
        (sends(b"<html>Sign in</html>", Content_Type="image/jpeg"), "not_an_image"),
        (sends(BLUE[:60]), "truncated"),
        (sends(b""), "empty"),
        (leads_to("http://169.254.169.254/latest/meta-data/"), "address_refused"),
        (leads_to("file:///etc/passwd"), "address_refused"),
        (sends(RED + bytes(40_000)), "too_many_bytes"),
    ],
)
def test_what_an_address_gives_instead_is_recorded_and_the_rest_is_indexed(make, settings, answer, reason):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_UPLOAD_BYTES": 30_000}
    with server({"/odd": answer, "/good": sends(BLUE)}) as shop:
        product = product_with(make, f"{shop.url}/odd", f"{shop.url}/good")
        index_now()
    found = rows(product)
    assert found[f"{shop.url}/odd"].reason == reason
    assert found[f"{shop.url}/good"].reason == ""
    assert len(vectors(product)) == 2
    assert TextVector.objects.filter(product=product.pk).count() == 2


def test_our_own_network_is_not_asked_unless_it_is_named(make, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "PICTURE_NETWORKS": ""}
    with server({"/mug.png": sends(BLUE)}) as shop:
        product = product_with(make, f"{shop.url}/mug.png", "products/mug.png")
        index_now()
        assert {row.reason for row in rows(product).values()} == {"address_refused"}
        assert shop.asked == []


def test_a_server_that_is_away_costs_one_wait_and_keeps_the_vector(make):
    with server({"/a.png": sends(BLUE), "/b.png": sends(RED)}) as shop:
        product = product_with(make, f"{shop.url}/a.png", f"{shop.url}/b.png")
        index_now()
        before = vectors(product)
    product.save()
    report = index_once(product)
    assert product.pk in report.failed
    assert {row.reason for row in rows(product).values()} == {"fetch_failed"}
    assert vectors(product) == before


def test_a_server_that_never_answers_is_waited_for_once(make, monkeypatch):
    monkeypatch.setattr(fetching.fetch, "__kwdefaults__", {**fetching.fetch.__kwdefaults__, "seconds": 0.3})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        product = product_with(make, *[f"{url}/{n}.png" for n in range(20)])
        began = time.monotonic()
        index_once(product)
        waited = time.monotonic() - began
        silent.settimeout(1)
        silent.accept()[0].close()
        silent.settimeout(0.05)
        with pytest.raises(TimeoutError):
            silent.accept()
    assert waited < 20 * 0.3
    assert len(rows(product)) == 20


def test_a_column_that_holds_neither_files_nor_addresses_is_named(settings):
    class Wrong(ProductDocument):
        images = Images("images", file="alt")

    class Number(ProductDocument):
        images = Images("price")

    with pytest.raises(ImproperDocument, match="named by url="):
        picture_storage(Wrong(), Wrong.images)
    with pytest.raises(ImproperDocument, match="neither a file or image field"):
        picture_storage(Number(), Number.images)
    assert check_document(None) == []


def test_a_column_of_the_product_may_hold_the_address(make):
    class Own(ProductDocument):
        images = Images("description")

    product = make("Mug", description="https://example.com/mug.jpg")
    (picture,) = read_products(Own(), [product.pk])[product.pk].pictures
    assert (picture.picture, picture.name) == ("description", "https://example.com/mug.jpg")
    assert picture.storage.url(picture.name) == picture.name
