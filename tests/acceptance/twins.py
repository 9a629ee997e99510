"""Rendered products in pairs that differ in one attribute alone, and tags of them as a fallible tagger would give."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from catalog.models import Product, ProductImage
from catalog.rendering.assortment import TYPES
from catalog.rendering.lexicon import NOUNS
from catalog.rendering.looks import ProductLook, random_look, random_view
from catalog.rendering.palette import COLOURS, distance
from catalog.rendering.scene import draw
from product_search.models import Tag, TagState

ATTRIBUTES = ("colour", "pattern", "shape", "material")
#: Of a tagger: the share of attributes that it gets wrong, and that of those it says nothing of.
WRONG, SILENT = 0.1, 0.1


@dataclass(frozen=True)
class Twins:
    """`right` has what `query` asks for, and `other` is the same but for `attribute`; photographed alike."""

    attribute: str
    query: str
    right: ProductLook
    other: ProductLook
    pictures: tuple[Image.Image, Image.Image]


def twins(count: int, seed: int) -> list[Twins]:
    """`count` pairs, evenly over the attributes, of types drawn at random among those that come in two values of it."""
    rng = random.Random(seed)
    found: list[Twins] = []
    while len(found) < count:
        attribute = ATTRIBUTES[len(found) % len(ATTRIBUTES)]
        right = random_look(rng)
        others = [value for value in values_of(right, attribute) if value != getattr(right, attribute)]
        if not others:
            continue
        changed: dict[str, Any] = {attribute: rng.choice(others)}
        other = replace(right, **changed)
        view = random_view(rng, right, calm=True)
        query = f"{getattr(right, attribute)} {NOUNS[right.type].english[0]}"
        found.append(Twins(attribute, query, right, other, (draw(right, view, 224), draw(other, view, 224))))
    return found


def values_of(look: ProductLook, attribute: str) -> tuple[str, ...]:
    """What `look` could be instead, or is; a colour must stand out from the pattern's own."""
    kind = TYPES[look.type]
    if attribute == "colour":
        accent = COLOURS[look.accent].rgb
        plain = look.pattern == "plain"
        return tuple(name for name in kind.colours if plain or distance(COLOURS[name].rgb, accent) > 0.3)
    if attribute == "pattern":
        return ("plain", *kind.patterns) if "plain" not in kind.patterns else kind.patterns
    return kind.shapes if attribute == "shape" else kind.materials


def stock(pairs: Sequence[Twins]) -> list[tuple[Product, Product]]:
    """Both of each pair as products whose texts say the type alone."""
    made = []
    for number, pair in enumerate(pairs):
        noun = NOUNS[pair.right.type].english[0].title()
        two = [
            Product.objects.create(sku=f"TWIN-{number}-{side}", name=f"{noun} {number}", price=10, stock=1)
            for side in "ab"
        ]
        for product, picture in zip(two, pair.pictures, strict=True):
            file = io.BytesIO()
            picture.save(file, "PNG")
            ProductImage.objects.create(
                product=product, image=ContentFile(file.getvalue(), f"{product.sku}.png")
            )
        made.append((two[0], two[1]))
    return made


def tag(pairs: Sequence[Twins], products: Sequence[tuple[Product, Product]], seed: int) -> None:
    """What a tagger says of each product: mostly what is so, sometimes something else, sometimes nothing; a fifth of
    it was accepted by somebody who saw that it was so.
    """
    rng = random.Random(seed)
    Tag.objects.bulk_create(
        row
        for pair, two in zip(pairs, products, strict=True)
        for look, product in zip((pair.right, pair.other), two, strict=True)
        for row in _tags(look, product, rng)
    )


def _tags(look: ProductLook, product: Product, rng: random.Random) -> Iterator[Tag]:
    for attribute in ATTRIBUTES:
        draw_, true = rng.random(), getattr(look, attribute)
        if draw_ < SILENT:
            continue
        if draw_ < SILENT + WRONG:
            wrong = [value for value in values_of(look, attribute) if value != true] or [true]
            value, sure, state = rng.choice(wrong), rng.uniform(0.5, 0.9), TagState.SUGGESTED
        else:
            value, sure = true, rng.uniform(0.6, 0.99)
            state = TagState.ACCEPTED if rng.random() < 0.2 else TagState.SUGGESTED
        yield Tag(product=product.pk, attribute=attribute, value=value, probability=sure, state=state)
