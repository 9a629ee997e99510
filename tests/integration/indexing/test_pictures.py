"""Odd and damaged pictures of a product: each is seen as a person sees it, or recorded with its reason.

The encoder of these tests keeps what it was shown, so a vector says which colours lay in which corner. What they must
be is written beside each picture in `tests.pictures`, and no decoder was asked for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from PIL import Image

from catalog.models import Product, ProductImage
from product_search import encoders, images
from product_search.encoders import EncoderInfo
from product_search.images import decoding
from product_search.indexing import work
from product_search.models import Entry, Picture, PictureVector, Text, TextVector
from product_search.testing import index_now
from tests.pictures import (
    CORNERS,
    RED,
    corners,
    endless_jpeg,
    picture_bytes,
    refused_with_a_reason,
    saved,
    seen_by_a_person,
)
from tests.planted import planted

pytestmark = pytest.mark.django_db

decoding.learn_heic()
SEEN = seen_by_a_person()
REFUSED = refused_with_a_reason()
PLACES = ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9))


class Seeing:
    """Vectors of the colours in a picture's corners: twelve numbers of 0 to 1 and a one, made to length 1."""

    info = EncoderInfo("seeing", "5ee", "5ee", "5ee", 16, 224)

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Any:
        return self.rows([[float(len(text))] for text in texts])

    def encode_images(self, images: Sequence[Image.Image], *, batch_size: int = 32) -> Any:
        return self.rows([self.colours(image) for image in images])

    @staticmethod
    def colours(image: Image.Image) -> list[float]:
        assert image.mode == "RGB"
        width, height = image.size
        pixels = np.asarray(image)
        found = [pixels[round(y * (height - 1)), round(x * (width - 1))] for x, y in PLACES]
        return [*(value / 255 for colour in found for value in colour), 1.0]

    @staticmethod
    def rows(values: list[list[float]]) -> Any:
        rows = np.zeros((len(values), 16), dtype=np.float32)
        for row, numbers in zip(rows, values, strict=True):
            row[: len(numbers)] = numbers
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def seeing(monkeypatch, settings):
    monkeypatch.setattr(encoders, "get_encoder", lambda: Seeing())
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_UPLOAD_BYTES": 2_000_000}


@pytest.fixture
def product(make):
    """A product with a plain picture in first place."""
    mug = make("Cosy mug")
    add(mug, saved(corners(), "PNG"), "good.png")
    return mug


def add(product: Product, data: bytes, name: str = "picture.jpg") -> ProductImage:
    """The next picture of a product, as an import writes it: nobody has looked into the file."""
    stored = ProductImage._meta.get_field("image").storage.save(name, ContentFile(data))
    position = product.images.count()
    return ProductImage.objects.create(product=product, image=stored, position=position, width=1, height=1)


def shown(image: ProductImage) -> Any:
    """The colours of the four corners that the encoder was shown."""
    vector = np.array(PictureVector.objects.get(picture=str(image.pk), product=image.product_id).vector)
    return np.rint(vector[:12] / vector[12] * 255).reshape(4, 3)


def assert_rest_is_indexed(product: Product) -> None:
    """The product's words and its first picture are there, and nothing of it waits."""
    entry = Entry.objects.get(product=product.pk)
    assert (entry.done, entry.error) == (entry.wanted, "")
    assert Text.objects.filter(product=product.pk).count() == 2
    assert TextVector.objects.filter(product=product.pk).count() == 2
    assert np.abs(shown(product.images.first()) - CORNERS).max() <= 1


@pytest.mark.parametrize("name", SEEN)
def test_seen_as_a_person_sees_it(product, name):
    data, expected = SEEN[name]
    odd = add(product, data)
    index_now()
    assert Picture.objects.get(picture=str(odd.pk)).reason == ""
    assert np.abs(shown(odd) - expected).max() <= 6
    assert_rest_is_indexed(product)


@pytest.mark.parametrize("name", REFUSED)
def test_recorded_with_its_reason(product, name):
    data, reason = REFUSED[name]
    odd = add(product, data)
    index_now()
    row = Picture.objects.get(picture=str(odd.pk))
    assert row.reason == reason
    assert row.detail.endswith(".")
    assert row.name == odd.image.name
    assert not PictureVector.objects.filter(picture=str(odd.pk)).exists()
    assert_rest_is_indexed(product)


