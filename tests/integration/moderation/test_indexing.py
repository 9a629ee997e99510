"""Moderation beside real indexing: lettering is looked for when a policy asks, and what can't be embedded is held."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import override_settings
from PIL import Image, ImageDraw, ImageFont

from catalog.models import Product, ProductImage
from product_search.documents import SearchScope, visible_products
from product_search.encoders import EncoderUnavailable
from product_search.indexing import embedding
from product_search.indexing.work import index_pending
from product_search.models import Picture, Policy, Ruling
from product_search.moderation import is_due, moderate_pending
from product_search.testing import index_now


def picture(words: str = "") -> ContentFile[bytes]:
    """A grey picture with `words` over it."""
    image = Image.new("RGB", (320, 320), (150, 160, 155))
    ImageDraw.Draw(image).ellipse((80, 80, 240, 240), fill=(90, 60, 120))
    if words:
        ImageDraw.Draw(image).text((20, 150), words, fill="white", font=ImageFont.load_default(36))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return ContentFile(kept.getvalue(), name=f"{len(words)}.png")


def product(name: str, words: str = "") -> Product:
    made = Product.objects.create(sku=name, name=name, price=1)
    ProductImage.objects.create(product=made, position=0, image=picture(words))
    return made


def seen() -> set[str]:
    return set(visible_products(SearchScope(language="en")).values_list("name", flat=True))


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Iterator[None]:
    with override_settings(MEDIA_ROOT=tmp_path):
        product("Plain mug")
        product("Loud mug", "+49 170 1234567")
        index_now()
        yield


def test_nobody_looks_for_lettering_until_a_policy_asks_and_then_all_pictures_are_read_again(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(Picture.objects.values_list("lettering", flat=True)) == {None}
    Policy.objects.create(name="overlay", lettering=True, action="hold")
    assert is_due("default")
    moderate_pending()
    assert seen() == {"Plain mug", "Loud mug"}
    index_now()
    assert seen() == {"Plain mug"}
    assert Ruling.objects.get().because == "lettering"
    assert not is_due("default")

    def again(*_: Any, **__: Any) -> Any:
        raise AssertionError("a picture whose lettering is known was unpacked again")

    monkeypatch.setattr(embedding, "unpack", again)
    Product.objects.get(name="Loud mug").save()
    index_now()
    assert seen() == {"Plain mug"}
    product("Louder mug", "www.other.example")


def test_what_is_written_is_judged_before_anybody_finds_it(shop: None) -> None:
    Policy.objects.create(name="contacts", contacts=True, action="hold")
    moderate_pending()
    Product.objects.filter(name="Plain mug").update(description="Order at anna@example.com")
    Product.objects.get(name="Plain mug").save()
    index_now()
    assert seen() == {"Loud mug"}


@pytest.mark.parametrize(
    ("setting", "shown"), [("hold", {"Plain mug"}), ("pass", {"Plain mug", "Loud mug", "New mug"})]
)
def test_while_the_encoder_is_down_the_policys_setting_is_what_happens(
    shop: None, monkeypatch: pytest.MonkeyPatch, setting: str, shown: set[str]
) -> None:
    """A new product, one with another picture, and one whose price alone was saved."""
    Policy.objects.create(name="strange", unfamiliar=True, action="hold", unjudged=setting)
    moderate_pending()

    def down(space: Any) -> Any:
        raise EncoderUnavailable("the model is not here")

    working = embedding.encoder_for
    monkeypatch.setattr(embedding, "encoder_for", down)
    product("New mug")
    ProductImage.objects.create(
        product=Product.objects.get(name="Loud mug"), position=1, image=picture("another")
    )
    plain = Product.objects.get(name="Plain mug")
    plain.price = 2
    plain.save()
    with pytest.raises(EncoderUnavailable):
        index_pending()
    assert seen() == shown
    monkeypatch.setattr(embedding, "encoder_for", working)
    index_now()
    assert seen() == {"Plain mug", "Loud mug", "New mug"}
