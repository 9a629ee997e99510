"""Clips of three rendered products each, in the shop that has the catalogue, asked for by another view of one and by
words: does the hit open where it is shown?
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from catalog.models import Product, ProductVideo
from catalog.rendering.assortment import TYPES
from catalog.rendering.captions import captions
from catalog.rendering.looks import ProductLook, random_look, random_view
from catalog.rendering.scene import draw
from product_search.documents import SearchScope, document
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


def opens_there(scene: Scene, **asked: Any) -> bool:
    """Whether the clip is among the results, wherever it stands, and opens at the scene."""
    hits = search(SearchRequest(per_page=MAX_PER_PAGE, **asked), SearchScope(language="en")).hits
    found = next((hit for hit in hits if hit.key == scene.product), None)
    if found is None or found.second is None:
        return False
    off = max(scene.begins - found.second, found.second - scene.begins - EACH_S, 0.0)
    return off <= MOST_OFF_S


def measured(scenes: list[Scene], rng: random.Random) -> dict[str, Any]:
    def picture(scene: Scene) -> Image.Image:
        return draw(scene.look, random_view(rng, scene.look, calm=True), SIDE)

    by_picture = [opens_there(scene, picture=picture(scene)) for scene in scenes]
    # The clips' products are in no category, so the name of one is to be a word, not a filter.
    words = [captions(scene.look, rng, count=1)[0] for scene in scenes]
    plain = tuple(document().facets)
    by_words = [opens_there(scene, q=q, plain=plain) for scene, q in zip(scenes, words, strict=True)]
    rows = Picture.objects.filter(second__isnull=False)
    return {
        "queries": len(scenes),
        "frames": rows.count(),
        "right_second": fmean(by_picture),
        "right_second_by_words": fmean(by_words),
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
