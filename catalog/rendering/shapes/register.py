"""Which function draws which product type."""

from __future__ import annotations

from ..parts import Shaper
from . import accessories, bags, clothing, footwear, furniture, home, tableware

SHAPERS: dict[str, Shaper] = {
    "mug": tableware.mug,
    "bowl": tableware.bowl,
    "plate": tableware.plate,
    "vase": tableware.vase,
    "bottle": tableware.bottle,
    "kettle": tableware.kettle,
    "teapot": tableware.teapot,
    "candle": tableware.candle,
    "t-shirt": clothing.tshirt,
    "shirt": clothing.shirt,
    "sweater": clothing.sweater,
    "jacket": clothing.jacket,
    "dress": clothing.dress,
    "skirt": clothing.skirt,
    "trousers": clothing.trousers,
    "sneaker": footwear.sneaker,
    "boot": footwear.boot,
    "pump": footwear.pump,
    "backpack": bags.backpack,
    "handbag": bags.handbag,
    "suitcase": bags.suitcase,
    "chair": furniture.chair,
    "table": furniture.table,
    "sofa": furniture.sofa,
    "lamp": furniture.lamp,
    "shelf": furniture.shelf,
    "hat": accessories.hat,
    "scarf": accessories.scarf,
    "sunglasses": accessories.sunglasses,
    "watch": accessories.watch,
    "umbrella": accessories.umbrella,
    "cushion": home.cushion,
    "clock": home.clock,
    "book": home.book,
    "guitar": home.guitar,
    "rug": home.rug,
}
