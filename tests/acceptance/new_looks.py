"""Products that neither model nor shop ever saw: rendered, with titles as merchants write them, and sold in a test."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.base import ContentFile

from catalog.models import Category, Product, ProductImage
from catalog.rendering.assortment import TYPES
from catalog.rendering.commerce import TRADES
from catalog.rendering.looks import ProductLook, View, random_look, random_view
from catalog.rendering.scene import draw
from catalog.rendering.titles import random_telling, random_wording, title, title_de
from product_search.indexing import mark_stale
from product_search.testing import index_now

SIDE = 224


@dataclass(frozen=True)
class Sold:
    """A product with what its pictures really show."""

    product: Product
    look: ProductLook


def random_looks(count: int, rng: random.Random) -> list[ProductLook]:
    """Looks drawn evenly over the types."""
    types = sorted(TYPES)
    return [random_look(rng, types[number % len(types)]) for number in range(count)]


def sell(looks: Sequence[ProductLook], rng: random.Random, *, views: int, prefix: str = "NEW") -> list[Sold]:
    """Products of these `looks`, each with its own title and `views` pictures, the first one calm; not indexed yet."""
    categories = {category.path: category for category in Category.objects.all()}
    found = []
    for number, look in enumerate(looks):
        wording = random_wording(look, f"Nova {number}", random_telling(rng), rng)
        path = category_path(look, categories)
        product = Product.objects.create(
            sku=f"{prefix}-{number}",
            name=title(look, wording),
            name_de=title_de(look, wording),
            category=categories.get(path),
            price=10,
            stock=3,
        )
        shown = [random_view(rng, look, calm=view == 0) for view in range(views)]
        add_pictures(product, look, shown)
        found.append(Sold(product, look))
    return found


def add_pictures(product: Product, look: ProductLook, shown: Sequence[View], *, first: int = 0) -> None:
    """Pictures of `look`, behind those that are there."""
    for position, view in enumerate(shown, start=first):
        file = io.BytesIO()
        draw(look, view, SIDE).save(file, "WEBP", quality=88)
        ProductImage.objects.create(
            product=product,
            position=position,
            image=ContentFile(file.getvalue(), f"{product.sku}-{position}.webp"),
        )


def index() -> None:
    """Index whatever waits."""
    mark_stale(Product.objects.filter(sku__startswith="NEW"))
    index_now()


def category_path(look: ProductLook, categories: dict[str, Category]) -> str:
    """The category that the catalogue has for the type."""
    names = TRADES[look.type].category.split(" > ")
    return next((path for path, each in categories.items() if each.name == names[-1]), "")
