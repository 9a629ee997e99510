"""An audit of the rendered catalogue by the model that ships: one maker's pictures are dark, one sentence is wrong."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db.models import Count
from PIL import Image, ImageEnhance

from catalog.models import Brand, Product, ProductImage
from product_search.auditing import AttributeAudit, audit_tags
from product_search.models import AttributeValue
from product_search.tagging.vocabulary_files import read_csv, take
from product_search.testing import index_now
from tests.acceptance import reports
from tests.acceptance.conftest import ROOT

SEED = 71_000_000
#: What is left of a darkened picture's light.
LIGHT = 0.25
BAD = "a photo of a blue thing"


def darken(brand: Brand) -> int:
    """All pictures of this brand as taken in the dark, indexed again; returns how many."""
    pictures = ProductImage.objects.filter(product__brand=brand)
    for picture in pictures:
        with picture.image.open() as file, Image.open(file) as image:
            dark = ImageEnhance.Brightness(image.convert("RGB")).enhance(LIGHT)
        written = io.BytesIO()
        dark.save(written, "WEBP", quality=90)
        picture.image = ContentFile(written.getvalue(), name=f"dark-{Path(picture.image.name).name}")
        picture.save()
    for product in Product.objects.filter(brand=brand):
        product.save()
    index_now()
    return len(pictures)


def named(found: AttributeAudit) -> dict[str, Any]:
    return {
        "groups": [
            {
                "group": f"{each.facet} {each.value}",
                "known": each.known,
                "right": round(each.right, 3),
                "others_right": round(each.others_right, 3),
            }
            for each in found.worse_groups
        ],
        "sentences": [
            {
                "value": each.value,
                "sentence": each.sentence,
                "tells": round(each.tells, 3),
                "plainly": round(each.plainly, 3),
            }
            for each in found.misleading
        ],
        "known": found.known,
        "macro_f1": round(found.macro_f1, 4),
        "calibration_error": round(found.calibration_error, 4),
    }


@pytest.mark.acceptance_size(name="audit")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_what_was_planted_is_named(model_settings: Any, settings: Any, tmp_path: Path) -> None:
    settings.PRODUCT_SEARCH = model_settings
    asked = reports.asked("audit")
    take(read_csv((ROOT / "fixtures" / "vocabulary.csv").read_text(encoding="utf-8")), using="default")
    (before,) = audit_tags(["colour"]).attributes
    brand = random.Random(SEED).choice(
        Brand.objects.annotate(made=Count("products")).filter(made__gte=int(asked["group"])).order_by("slug")
    )
    darkened = darken(brand)
    (dark,) = audit_tags(["colour"]).attributes
    red = AttributeValue.objects.get(attribute__name="colour", value="red")
    templates = red.attribute.templates
    red.prompts = [*(template.replace("{}", "red") for template in templates), BAD]
    red.save()
    (misled,) = audit_tags(["colour"]).attributes
    page = tmp_path / "audit.html"
    call_command("audit_tags", page=page, verbosity=0)
    reports.write_report(
        "audit",
        sizes={"products": Product.objects.count(), "group": Product.objects.filter(brand=brand).count()},
        seeds={"brand": SEED},
        result={
            "before": named(before),
            "brand": brand.slug,
            "darkened": darkened,
            "dark": named(dark),
            "misled": named(misled),
        },
    )
    assert before.worse_groups == ()
    assert before.misleading == ()
    assert [(each.facet, each.value) for each in dark.worse_groups] == [("brand", brand.slug)]
    assert [(each.value, each.sentence) for each in misled.misleading] == [("red", BAD)]
    assert brand.slug in page.read_text()
    assert BAD in page.read_text()
