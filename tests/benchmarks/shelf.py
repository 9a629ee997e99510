"""A large, plain assortment for benchmarks: names as shops write them, with frequent, ordinary and rare words."""

from __future__ import annotations

import random
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from catalog.models import Brand, Category, Product, ProductImage
from tests.pictures import picture_bytes

SEED = 4_000_000
THINGS = {
    "Mug": "Becher", "Plate": "Teller", "Bowl": "Schüssel", "Lamp": "Lampe", "Chair": "Stuhl", "Table": "Tisch",
    "Shirt": "Hemd", "Jacket": "Jacke", "Shoe": "Schuh", "Boot": "Stiefel", "Bag": "Tasche", "Scarf": "Schal",
    "Vase": "Vase", "Clock": "Uhr", "Mirror": "Spiegel", "Towel": "Handtuch", "Pillow": "Kissen", "Rug": "Teppich",
    "Pan": "Pfanne", "Kettle": "Kessel",
}  # fmt: skip
COLOURS = {
    "Red": "rot", "Blue": "blau", "Green": "grün", "Black": "schwarz", "White": "weiß", "Yellow": "gelb",
    "Grey": "grau", "Brown": "braun", "Pink": "rosa", "Orange": "orange",
}  # fmt: skip
MATERIALS = {
    "Steel": "Stahl", "Oak": "Eiche", "Linen": "Leinen", "Cotton": "Baumwolle", "Glass": "Glas", "Leather": "Leder",
    "Wool": "Wolle", "Clay": "Ton",
}  # fmt: skip
SYLLABLES = ("ba", "lo", "mi", "ren", "ta", "vo", "sel", "ka", "du", "fi", "nor", "pe")
FILLER = (
    "made by hand in small batches and checked before it leaves the workshop it lasts for years is easy to clean "
    "suits every room comes in a box of recycled paper and can be returned within thirty days"
)


def coined(rng: random.Random) -> str:
    """A name of a product line: about 1,700 of them, so each is rare."""
    return "".join(rng.choices(SYLLABLES, k=3)).capitalize()


def stock(count: int, *, pictures: bool = True) -> None:
    """`count` products; every twentieth is a draft. Written past the signals.

    With `pictures`, each has one, of ten files.
    """
    rng = random.Random(SEED)
    brands = Brand.objects.bulk_create(Brand(name=coined(rng), slug=f"b{n}") for n in range(50))
    categories = Category.objects.bulk_create(
        Category(slug=thing.lower(), path=thing.lower(), name=f"{thing}s", name_de=german)
        for thing, german in THINGS.items()
    )
    files = [
        default_storage.save(f"bench/{colour}.png", ContentFile(picture_bytes(colour.lower(), side=32)))
        for colour in COLOURS
    ]
    things, colours, materials = (list(words.items()) for words in (THINGS, COLOURS, MATERIALS))
    for start in range(0, count, 5000):
        products, shown = [], []
        for number in range(start, min(start + 5000, count)):
            place = min(int(rng.expovariate(0.25)), len(things) - 1)  # some things are sold in far more kinds
            colour = rng.randrange(len(colours))
            material, line = rng.choice(materials), coined(rng)
            products.append(
                Product(
                    sku=f"SKU-{number:06d}",
                    slug=f"p{number}",
                    name=f"{colours[colour][0]} {material[0]} {things[place][0]} {line}",
                    name_de=f"{things[place][1]} {line} {material[1]} {colours[colour][1]}",
                    description=sentence(rng),
                    brand=rng.choice(brands),
                    category=categories[place],
                    price=rng.randrange(5, 300),
                    popularity=rng.randrange(1000),
                    published=number % 20 != 0,
                )
            )
            shown.append(files[colour])
        Product.objects.bulk_create(products)
        if not pictures:
            continue
        ProductImage.objects.bulk_create(
            ProductImage(product=product, image=file, width=32, height=32)
            for product, file in zip(products, shown, strict=True)
        )


def sentence(rng: random.Random) -> str:
    """Words that stand in most descriptions."""
    words: Sequence[str] = rng.sample(FILLER.split(), 18)
    return " ".join(words).capitalize() + "."