def test_there_are_more_than_thirty_of_them():
    assert len(SEEN) + len(REFUSED) > 50


def test_a_picture_that_keeps_the_decoder_busy_holds_up_nothing(product, make, monkeypatch):
    endless = add(product, endless_jpeg())
    after = add(product, picture_bytes("red"))
    other = make("Bowl")
    add(other, saved(corners(), "PNG"), "bowl.png")
    index_now()
    row = Picture.objects.get(picture=str(endless.pk))
    assert row.reason == "too_slow"
    assert "2 s" in row.detail
    with monkeypatch.context() as patch:  # nor is it given two seconds again whenever its product is saved
        patch.setattr(images, "decode_apart", lambda data, limits: pytest.fail("unpacked again"))
        product.save()
        index_now()
    assert Picture.objects.get(picture=str(endless.pk)).reason == "too_slow"
    assert np.abs(shown(after) - [RED] * 4).max() <= 1
    assert_rest_is_indexed(product)
    assert_rest_is_indexed(other)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"BMsegv", "crashes_decoder"), (b"BMbug", "crashes_decoder"), (b"BMmemory", "too_much_memory")],
)
def test_a_picture_that_breaks_the_decoder_breaks_nothing_else(product, data, reason):
    with planted():
        broken, after = add(product, data), add(product, picture_bytes("red"))
        index_now()
    assert Picture.objects.get(picture=str(broken.pk)).reason == reason
    assert np.abs(shown(after) - [RED] * 4).max() <= 1
    assert_rest_is_indexed(product)


def test_a_decoder_killed_from_outside_costs_a_second_try(product, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "RETRY_SECONDS": 0}
    with planted():
        image = add(product, b"BMkill")
        work.prepare("default")
        report = work.index_pending(seconds=0)
    row = Picture.objects.get(picture=str(image.pk))
    assert row.reason == "decoder_unavailable"
    assert product.pk in report.failed
    with image.image.storage.open(image.image.name, "wb") as file:
        file.write(saved(corners(), "PNG"))
    index_now()
    assert np.abs(shown(image) - CORNERS).max() <= 1
    assert_rest_is_indexed(product)


def test_a_file_replaced_under_the_same_name_is_noticed_at_the_next_mark(product):
    image = product.images.get()
    index_now()
    storage = image.image.storage
    with storage.open(image.image.name, "wb") as file:
        file.write(picture_bytes("red"))
    product.save()
    index_now()
    assert np.abs(shown(image) - [RED] * 4).max() <= 1
    with storage.open(image.image.name, "wb") as file:
        file.write(b"<html>")
    product.save()
    index_now()
    assert Picture.objects.get().reason == "not_an_image"
    assert not PictureVector.objects.filter(product__isnull=False).exists()


@pytest.mark.parametrize(
    "name", ["gone.jpg", "../../../etc/passwd", "/etc/passwd", ".", "a/" * 200 + "b.jpg"]
)
def test_a_name_that_leads_to_no_file_is_recorded(product, name):
    image = add(product, b"x")
    ProductImage.objects.filter(pk=image.pk).update(image=name[:100])
    product.save()
    index_now()
    assert Picture.objects.get(picture=str(image.pk)).reason == "missing_file"
    assert_rest_is_indexed(product)


def test_a_storage_that_does_not_answer_is_asked_again_and_the_rest_is_there_meanwhile(
    product, monkeypatch, settings
):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "RETRY_SECONDS": 0}
    away = add(product, picture_bytes("red"), "away.png")
    opened = FileSystemStorage._open

    def fails(self: Any, name: str, mode: str = "rb") -> Any:
        if "away" in name:
            raise ConnectionError("bucket.example does not answer")
        return opened(self, name, mode)

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_open", fails)
        work.prepare("default")
        work.index_pending(seconds=0)
    row = Picture.objects.get(picture=str(away.pk))
    assert (row.reason, "bucket.example" in row.detail) == ("storage_error", True)
    assert np.abs(shown(product.images.first()) - CORNERS).max() <= 1
    index_now()
    assert Picture.objects.get(picture=str(away.pk)).reason == ""
    assert np.abs(shown(away) - [RED] * 4).max() <= 1
    assert_rest_is_indexed(product)
