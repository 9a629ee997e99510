"""The words for what a picture shows, in English and German, with German genders so that adjectives agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Gender = Literal["m", "f", "n", "p"]


@dataclass(frozen=True)
class Noun:
    """A product type's words: English names (first the usual one), German names with gender, and its kinds."""

    english: tuple[str, ...]
    german: tuple[tuple[str, Gender], ...]
    #: Words of the level above ("crockery"), English and German.
    kin: tuple[str, str]


NOUNS: dict[str, Noun] = {
    "mug": Noun(
        ("mug", "cup", "coffee mug"),
        (("Tasse", "f"), ("Becher", "m"), ("Kaffeetasse", "f")),
        ("tableware", "Geschirr"),
    ),
    "bowl": Noun(("bowl", "serving bowl"), (("Schüssel", "f"), ("Schale", "f")), ("tableware", "Geschirr")),
    "plate": Noun(
        ("plate", "dinner plate"), (("Teller", "m"), ("Speiseteller", "m")), ("tableware", "Geschirr")
    ),
    "vase": Noun(("vase", "flower vase"), (("Vase", "f"), ("Blumenvase", "f")), ("home decor", "Wohndeko")),
    "bottle": Noun(
        ("bottle", "water bottle", "drinking bottle"),
        (("Flasche", "f"), ("Trinkflasche", "f")),
        ("drinkware", "Trinkgefäße"),
    ),
    "kettle": Noun(
        ("kettle", "water kettle"), (("Wasserkessel", "m"), ("Wasserkocher", "m")), ("kitchen", "Küche")
    ),
    "teapot": Noun(("teapot", "tea pot"), (("Teekanne", "f"), ("Kanne", "f")), ("tableware", "Geschirr")),
    "candle": Noun(("candle",), (("Kerze", "f"),), ("home decor", "Wohndeko")),
    "t-shirt": Noun(
        ("t-shirt", "tee", "tshirt"), (("T-Shirt", "n"), ("Shirt", "n")), ("clothing", "Kleidung")
    ),
    "shirt": Noun(("shirt", "button-down shirt"), (("Hemd", "n"), ("Bluse", "f")), ("clothing", "Kleidung")),
    "sweater": Noun(
        ("sweater", "jumper", "pullover"), (("Pullover", "m"), ("Pulli", "m")), ("clothing", "Kleidung")
    ),
    "jacket": Noun(("jacket", "coat"), (("Jacke", "f"),), ("clothing", "Kleidung")),
    "dress": Noun(
        ("dress", "summer dress"), (("Kleid", "n"), ("Sommerkleid", "n")), ("clothing", "Kleidung")
    ),
    "skirt": Noun(("skirt",), (("Rock", "m"),), ("clothing", "Kleidung")),
    "trousers": Noun(("trousers", "pants"), (("Hose", "f"),), ("clothing", "Kleidung")),
    "sneaker": Noun(
        ("sneaker", "sneakers", "trainers"), (("Sneaker", "m"), ("Turnschuh", "m")), ("shoes", "Schuhe")
    ),
    "boot": Noun(("boot", "boots"), (("Stiefel", "m"),), ("shoes", "Schuhe")),
    "pump": Noun(
        ("pump", "court shoe", "women's shoe"), (("Pumps", "m"), ("Damenschuh", "m")), ("shoes", "Schuhe")
    ),
    "backpack": Noun(("backpack", "rucksack"), (("Rucksack", "m"),), ("bags", "Taschen")),
    "handbag": Noun(("handbag", "bag"), (("Handtasche", "f"), ("Tasche", "f")), ("bags", "Taschen")),
    "suitcase": Noun(
        ("suitcase", "travel case"), (("Koffer", "m"), ("Reisekoffer", "m")), ("luggage", "Gepäck")
    ),
    "chair": Noun(("chair", "seat"), (("Stuhl", "m"),), ("furniture", "Möbel")),
    "table": Noun(("table",), (("Tisch", "m"),), ("furniture", "Möbel")),
    "sofa": Noun(("sofa", "couch"), (("Sofa", "n"), ("Couch", "f")), ("furniture", "Möbel")),
    "lamp": Noun(("lamp", "light"), (("Lampe", "f"), ("Leuchte", "f")), ("lighting", "Beleuchtung")),
    "shelf": Noun(("shelf", "bookcase"), (("Regal", "n"), ("Bücherregal", "n")), ("furniture", "Möbel")),
    "hat": Noun(("hat",), (("Hut", "m"),), ("accessories", "Accessoires")),
    "scarf": Noun(("scarf",), (("Schal", "m"),), ("accessories", "Accessoires")),
    "sunglasses": Noun(("sunglasses", "shades"), (("Sonnenbrille", "f"),), ("accessories", "Accessoires")),
    "watch": Noun(
        ("watch", "wristwatch"), (("Armbanduhr", "f"), ("Uhr", "f")), ("accessories", "Accessoires")
    ),
    "umbrella": Noun(("umbrella",), (("Regenschirm", "m"), ("Schirm", "m")), ("accessories", "Accessoires")),
    "cushion": Noun(
        ("cushion", "pillow", "throw pillow"),
        (("Kissen", "n"), ("Zierkissen", "n")),
        ("home textiles", "Heimtextilien"),
    ),
    "clock": Noun(("clock",), (("Uhr", "f"),), ("home decor", "Wohndeko")),
    "book": Noun(("book",), (("Buch", "n"),), ("stationery", "Papeterie")),
    "guitar": Noun(("guitar",), (("Gitarre", "f"),), ("music", "Musik")),
    "rug": Noun(("rug", "carpet"), (("Teppich", "m"),), ("home textiles", "Heimtextilien")),
}

