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
    #: How much larger than the canvas draws it, so that small things fill the picture too.
    zoom: float = 1.0


TYPES: dict[str, ProductType] = {
    kind.name: kind
    for kind in (
        ProductType(
            "mug",
            "standing",
            ("straight", "tapered", "rounded", "tall"),
            ("ceramic", "porcelain", "stoneware", "enamel"),
            mirrors=True,
            zoom=1.24,
        ),
        ProductType(
            "bowl",
            "standing",
            ("deep", "wide", "footed"),
            ("ceramic", "porcelain", "stoneware", "wood"),
            zoom=1.12,
        ),
        ProductType(
            "plate", "lying", ("round", "square", "oval"), ("ceramic", "porcelain", "stoneware", "enamel")
        ),
        ProductType(
            "vase",
            "standing",
            ("bellied", "slender", "necked", "flared"),
            ("ceramic", "glass", "stoneware", "metal"),
            zoom=1.06,
        ),
        ProductType(
            "bottle", "standing", ("classic", "sports", "flask"), ("metal", "glass", "plastic"), zoom=1.08
        ),
        ProductType("kettle", "standing", ("stove", "electric"), ("metal", "enamel"), mirrors=True, zoom=1.1),
        ProductType(
            "teapot",
            "standing",
            ("round", "squat"),
            ("ceramic", "porcelain", "stoneware"),
            mirrors=True,
            zoom=1.06,
        ),
        ProductType(
            "candle",
            "standing",
            ("pillar", "taper", "jar"),
            ("wax",),
            ("striped", "dotted", "zigzag"),
            zoom=1.12,
        ),
        ProductType("t-shirt", "lying", ("crew", "v-neck", "tank"), ("cotton", "linen"), zoom=1.12),
        ProductType(
            "shirt",
            "lying",
            ("long-sleeved", "short-sleeved"),
            ("cotton", "linen", "denim"),
            ("striped", "checked", "dotted", "floral"),
            zoom=1.12,
        ),
        ProductType(
            "sweater",
            "lying",
            ("round-neck", "roll-neck", "hooded"),
            ("wool", "cotton"),
            (*_WEAVES, "dotted"),
            zoom=1.12,
        ),
        ProductType(
            "jacket",
            "lying",
            ("bomber", "blazer", "coat"),
            ("wool", "denim", "leather", "nylon"),
            ("checked", "striped"),
            zoom=1.06,
        ),
        ProductType("dress", "hanging", ("a-line", "sheath", "wide"), ("cotton", "silk", "linen", "velvet")),
        ProductType(
            "skirt",
            "hanging",
            ("pencil", "flared", "pleated"),
            ("cotton", "wool", "denim", "leather"),
            zoom=1.15,
        ),
        ProductType(
            "trousers",
            "lying",
            ("straight", "wide", "shorts"),
            ("cotton", "denim", "linen", "wool"),
            ("striped", "checked"),
            zoom=1.02,
        ),
        ProductType(
            "sneaker",
            "standing",
            ("low", "high-top", "runner"),
            ("canvas", "leather", "suede", "nylon"),
            ("striped", "checked", "dotted", "floral"),
            mirrors=True,
            zoom=1.06,
        ),
        ProductType(
            "boot",
            "standing",
            ("ankle", "knee", "work"),
            ("leather", "suede"),
            ("checked", "floral"),
            mirrors=True,
            zoom=1.06,
        ),
        ProductType(
            "pump",
            "standing",
            ("stiletto", "block", "flat"),
            ("leather", "suede", "silk"),
            ("dotted", "striped", "floral"),
            mirrors=True,
            zoom=1.16,
        ),
        ProductType(
            "backpack",
            "standing",
            ("school", "roll-top", "hiking"),
            ("canvas", "nylon", "leather"),
            zoom=1.12,
        ),
        ProductType(
            "handbag",
            "standing",
            ("tote", "satchel", "round"),
            ("leather", "canvas", "suede", "straw"),
            zoom=1.12,
        ),
        ProductType(
            "suitcase",
            "standing",
            ("trolley", "classic"),
            ("plastic", "leather", "metal"),
            ("striped", "dotted", "checked"),
            zoom=1.06,
        ),
        ProductType(
            "chair",
            "standing",
            ("dining", "shell", "armchair", "stool"),
            ("wood", "plastic", "metal", "velvet"),
            mirrors=True,
            zoom=1.04,
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
            zoom=1.02,
        ),
        ProductType("shelf", "standing", ("bookcase", "ladder"), ("wood", "metal"), ("striped",), zoom=1.04),
        ProductType(
            "hat",
            "lying",
            ("beanie", "cap", "fedora", "sun-hat"),
            ("wool", "felt", "straw", "cotton"),
            mirrors=True,
            zoom=1.04,
        ),
        ProductType("scarf", "lying", ("looped", "folded", "crossed"), ("wool", "silk", "cotton"), zoom=1.1),
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
            "cushion",
            "hanging",
            ("square", "round", "oblong"),
            ("cotton", "linen", "velvet", "wool"),
            zoom=1.1,
        ),
        ProductType(
            "clock",
            "hanging",
            ("round", "square", "alarm"),
            ("wood", "metal", "plastic"),
            ("striped", "dotted", "checked"),
            zoom=1.16,
        ),
        ProductType(
            "book",
            "standing",
            ("novel", "notebook", "stack"),
            ("paper", "leather", "linen"),
            mirrors=True,
            zoom=1.12,
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
