"""What the shipped model says of rendered products that it was never trained on, by the vocabulary that ships.

Temperatures and thresholds come from the shop's own titles; what is reported is of new products, shown by pictures
alone. One test measures at full size, the other that the figures are made at all.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from catalog.models import Product
from catalog.rendering.assortment import TYPES
from catalog.rendering.looks import ProductLook, random_look, random_view
from catalog.rendering.scene import draw
from product_search import encoders
from product_search.models import NEVER, Attribute, Generation, Space, Tag
from product_search.tagging import tag_pending, tags_of
from product_search.tagging.heads import Head, heads_of, vocabulary
from product_search.tagging.page import judged, threshold
from product_search.tagging.prompts import mean_direction
from product_search.tagging.reading import Page
from product_search.tagging.scoring import chosen, likelihood, scores
from product_search.tagging.vocabulary_files import read_csv, take
from tests.acceptance import nothing_sold, reports
from tests.acceptance.conftest import ROOT, Truth

SEED = 70_700_000
VIEWS = 2
SINGLE = "a photo of a {}"


def new_products(count: int, seed: int = SEED) -> list[ProductLook]:
    """Looks drawn evenly over the types."""
    rng = random.Random(seed)
    types = sorted(TYPES)
    return [random_look(rng, types[number % len(types)]) for number in range(count)]


def photographed(looks: Sequence[ProductLook], seed: int = SEED) -> Page:
    """Each look seen twice, once calmly, as the arrays that tagging reads; no texts."""
    rng = random.Random(seed + 1)
    encoder = encoders.get_encoder()
    pictures = [
        draw(look, random_view(rng, look, calm=view == 0), 224) for look in looks for view in range(VIEWS)
    ]
    vectors = encoder.encode_images(pictures).reshape(len(looks), VIEWS, -1)
    pooled = mean_direction(vectors.mean(axis=1))
    return Page(tuple(range(len(looks))), pooled, np.full_like(pooled, np.nan))


def macro_f1(truth: Any, said: Any, values: int) -> float:
    """The mean over values that occur of their F1."""
    found = []
    for value in range(values):
        right = ((truth == value) & (said == value)).sum()
        there, told = (truth == value).sum(), (said == value).sum()
        if there:
            found.append(2 * right / (there + told))
    return float(np.mean(found))


def calibration_error(sure: Any, right: Any, bins: int = 10) -> float:
    """Expected calibration error over equally wide bins (Guo et al., 2017)."""
    places = np.minimum((sure * bins).astype(int), bins - 1)
    return float(
        sum(
            (places == place).mean() * abs(sure[places == place].mean() - right[places == place].mean())
            for place in np.unique(places)
        )
    )


def single_prompt(head: Head, space: Space, generation: Generation) -> Head:
    """The same attribute, each value said by one sentence: what an ensemble has to beat."""
    bare = Attribute(name=head.attribute.name, templates=[SINGLE])
    sentences = [SINGLE.replace("{}", value.said) for value in head.values]
    vectors = encoders.get_encoder().encode_texts(sentences)
    assert bare.templates
    return replace(head, vectors=vectors)


def figures(head: Head, page: Page, looks: Sequence[ProductLook], single: Head) -> dict[str, Any]:
    """What is said of one attribute of the new products."""
    places = {value.value: at for at, value in enumerate(head.values)}
    truth = np.array([places[getattr(look, head.attribute.name)] for look in looks])
    found = judged(head, page)
    best = found.own.argmax(axis=1)
    rows = np.arange(len(looks))
    # Forced to answer, among the values alone: temperatures do not matter, so both are asked alike.
    one = likelihood(single, scores(single, page.pictures) / 0.05).own.argmax(axis=1)
    said = chosen(head, found, threshold(head))
    told = said.any(axis=1)
    right = said[rows, truth]
    attribute = head.attribute
    return {
        "macro_f1": round(macro_f1(truth, best, len(head.values)), 4),
        "macro_f1_single_prompt": round(macro_f1(truth, one, len(head.values)), 4),
        "promised": attribute.promised,
        "said": round(float(told.mean()), 4),
        "precision_of_said": round(float(right[told].mean()), 4) if told.any() else None,
        "calibration_error": round(calibration_error(found.own[rows, best], best == truth), 4),
        "fitted_by": attribute.fitted_by,
        "fitted_on": attribute.fitted_on,
        "threshold": None if threshold(head) >= NEVER else round(threshold(head), 4),
    }


def of_the_catalogue(truth: dict[str, Truth]) -> dict[str, Any]:
    """How many products of the shop itself have a suggestion, and how many of those are right."""
    found: dict[str, list[bool]] = {}
    skus = dict(Product.objects.values_list("pk", "sku"))
    for key, attribute, value in Tag.objects.values_list("product", "attribute", "value"):
        found.setdefault(attribute, []).append(getattr(truth[skus[key]], attribute) == value)
    return {
        name: {"suggested": len(right), "precision": round(float(np.mean(right)), 4)}
        for name, right in sorted(found.items())
    }


def measure(products: int, nothing: int, truth: dict[str, Truth]) -> dict[str, Any]:
    take(read_csv((ROOT / "fixtures" / "vocabulary.csv").read_text(encoding="utf-8")), using="default")
    tag_pending()
    space, generation = Space.objects.get(state="serving"), Generation.objects.get(state="serving")
    heads = heads_of(vocabulary("default"), space, generation, using="default")
    looks = new_products(products)
    page = photographed(looks)
    result: dict[str, Any] = {
        head.attribute.name: figures(head, page, looks, single_prompt(head, space, generation))
        for head in heads
    }
    untagged = [
        all(seen.abstained for seen in tags_of(nothing_sold.picture(number), language="en"))
        for number in range(nothing)
    ]
    return {**result, "catalogue": of_the_catalogue(truth), "nothing_sold_untagged": sum(untagged)}


@pytest.mark.acceptance_size(name="tags")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_new_products_are_told_their_kind_and_colour(
    truth: dict[str, Truth], model_settings: Any, settings: Any
) -> None:
    settings.PRODUCT_SEARCH = model_settings
    asked = reports.asked("tags")
    found = measure(int(asked["products"]), int(asked["nothing"]), truth)
    reports.write_report(
        "tags",
        sizes={**asked, "catalogue": Product.objects.count()},
        seeds={"looks": SEED},
        result=found,
    )
    for name in ("type", "colour", "pattern"):
        each = found[name]
        assert each["macro_f1"] >= 0.9, name
        assert each["precision_of_said"] >= each["promised"] - 0.02, name
    silent = found["material"]
    assert silent["precision_of_said"] is None or silent["precision_of_said"] >= silent["promised"] - 0.02
