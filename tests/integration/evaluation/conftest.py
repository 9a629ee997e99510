from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile

from catalog.models import Product, ProductImage
from product_search.testing import index_now
from tests.pictures import picture_bytes

COLOURS = {"M1": "red", "M2": "blue", "B1": "green"}


@pytest.fixture
def shop(db: None, settings: Any, tmp_path: Any) -> dict[str, Product]:
    """Products by SKU: a mug in two colours, a bowl, a draft; three with a picture, and all indexed."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    made = {"M1": Product.objects.create(sku="M1", name="Red mug")}
    made["M2"] = Product.objects.create(sku="M2", name="Blue mug", parent=made["M1"])
    made["B1"] = Product.objects.create(sku="B1", name="Red bowl")
    made["D1"] = Product.objects.create(sku="D1", name="Red draft", published=False)
    for sku, colour in COLOURS.items():
        ProductImage.objects.create(
            product=made[sku], image=ContentFile(picture_bytes(colour), name=f"{colour}.png")
        )
    index_now()
    return made
