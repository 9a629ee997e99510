"""The trade side of the rendered catalogue: categories, brands, collections, prices, stock, ratings."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from .looks import ProductLook


@dataclass(frozen=True)
class Trade:
    """Where a type is sold and for how much (euro, before material), and who makes it."""

    category: str
    category_de: str
    low: int
    high: int
    brands: tuple[str, ...]


_TABLE = ("Nordhus", "Tavola", "Kleinwerk", "Studio Pero")
_WEAR = ("Havn & Co", "Loomry", "Marlowe", "Atelier Vima")
_FEET = ("Wanderfuchs", "Marlowe", "Fjellby")
_CARRY = ("Wanderfuchs", "Fjellby", "Atelier Vima")
_ROOM = ("Oakline", "Nordhus", "Casa Luma")
_SOFT = ("Casa Luma", "Loomry", "Studio Pero")

TRADES: dict[str, Trade] = {
    "mug": Trade("Kitchen > Drinkware > Mugs", "Küche > Trinkgefäße > Tassen", 9, 24, _TABLE),
    "bowl": Trade("Kitchen > Tableware > Bowls", "Küche > Geschirr > Schüsseln", 12, 36, _TABLE),
    "plate": Trade("Kitchen > Tableware > Plates", "Küche > Geschirr > Teller", 10, 32, _TABLE),
    "teapot": Trade("Kitchen > Drinkware > Teapots", "Küche > Trinkgefäße > Teekannen", 29, 69, _TABLE),
    "bottle": Trade(
        "Kitchen > Drinkware > Bottles", "Küche > Trinkgefäße > Flaschen", 15, 39, ("Fjellby", "Kleinwerk")
    ),
    "kettle": Trade("Kitchen > Kettles", "Küche > Wasserkessel", 34, 99, ("Kleinwerk", "Tavola")),
    "vase": Trade(
        "Home > Decoration > Vases",
        "Wohnen > Dekoration > Vasen",
        18,
        79,
        ("Studio Pero", "Nordhus", "Casa Luma"),
    ),
    "candle": Trade(
        "Home > Decoration > Candles", "Wohnen > Dekoration > Kerzen", 6, 29, ("Casa Luma", "Studio Pero")
    ),
    "clock": Trade(
        "Home > Decoration > Clocks", "Wohnen > Dekoration > Uhren", 24, 89, ("Kleinwerk", "Oakline")
    ),
    "cushion": Trade("Home > Textiles > Cushions", "Wohnen > Textilien > Kissen", 16, 59, _SOFT),
    "rug": Trade("Home > Textiles > Rugs", "Wohnen > Textilien > Teppiche", 49, 290, _SOFT),
    "lamp": Trade("Home > Lighting", "Wohnen > Beleuchtung", 39, 190, ("Casa Luma", "Kleinwerk", "Oakline")),
    "chair": Trade("Furniture > Seating > Chairs", "Möbel > Sitzmöbel > Stühle", 79, 420, _ROOM),
    "sofa": Trade("Furniture > Seating > Sofas", "Möbel > Sitzmöbel > Sofas", 590, 1990, _ROOM),
    "table": Trade("Furniture > Tables", "Möbel > Tische", 149, 890, _ROOM),
    "shelf": Trade("Furniture > Shelves", "Möbel > Regale", 119, 480, _ROOM),
    "t-shirt": Trade("Clothing > Tops > T-Shirts", "Kleidung > Oberteile > T-Shirts", 15, 39, _WEAR),
    "shirt": Trade("Clothing > Tops > Shirts", "Kleidung > Oberteile > Hemden", 39, 99, _WEAR),
    "sweater": Trade("Clothing > Tops > Sweaters", "Kleidung > Oberteile > Pullover", 49, 149, _WEAR),
    "jacket": Trade("Clothing > Jackets", "Kleidung > Jacken", 89, 340, _WEAR),
    "dress": Trade("Clothing > Dresses", "Kleidung > Kleider", 49, 190, _WEAR),
    "skirt": Trade("Clothing > Skirts", "Kleidung > Röcke", 35, 120, _WEAR),
    "trousers": Trade("Clothing > Trousers", "Kleidung > Hosen", 39, 140, _WEAR),
    "sneaker": Trade("Shoes > Sneakers", "Schuhe > Sneaker", 59, 159, _FEET),
    "boot": Trade("Shoes > Boots", "Schuhe > Stiefel", 99, 260, _FEET),
    "pump": Trade("Shoes > Pumps", "Schuhe > Pumps", 69, 190, ("Marlowe", "Atelier Vima")),
    "backpack": Trade("Bags > Backpacks", "Taschen > Rucksäcke", 49, 180, _CARRY),
    "handbag": Trade("Bags > Handbags", "Taschen > Handtaschen", 59, 280, _CARRY),
    "suitcase": Trade("Bags > Suitcases", "Taschen > Koffer", 89, 320, _CARRY),
    "hat": Trade(
        "Accessories > Hats", "Accessoires > Hüte & Mützen", 15, 79, ("Fjellby", "Havn & Co", "Loomry")
    ),
    "scarf": Trade("Accessories > Scarves", "Accessoires > Schals", 19, 89, ("Loomry", "Havn & Co")),
    "sunglasses": Trade(
        "Accessories > Sunglasses", "Accessoires > Sonnenbrillen", 29, 180, ("Marlowe", "Solene")
    ),
    "watch": Trade("Accessories > Watches", "Accessoires > Armbanduhren", 79, 390, ("Solene", "Kleinwerk")),
    "umbrella": Trade(
        "Accessories > Umbrellas", "Accessoires > Regenschirme", 19, 69, ("Havn & Co", "Fjellby")
    ),
    "book": Trade(
        "Leisure > Books & Notebooks", "Freizeit > Bücher & Notizbücher", 8, 38, ("Kleinwerk", "Papierhaus")
    ),
    "guitar": Trade(
        "Leisure > Music > Guitars", "Freizeit > Musik > Gitarren", 89, 790, ("Cantaro", "Oakline")
    ),
}

_RICHER = {
    "leather": 1.25,
    "silk": 1.3,
    "wool": 1.15,
    "wood": 1.1,
    "porcelain": 1.2,
    "velvet": 1.2,
    "plastic": 0.75,
}

COLLECTIONS: dict[str, tuple[str, ...]] = {
    "Slow Mornings": ("mug", "teapot", "bowl", "plate", "kettle", "candle", "cushion", "book"),
    "Harbour Weekend": ("t-shirt", "sneaker", "sunglasses", "hat", "bottle", "handbag", "shirt", "dress"),
    "City Commute": ("backpack", "umbrella", "watch", "jacket", "boot", "trousers", "pump", "skirt"),
    "Winter Cabin": ("sweater", "scarf", "rug", "lamp", "boot", "hat", "candle", "mug"),
    "First Flat": ("sofa", "chair", "table", "shelf", "lamp", "clock", "rug", "vase"),
    "Gift Ideas": ("mug", "vase", "candle", "book", "scarf", "watch", "guitar", "sunglasses", "clock"),
    "On the Road": ("suitcase", "backpack", "bottle", "sunglasses", "jacket", "guitar"),
}


def price(look: ProductLook, rng: random.Random) -> Decimal:
    """A retail price in euro, with the endings shops use."""
    trade = TRADES[look.type]
    amount = trade.low + (trade.high - trade.low) * rng.random() ** 1.6
    whole = max(round(amount * _RICHER.get(look.material, 1.0)), trade.low)
    if whole >= 200:
        return Decimal(whole // 10 * 10 + 9)
    return Decimal(whole - 1) + Decimal(rng.choice(("0.90", "0.95", "0.99", "0.50")))


def list_price(price: Decimal, rng: random.Random) -> str:
    """What it cost before, empty for most: about one in nine is reduced, by 15 to 45 percent."""
    if rng.random() > 0.11:
        return ""
    before = float(price) / rng.uniform(0.55, 0.85)
    return f"{round(before) + Decimal('0.95') if before < 200 else round(before / 10) * 10 + 9:.2f}"


def stock(rng: random.Random) -> int:
    """Pieces in the warehouse: about one in eight is sold out."""
    return 0 if rng.random() < 0.125 else round(1 + 140 * rng.random() ** 2)


def rating(rng: random.Random) -> str:
    """Stars from 2.8 to 5.0, mostly above 4."""
    return f"{5 - 2.2 * rng.random() ** 1.7:.1f}"


def popularity(rng: random.Random) -> int:
    """Sales in a while, with a long tail."""
    return round(1000 * rng.random() ** 3)


def collections(look: ProductLook, rng: random.Random) -> tuple[str, ...]:
    """The collections that a product of this type joins."""
    return tuple(name for name, types in COLLECTIONS.items() if look.type in types and rng.random() < 0.3)
