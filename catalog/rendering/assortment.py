"""What the shop deals in: each product type with its shapes, colours, patterns and materials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: How a product meets its ground: on its feet, flat from above, or before a wall.
Stance = Literal["standing", "lying", "hanging"]

_ALL = (
    "red",
    "blue",
    "green",
    "yellow",
    "black",
    "white",
    "grey",
    "pink",
    "purple",
    "orange",
    "brown",
    "beige",
    "turquoise",
)
_ANY = ("striped", "dotted", "checked", "floral", "zigzag")
_WEAVES = ("striped", "checked", "zigzag")


@dataclass(frozen=True)
class ProductType:
    """One type: the attributes its products may have, and how it is photographed."""

    name: str
    stance: Stance
    shapes: tuple[str, ...]
    materials: tuple[str, ...]
    patterns: tuple[str, ...] = _ANY
    colours: tuple[str, ...] = _ALL
    mirrors: bool = False


TYPES: dict[str, ProductType] = {
    kind.name: kind
    for kind in (
        ProductType(
            "mug",
            "standing",
            ("straight", "tapered", "rounded", "tall"),
            ("ceramic", "porcelain", "stoneware", "enamel"),
            mirrors=True,
        ),
        ProductType(
            "bowl", "standing", ("deep", "wide", "footed"), ("ceramic", "porcelain", "stoneware", "wood")
        ),
        ProductType(
            "plate", "lying", ("round", "square", "oval"), ("ceramic", "porcelain", "stoneware", "enamel")
        ),
        ProductType(
            "vase",
            "standing",
            ("bellied", "slender", "necked", "flared"),
            ("ceramic", "glass", "stoneware", "metal"),
        ),
        ProductType("bottle", "standing", ("classic", "sports", "flask"), ("metal", "glass", "plastic")),
        ProductType("kettle", "standing", ("stove", "electric"), ("metal", "enamel"), mirrors=True),
        ProductType(
            "teapot", "standing", ("round", "squat"), ("ceramic", "porcelain", "stoneware"), mirrors=True
        ),
        ProductType(
            "candle", "standing", ("pillar", "taper", "jar"), ("wax",), ("striped", "dotted", "zigzag")
        ),
        ProductType("t-shirt", "lying", ("crew", "v-neck", "tank"), ("cotton", "linen")),
        ProductType(
            "shirt",
            "lying",
            ("long-sleeved", "short-sleeved"),
            ("cotton", "linen", "denim"),
            ("striped", "checked", "dotted", "floral"),
        ),
        ProductType(
            "sweater",
            "lying",
            ("round-neck", "roll-neck", "hooded"),
            ("wool", "cotton"),
            (*_WEAVES, "dotted"),
        ),
        ProductType(
            "jacket",
            "lying",
            ("bomber", "blazer", "coat"),
            ("wool", "denim", "leather", "nylon"),
            ("checked", "striped"),
        ),
        ProductType("dress", "hanging", ("a-line", "sheath", "wide"), ("cotton", "silk", "linen", "velvet")),
        ProductType(
            "skirt", "hanging", ("pencil", "flared", "pleated"), ("cotton", "wool", "denim", "leather")
        ),
        ProductType(
            "trousers",
            "lying",
            ("straight", "wide", "shorts"),
            ("cotton", "denim", "linen", "wool"),
            ("striped", "checked"),
        ),
        ProductType(
            "sneaker",
            "standing",
            ("low", "high-top", "runner"),
            ("canvas", "leather", "suede", "nylon"),
            ("striped", "checked", "dotted", "floral"),
            mirrors=True,
        ),
        ProductType(
            "boot",
            "standing",
            ("ankle", "knee", "work"),
            ("leather", "suede"),
            ("checked", "floral"),
            mirrors=True,
        ),
        ProductType(
            "pump",
            "standing",
            ("stiletto", "block", "flat"),
            ("leather", "suede", "silk"),
            ("dotted", "striped", "floral"),
            mirrors=True,
        ),
        ProductType("backpack", "standing", ("school", "roll-top", "hiking"), ("canvas", "nylon", "leather")),
        ProductType(
            "handbag", "standing", ("tote", "satchel", "round"), ("leather", "canvas", "suede", "straw")
        ),
        ProductType(
            "suitcase",
            "standing",
            ("trolley", "classic"),
            ("plastic", "leather", "metal"),
            ("striped", "dotted", "checked"),
        ),
        ProductType(
            "chair",
            "standing",
            ("dining", "shell", "armchair", "stool"),
            ("wood", "plastic", "metal", "velvet"),
            mirrors=True,
        ),
        ProductType(
            "table",
            "standing",
            ("round", "square", "low"),
            ("wood", "metal", "glass"),
            ("striped", "checked"),
        ),
        ProductType(
            "sofa",
            "standing",
            ("two-seater", "three-seater", "chesterfield"),
            ("linen", "velvet", "leather", "wool"),
        ),
        ProductType(
            "lamp",
            "standing",
            ("table", "floor", "desk", "pendant"),
            ("linen", "metal", "paper", "glass"),
            mirrors=True,
        ),
        ProductType("shelf", "standing", ("bookcase", "ladder"), ("wood", "metal"), ("striped",)),
        ProductType(
            "hat",
            "lying",
            ("beanie", "cap", "fedora", "sun-hat"),
            ("wool", "felt", "straw", "cotton"),
            mirrors=True,
        ),
        ProductType("scarf", "lying", ("looped", "folded", "crossed"), ("wool", "silk", "cotton")),
        ProductType(
            "sunglasses",
            "lying",
            ("round", "square", "cat-eye", "aviator"),
            ("plastic", "metal", "wood"),
            ("plain",),
        ),
        ProductType(
            "watch",
            "lying",
            ("round", "square", "chronograph"),
            ("leather", "nylon", "metal"),
            ("striped", "checked", "dotted"),
        ),
        ProductType("umbrella", "standing", ("dome", "wide", "closed"), ("nylon", "cotton"), mirrors=True),
        ProductType(
            "cushion", "hanging", ("square", "round", "oblong"), ("cotton", "linen", "velvet", "wool")
        ),
        ProductType(
            "clock",
            "hanging",
            ("round", "square", "alarm"),
            ("wood", "metal", "plastic"),
            ("striped", "dotted", "checked"),
        ),
        ProductType(
            "book", "standing", ("novel", "notebook", "stack"), ("paper", "leather", "linen"), mirrors=True
        ),
        ProductType(
            "guitar",
            "hanging",
            ("acoustic", "electric", "ukulele"),
            ("wood",),
            ("striped", "floral"),
            mirrors=True,
        ),
        ProductType("rug", "lying", ("rectangular", "round", "runner"), ("wool", "cotton")),
    )
}
