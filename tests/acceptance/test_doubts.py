"""Wrong pictures planted in shops: how many are doubted, and how many of the doubted are wrong.

Rendered products of a catalogue that chose nothing, and photographs with a model that never saw them. Planted are
pictures of other products, and of nothing that is sold; after each round the shop is as it was.
"""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from catalog.models import Product, ProductImage
from catalog.rendering.catalogue import catalogue
from catalog.rendering.writer import write_catalogue
from product_search.models import Doubt, Generation, Space
from product_search.tagging.doubts import PROMISED, judge_everything
from product_search.testing import index_now
from tests.acceptance import nothing_sold, reports
from tests.acceptance.test_relevance_kagl import KAGL, PART, copy_some, kagl_settings

__all__ = ["kagl_settings"]  # a fixture
SEED = 88_100
NOTHING = "nothing_sold"


def plant(wrong: int, nothing: int, kinds: Mapping[str, str], rng: random.Random) -> dict[int, str]:
    """Replace pictures of random products by those of others, and by pictures of nothing sold; what each is, by id.

    `kinds`: of each SKU what it is.
    """
    images = list(ProductImage.objects.select_related("product").order_by("pk"))
    planted = {}
    for number, image in enumerate(rng.sample(images, wrong + nothing)):
        if number < wrong:
            other = rng.choice(images)
            if group(other.product) == group(image.product):
                continue
            same = kinds[other.product.sku] == kinds[image.product.sku]
            planted[image.pk] = "same_kind" if same else "other_kind"
            image.image.name = other.image.name
        else:
            buffer = io.BytesIO()
            nothing_sold.picture(number - wrong).save(buffer, "PNG")
            planted[image.pk] = NOTHING
            image.image.name = default_storage.save("planted.png", ContentFile(buffer.getvalue()))
        image.save()
    return planted


def group(product: Product) -> int:
    return int(product.parent_id or product.pk)


def measured(asked: Mapping[str, float], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Over so many rounds of planting: recall by what was planted, and precision."""
    there: Counter[str] = Counter()
    found: Counter[str] = Counter()
    called = doubted = 0
    names = dict(ProductImage.objects.values_list("pk", "image"))
    for number in range(int(asked["rounds"])):
        planted = plant(int(asked["wrong"]), int(asked["nothing"]), kinds, random.Random(SEED + number))
        index_now()
        judge_everything(
            Space.objects.get(state="serving"), Generation.objects.get(state="serving"), using="default"
        )
        told = {int(row.picture): row.kind for row in Doubt.objects.all()}
        there.update(planted.values())
        found.update(planted[key] for key in told if key in planted)
        called += sum(kind == "unfamiliar" and planted.get(key) == NOTHING for key, kind in told.items())
        doubted += len(told)
        for image in ProductImage.objects.filter(pk__in=planted):
            image.image.name = names[image.pk]
            image.save()
    return {
        "pictures": len(names),
        "planted": there.total(),
        "doubted": doubted,
        "precision": found.total() / max(doubted, 1),
        "recall": found.total() / there.total(),
        "by_kind": {
            kind: {"planted": there[kind], "recall": found[kind] / there[kind]} for kind in sorted(there)
        },
        "nothing_sold_called_so": called / max(found[NOTHING], 1),
        "promised": PROMISED,
    }


@pytest.mark.acceptance_size(name="doubts")
@pytest.mark.django_db
def test_wrong_pictures_among_rendered_products(tmp_path: Path, settings: Any, model_settings: Any) -> None:
    settings.PRODUCT_SEARCH = model_settings
    settings.MEDIA_ROOT = tmp_path / "media"
    asked = reports.asked("doubts")
    write_catalogue(tmp_path / "shop", seed=SEED, size=224)
    call_command("import_products", str(tmp_path / "shop"), verbosity=0)
    kinds = {item.sku: item.look.type for item in catalogue(SEED)}
    found = measured(asked, kinds)
    reports.write_report(
        "doubts",
        sizes={**asked, "products": Product.objects.count()},
        seeds={"catalogue": SEED},
        result=found,
    )
    assert found["precision"] >= PROMISED - 0.05, found
    assert found["recall"] >= 0.7, found


@pytest.mark.acceptance_size(name="doubts-kagl")
@pytest.mark.django_db
@pytest.mark.usefixtures("kagl_settings")
def test_wrong_pictures_among_photographs(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    asked = reports.asked("doubts-kagl")
    listed = tmp_path / f"{PART}.csv"
    copy_some(KAGL / "products.csv", listed, lambda row: row["split"] == PART)
    call_command("import_products", listed, images=KAGL / "images.zip", verbosity=0)
    kinds = {product.sku: product.attributes.get("article_type", "") for product in Product.objects.all()}
    found = measured(asked, kinds)
    reports.write_report(
        "doubts-kagl",
        sizes={**asked, "products": Product.objects.count()},
        seeds={"planted": SEED},
        result=found,
    )
    assert found["precision"] >= PROMISED - 0.05, found
