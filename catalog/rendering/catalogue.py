"""The rendered shop's products: designs in several colours, every type in every colour it comes in, from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from .assortment import TYPES
from .looks import ProductLook, View, random_accent, random_look, random_view
from .phrases import DESIGN_NAMES
from .titles import Telling, Wording, random_telling, random_wording

PRODUCTS = 600

#: Products that the shop must have so that "red striped mug" is a fair question: the mugs, and what resembles them
#: in two of the three words. Red striped mugs say nothing of it, in titles or descriptions.
_STAPLES: tuple[tuple[str, str, str, str, str], ...] = (
    ("mug", "red", "striped", "straight", "ceramic"),
    ("mug", "red", "striped", "rounded", "porcelain"),
    ("mug", "red", "striped", "tall", "enamel"),
    ("mug", "red", "striped", "tapered", "stoneware"),
    ("mug", "red", "plain", "straight", "ceramic"),
    ("mug", "red", "plain", "tall", "enamel"),
    ("mug", "red", "dotted", "rounded", "porcelain"),
    ("mug", "blue", "striped", "straight", "ceramic"),
    ("mug", "blue", "striped", "rounded", "stoneware"),
    ("mug", "green", "striped", "tapered", "ceramic"),
    ("cushion", "red", "striped", "square", "cotton"),
    ("cushion", "red", "striped", "oblong", "linen"),
    ("teapot", "red", "striped", "round", "ceramic"),
    ("bowl", "red", "striped", "deep", "ceramic"),
)


@dataclass(frozen=True)
class Item:
    """One product of the shop: what it looks like, how it is photographed, what its texts share with its siblings."""

    sku: str
    parent: str
    look: ProductLook
    views: tuple[View, ...]
    wording: Wording


def catalogue(seed: int) -> list[Item]:
    """The shop's products in the order of their SKUs; the same seed gives the same list."""
    rng = random.Random(f"catalogue/{seed}")
    names = _names(rng)
    families: list[tuple[ProductLook, ...]] = [(_staple(rng, *row),) for row in _STAPLES]
    for kind in TYPES.values():
        families += _designs(rng, kind.name)
    room = PRODUCTS - sum(len(family) for family in families)
    families += [(random_look(rng),) for _ in range(room)]
    items: list[Item] = []
    for number, family in enumerate(families, start=1):
        items += _items(rng, number, family, next(names[family[0].type]))
    return items


def says_nothing(look: ProductLook) -> bool:
    """Whether this product's texts must leave colour and pattern to the picture."""
    return (look.type, look.colour, look.pattern) == ("mug", "red", "striped")


def _staple(
    rng: random.Random, kind: str, colour: str, pattern: str, shape: str, material: str
) -> ProductLook:
    return ProductLook(kind, colour, pattern, material, shape, "white", rng.randrange(1_000_000))


def _designs(rng: random.Random, kind: str) -> list[tuple[ProductLook, ...]]:
    """Designs that together show the type in every colour it comes in: each one in one to four colours."""
    colours = list(TYPES[kind].colours)
    rng.shuffle(colours)
    families = []
    while colours:
        size = min(rng.choice((1, 2, 3, 3, 4)), len(colours))
        chosen, colours = colours[:size], colours[size:]
        design = random_look(rng, kind)
        families.append(
            tuple(
                replace(design, colour=colour, accent=random_accent(rng, colour, design.pattern))
                for colour in chosen
            )
        )
    return families


def _items(rng: random.Random, number: int, family: tuple[ProductLook, ...], name: str) -> list[Item]:
    silent = any(says_nothing(look) for look in family)
    telling: Telling = rng.choice(("name", "material")) if silent else random_telling(rng)
    wording = random_wording(family[0], name, telling, rng)
    first = f"{_letters(family[0].type)}-{1000 + number}"
    items = []
    for place, look in enumerate(family):
        sku = first if place == 0 else f"{first}-{place + 1}"
        views = [random_view(rng, look, calm=True)]
        views += [random_view(rng, look) for _ in range(2 if place == 0 and rng.random() < 0.55 else 1)]
        items.append(Item(sku, "" if place == 0 else first, look, tuple(views), wording))
    return items


def _letters(kind: str) -> str:
    return kind.replace("-", "").upper()[:3]


def _names(rng: random.Random) -> dict[str, _Names]:
    return {kind: _Names(rng) for kind in TYPES}


class _Names:
    """Design names in an order of their own for each type, so that one type does not use a name twice."""

    def __init__(self, rng: random.Random) -> None:
        self._left = list(DESIGN_NAMES)
        rng.shuffle(self._left)

    def __next__(self) -> str:
        return self._left.pop()
