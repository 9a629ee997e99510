"""What merchants and shoppers send goes through the same limits and the same process that can be killed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import modelform_factory
from django.utils.datastructures import MultiValueDict

from catalog.admin import ProductImageForm
from catalog.models import ProductImage
from product_search import images
from product_search.images import DecoderUnavailable
from tests.pictures import picture_bytes
from tests.planted import planted

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def plugin():
    with planted():
        yield


def form(data: bytes) -> Any:
    fields = modelform_factory(ProductImage, form=ProductImageForm, fields=["image", "position"])
    files: MultiValueDict[str, Any] = MultiValueDict({"image": [SimpleUploadedFile("picture.png", data)]})
    return fields({"position": "0"}, files)


def test_a_merchants_picture_is_looked_at_while_the_merchant_looks_on():
    assert form(picture_bytes("red", side=200)).is_valid()
    damaged = form(picture_bytes("red", side=200, kind="JPEG")[:-200])
    assert damaged.errors.as_data()["image"][0].code == "truncated"


def test_a_merchants_picture_is_kept_where_nobody_can_look_at_it(monkeypatch):
    def busy(data: bytes, limits: Any) -> Any:
        raise DecoderUnavailable("busy")

    monkeypatch.setattr(images, "decode_apart", busy)
    assert form(picture_bytes("red")).is_valid()


def post(client: Any, url: str, name: str, data: bytes) -> Any:
    return client.post(url, {name: SimpleUploadedFile("picture.bmp", data)})


@pytest.mark.parametrize("order", [b"BMsegv", b"BMmemory", b"BMbug"])
def test_a_shoppers_picture_that_breaks_the_decoder_is_a_picture_that_cant_be_read(plugin, client, order):
    answer = post(client, "/search/v1/search", "picture", order)
    assert (answer.status_code, answer.json()["parameter"]) == (422, "picture")
    assert answer.json()["code"] in {"crashes_decoder", "too_much_memory"}
    assert post(client, "/products/", "upload", order).status_code in {400, 413}


def test_a_decoder_that_is_not_to_be_had_is_no_fault_of_the_shopper(plugin, client):
    answer = post(client, "/search/v1/search", "picture", b"BMkill")
    assert (answer.status_code, answer.json()["code"]) == (503, "decoder_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "killed" not in answer.json()["detail"]
    assert post(client, "/products/", "upload", b"BMkill").status_code == 503
