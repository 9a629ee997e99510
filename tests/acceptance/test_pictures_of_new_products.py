"""Pictures of products that the model never saw and the shop does not sell find products of their kind."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

from catalog.models import Product, ProductImage
from catalog.rendering.looks import ProductLook, random_look, random_view
from catalog.rendering.scene import draw
from product_search import encoders
from product_search.documents import SearchScope
from product_search.retrieval import SearchRequest, search
from tests.acceptance import reports
from tests.acceptance.conftest import MODEL, Truth

SEED = 77_000_000


def new_looks(count: int, truth: dict[str, Truth]) -> list[tuple[ProductLook, Image.Image]]:
    """`count` looks, evenly over the types, of a type and colour that the shop sells, each photographed once."""
    sold = {(known.type, known.colour) for known in truth.values()}
    rng = random.Random(SEED)
    types = sorted({kind for kind, _ in sold})
    looks: list[tuple[ProductLook, Image.Image]] = []
    while len(looks) < count:
        look = random_look(rng, types[len(looks) % len(types)])
        if (look.type, look.colour) in sold:
            looks.append((look, draw(look, random_view(rng, look), 384)))
    return looks


def count_found(looks, found: list[list[Truth]]) -> tuple[int, int]:
    """How many looks have their type, and their type and colour, among the hits given."""
    kinds = sum(
        any(hit.type == look.type for hit in hits) for (look, _), hits in zip(looks, found, strict=True)
    )
    both = sum(
        any((hit.type, hit.colour) == (look.type, look.colour) for hit in hits)
        for (look, _), hits in zip(looks, found, strict=True)
    )
    return kinds, both


def untrained_hits(looks, truth: dict[str, Truth], folder) -> list[list[Truth]]:
    """The same question to a model of the same shape with random weights, by brute force over all pictures."""
    untrained = encoders.load(f"local-dir:{same_shape_untrained(folder)}")
    rows = list(ProductImage.objects.select_related("product").order_by("pk"))
    pictures = [Image.open(row.image.path).convert("RGB") for row in rows]
    known = untrained.encode_images(pictures)
    asked = untrained.encode_images([picture for _, picture in looks])
    families = {row.pk: row.product.parent_id or row.product_id for row in rows}
    answers = []
    for scores in asked @ known.T:
        best: dict[int, Truth] = {}
        for index in np.argsort(-scores):
            best.setdefault(families[rows[index].pk], truth[rows[index].product.sku])
            if len(best) == 5:
                break
        answers.append(list(best.values()))
    return answers


def same_shape_untrained(folder):
    """A copy of the model's folder whose weights are random."""
    import json
    import shutil

    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(SEED)
    shutil.copytree(MODEL, folder, dirs_exist_ok=True)
    config = json.loads((MODEL / "open_clip_config.json").read_text())["model_cfg"]
    model = open_clip.CLIP(**{k: v for k, v in config.items() if k not in {"custom_text"}})
    save_file(model.state_dict(), str(folder / "open_clip_model.safetensors"))
    return folder


def measure(count: int, truth: dict[str, Truth], folder) -> dict[str, int]:
    looks = new_looks(count, truth)
    scope = SearchScope(language="en")
    found = [
        [truth[hit.product.sku] for hit in search(SearchRequest(picture=picture, per_page=5), scope).hits]
        for _, picture in looks
    ]
    kinds, both = count_found(looks, found)
    bare_kinds, bare_both = count_found(looks, untrained_hits(looks, truth, folder))
    return {
        "type_in_first_five": kinds,
        "type_and_colour_in_first_five": both,
        "untrained_type_in_first_five": bare_kinds,
        "untrained_type_and_colour_in_first_five": bare_both,
    }


@pytest.mark.acceptance_size(name="new-products")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_a_hundred_new_products(truth, tmp_path, model_settings, settings):
    settings.PRODUCT_SEARCH = model_settings
    asked = reports.asked("new-products")
    found = measure(int(asked["products"]), truth, tmp_path)
    reports.write_report(
        "new-products",
        sizes={"products": asked["products"], "catalogue": Product.objects.count()},
        seeds={"looks": SEED},
        result=found,
    )
    assert found["type_in_first_five"] >= 90
    assert found["type_and_colour_in_first_five"] >= 75
