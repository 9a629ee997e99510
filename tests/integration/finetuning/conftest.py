from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from PIL import Image

from catalog.models import Brand, Category, Product, ProductImage
from product_search.finetuning import snapshot
from product_search.finetuning.taken import Taken
from product_search.training.examples import Example, read_examples

_numbers = itertools.count(1)
THINGS = ("mug", "bowl", "plate", "vase", "lamp", "chair", "rug", "scarf")


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


def picture_of(number: int) -> bytes:
    """A picture like no other: four fields of colours, drawn by the number."""
    colours = np.random.default_rng(number).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(colours.repeat(20, axis=0).repeat(20, axis=1)).save(written, "PNG")
    return written.getvalue()


def add_picture(product: Product, data: bytes, *, position: int = 0) -> ProductImage:
    return ProductImage.objects.create(
        product=product, image=ContentFile(data, name=f"{next(_numbers)}.png"), position=position
    )


@pytest.fixture
def make(db: None) -> Callable[..., Product]:
    """A product with a picture of its own, unless it is given `picture=None` or the bytes of one."""

    def make_product(name: str, *, picture: bytes | int | None = 0, **fields: Any) -> Product:
        number = next(_numbers)
        product = Product.objects.create(sku=f"S{number}", name=name, **fields)
        if picture is not None:
            add_picture(product, picture_of(number) if isinstance(picture, int) else picture)
        return product

    return make_product


@pytest.fixture
def shop(make: Callable[..., Product]) -> list[Product]:
    """Twenty-four things of one brand in two categories, each with a title and a picture of its own."""
    brand = Brand.objects.create(name="Morgenlicht", slug="morgenlicht")
    kitchen = Category.objects.create(slug="k", path="kitchen", name="Kitchenware", name_de="Küchenwaren")
    living = Category.objects.create(slug="l", path="living", name="Furnishings")
    return [
        make(
            f"{colour} {thing}",
            name_de=f"{colour} {thing} auf Deutsch" if colour == "red" else "",
            brand=brand,
            category=kitchen if number < 4 else living,
        )
        for number, thing in enumerate(THINGS)
        for colour in ("red", "blue", "green")
    ]


@pytest.fixture
def take(tmp_path: Path) -> Callable[[], Taken]:
    """Writes the shop's training set anew."""

    def write() -> Taken:
        return snapshot.write(tmp_path / "shop", side=32, using="default")

    return write


@pytest.fixture
def taken_examples(tmp_path: Path) -> Callable[[], list[Example]]:
    """The set as the trainer reads it."""
    return lambda: read_examples(tmp_path / "shop")


@pytest.fixture
def small_model(tmp_path: Path) -> Path:
    """The configuration of a model that takes a moment to train."""
    path = tmp_path / "small.json"
    path.write_text(
        json.dumps(
            {
                "embed_dim": 16,
                "vision_cfg": {"layers": [1, 1, 1, 1], "width": 8, "image_size": 32, "head_width": 8},
                "text_cfg": {
                    "context_length": 12,
                    "vocab_size": 49408,
                    "width": 16,
                    "heads": 2,
                    "layers": 1,
                },
            }
        )
    )
    return path