#: A shape's own nouns where it has any; else it is an adjective before the type's noun.
SHAPE_NOUNS: dict[tuple[str, str], tuple[str, tuple[str, Gender]]] = {
    ("hat", "beanie"): ("beanie", ("Mütze", "f")),
    ("hat", "cap"): ("baseball cap", ("Kappe", "f")),
    ("hat", "fedora"): ("fedora hat", ("Filzhut", "m")),
    ("hat", "sun-hat"): ("sun hat", ("Sonnenhut", "m")),
    ("clock", "alarm"): ("alarm clock", ("Wecker", "m")),
    ("clock", "round"): ("wall clock", ("Wanduhr", "f")),
    ("clock", "square"): ("square wall clock", ("Wanduhr", "f")),
    ("book", "notebook"): ("notebook", ("Notizbuch", "n")),
    ("book", "stack"): ("stack of books", ("Bücherstapel", "m")),
    ("guitar", "acoustic"): ("acoustic guitar", ("Akustikgitarre", "f")),
    ("guitar", "electric"): ("electric guitar", ("E-Gitarre", "f")),
    ("guitar", "ukulele"): ("ukulele", ("Ukulele", "f")),
    ("lamp", "table"): ("table lamp", ("Tischlampe", "f")),
    ("lamp", "floor"): ("floor lamp", ("Stehlampe", "f")),
    ("lamp", "desk"): ("desk lamp", ("Schreibtischlampe", "f")),
    ("lamp", "pendant"): ("pendant lamp", ("Hängelampe", "f")),
    ("table", "round"): ("round table", ("Esstisch", "m")),
    ("table", "low"): ("coffee table", ("Couchtisch", "m")),
    ("table", "square"): ("dining table", ("Esstisch", "m")),
    ("chair", "armchair"): ("armchair", ("Sessel", "m")),
    ("chair", "stool"): ("bar stool", ("Barhocker", "m")),
    ("chair", "dining"): ("dining chair", ("Esszimmerstuhl", "m")),
    ("chair", "shell"): ("shell chair", ("Schalenstuhl", "m")),
    ("sweater", "hooded"): ("hoodie", ("Kapuzenpullover", "m")),
    ("sweater", "roll-neck"): ("roll-neck sweater", ("Rollkragenpullover", "m")),
    ("jacket", "bomber"): ("bomber jacket", ("Bomberjacke", "f")),
    ("jacket", "blazer"): ("blazer", ("Blazer", "m")),
    ("jacket", "coat"): ("coat", ("Mantel", "m")),
    ("t-shirt", "tank"): ("tank top", ("Tanktop", "n")),
    ("t-shirt", "v-neck"): ("v-neck t-shirt", ("T-Shirt mit V-Ausschnitt", "n")),
    ("trousers", "shorts"): ("shorts", ("kurze Hose", "f")),
    ("skirt", "pleated"): ("pleated skirt", ("Faltenrock", "m")),
    ("skirt", "pencil"): ("pencil skirt", ("Bleistiftrock", "m")),
    ("dress", "sheath"): ("sheath dress", ("Etuikleid", "n")),
    ("sneaker", "high-top"): ("high-top sneaker", ("High-Top-Sneaker", "m")),
    ("sneaker", "runner"): ("running shoe", ("Laufschuh", "m")),
    ("boot", "ankle"): ("ankle boot", ("Stiefelette", "f")),
    ("boot", "knee"): ("knee-high boot", ("hoher Stiefel", "m")),
    ("boot", "work"): ("work boot", ("Schnürstiefel", "m")),
    ("pump", "stiletto"): ("high heel", ("High Heel", "m")),
    ("pump", "flat"): ("ballerina flat", ("Ballerina", "m")),
    ("handbag", "tote"): ("tote bag", ("Shopper", "m")),
    ("handbag", "satchel"): ("satchel", ("Henkeltasche", "f")),
    ("handbag", "round"): ("round crossbody bag", ("runde Umhängetasche", "f")),
    ("suitcase", "trolley"): ("trolley suitcase", ("Trolley", "m")),
    ("backpack", "hiking"): ("hiking backpack", ("Wanderrucksack", "m")),
    ("backpack", "roll-top"): ("roll-top backpack", ("Rolltop-Rucksack", "m")),
    ("kettle", "stove"): ("stove-top kettle", ("Wasserkessel", "m")),
    ("kettle", "electric"): ("electric kettle", ("Wasserkocher", "m")),
    ("candle", "pillar"): ("pillar candle", ("Stumpenkerze", "f")),
    ("candle", "taper"): ("taper candle", ("Stabkerze", "f")),
    ("candle", "jar"): ("jar candle", ("Kerze im Glas", "f")),
    ("bottle", "sports"): ("sports bottle", ("Sportflasche", "f")),
    ("rug", "runner"): ("runner rug", ("Läufer", "m")),
    ("rug", "round"): ("round rug", ("runder Teppich", "m")),
}

