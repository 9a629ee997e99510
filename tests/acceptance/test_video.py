"""Clips of three rendered products each, in the shop that has the catalogue, asked for by another view of one and by
words: does the hit open where it is shown?
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from catalog.models import Product, ProductVideo
from catalog.rendering.assortment import TYPES
from catalog.rendering.captions import captions
from catalog.rendering.looks import ProductLook, random_look, random_view
from catalog.rendering.scene import draw
from product_search.documents import SearchScope
from product_search.models import Picture
from product_search.retrieval import SearchRequest, search
from product_search.retrieval.request import MAX_PER_PAGE
from product_search.testing import index_now
from tests.acceptance import reports
from tests.videos import clip

SEED = 90_900
SIDE, EACH_S, MOST_OFF_S = 224, 3.0, 1.0


@dataclass(frozen=True)
class Scene:
    """What a clip shows from `begins` on for EACH_S seconds."""

    product: int
    look: ProductLook
    begins: float


def filmed(clips: int, rng: random.Random) -> list[Scene]:
    """Products that are called by numbers alone, each with a clip of three looks of different types."""
    types, scenes = sorted(TYPES), []
    for number in range(clips):
        looks = [random_look(rng, kind) for kind in rng.sample(types, 3)]
        shown = [draw(look, random_view(rng, look), SIDE) for look in looks]
        product = Product.objects.create(sku=f"F{number}", name=f"{number}", price=1)
        data = clip(shown, seconds=EACH_S, side=SIDE)
        ProductVideo.objects.create(product=product, file=ContentFile(data, name="clip.mp4"))
        scenes += [Scene(product.pk, look, EACH_S * at) for at, look in enumerate(looks)]
    return scenes


def asked_for(scene: Scene, **asked: Any) -> tuple[bool, bool]:
    """Whether the clip is the first of the results, and whether it opens at the scene, wherever it stands."""
    hits = search(SearchRequest(per_page=MAX_PER_PAGE, **asked), SearchScope(language="en")).hits
    found = next((hit for hit in hits if hit.key == scene.product), None)
    first = bool(hits) and hits[0].key == scene.product
    if found is None or found.second is None:
        return first, False
    off = max(scene.begins - found.second, found.second - scene.begins - EACH_S, 0.0)
    return first, off <= MOST_OFF_S


def measured(scenes: list[Scene], rng: random.Random) -> dict[str, Any]:
    def picture(scene: Scene) -> Image.Image:
        return draw(scene.look, random_view(rng, scene.look, calm=True), SIDE)

    by_picture = [asked_for(scene, picture=picture(scene)) for scene in scenes]
    by_words = [asked_for(scene, q=captions(scene.look, rng, count=1)[0]) for scene in scenes]
    rows = Picture.objects.filter(second__isnull=False)
    return {
        "queries": len(scenes),
        "frames": rows.count(),
        "right_second": sum(right for _, right in by_picture) / len(scenes),
        "right_clip_first": sum(first for first, _ in by_picture) / len(scenes),
        "right_second_by_words": sum(right for _, right in by_words) / len(scenes),
    }


@pytest.mark.acceptance_size(name="video")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_hits_open_where_the_product_is_shown(tmp_path: Path, settings: Any, model_settings: Any) -> None:
    settings.PRODUCT_SEARCH = model_settings
    settings.MEDIA_ROOT = tmp_path / "media"
    asked = reports.asked("video")
    rng = random.Random(SEED)
    scenes = filmed(int(asked["clips"]), rng)
    index_now()
    found = measured(scenes, rng)
    reports.write_report("video", sizes=asked, seeds={"looks": SEED}, result=found)
    assert found["right_second"] >= 0.9, found
    assert found["right_second_by_words"] >= 0.9, found