#: Pattern: English adjectives, English "with ..." phrases, German stems, German "mit ..." phrases.
PATTERN_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "plain": (("plain", "solid"), ("in one colour",), ("einfarbig", "uni"), ("ohne Muster",)),
    "striped": (
        ("striped", "stripy"),
        ("with stripes", "with a striped pattern"),
        ("gestreift",),
        ("mit Streifen",),
    ),
    "dotted": (
        ("dotted", "polka dot", "spotted"),
        ("with dots", "with polka dots"),
        ("gepunktet",),
        ("mit Punkten",),
    ),
    "checked": (
        ("checked", "plaid", "checkered", "gingham"),
        ("with a check pattern",),
        ("kariert",),
        ("mit Karos", "mit Karomuster"),
    ),
    "floral": (
        ("floral", "flowered", "flower print"),
        ("with flowers", "with a floral print"),
        ("geblümt",),
        ("mit Blumen", "mit Blumenmuster"),
    ),
    "zigzag": (("zigzag", "chevron"), ("with a zigzag pattern",), ("gezackt",), ("mit Zickzackmuster",)),
}

_INDECLINABLE = ("rosa", "lila", "orange", "beige", "türkis", "uni")
_ENDING: dict[Gender, str] = {"m": "er", "f": "e", "n": "es", "p": "e"}


def inflected(adjective: str, gender: Gender) -> str:
    """The German adjective before a noun without article: "rot", "f" gives "rote"."""
    if adjective in _INDECLINABLE:
        return adjective
    return adjective + _ENDING[gender]


#: English nouns that are plural already: no article, no further ending.
PLURAL_NOUNS = frozenset(
    ("sunglasses", "shades", "trousers", "pants", "shorts", "sneakers", "trainers", "boots")
)

GERMAN_PLURALS: dict[str, str] = {
    "mug": "Tassen", "bowl": "Schüsseln", "plate": "Teller", "vase": "Vasen", "bottle": "Flaschen",
    "kettle": "Wasserkessel", "teapot": "Teekannen", "candle": "Kerzen", "t-shirt": "T-Shirts", "shirt": "Hemden",
    "sweater": "Pullover", "jacket": "Jacken", "dress": "Kleider", "skirt": "Röcke", "trousers": "Hosen",
    "sneaker": "Sneaker", "boot": "Stiefel", "pump": "Pumps", "backpack": "Rucksäcke", "handbag": "Handtaschen",
    "suitcase": "Koffer", "chair": "Stühle", "table": "Tische", "sofa": "Sofas", "lamp": "Lampen", "shelf": "Regale",
    "hat": "Hüte", "scarf": "Schals", "sunglasses": "Sonnenbrillen", "watch": "Armbanduhren",
    "umbrella": "Regenschirme", "cushion": "Kissen", "clock": "Uhren", "book": "Bücher", "guitar": "Gitarren",
    "rug": "Teppiche",
}  # fmt: skip


def plural(noun: str) -> str:
    """The English plural of a product noun."""
    if noun in PLURAL_NOUNS:
        return noun
    if noun.endswith(("shelf", "scarf")):
        return f"{noun[:-1]}ves"
    return noun + ("es" if noun.endswith(("s", "ch", "sh", "x")) else "s")


def with_article(phrase: str) -> str:
    """The phrase after "a" or "an"."""
    return f"an {phrase}" if phrase[0] in "aeiou" else f"a {phrase}"
