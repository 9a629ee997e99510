"""Products that fall under three policies, and clean ones, rendered: each shown by a picture and said by a text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from matplotlib import get_data_path
from PIL import Image

from catalog.rendering.assortment import TYPES
from catalog.rendering.captions import captions
from catalog.rendering.looks import ProductLook, random_look, random_view
from catalog.rendering.scene import draw
from product_search.moderation.starters import starters
from product_search.moderation.texts import sought, word_in
from product_search.training.lettering import write_upon

from . import nothing_sold

#: Types that the shop must not sell: every seventh.
FORBIDDEN = tuple(sorted(TYPES)[3::7])
#: Thresholds were chosen on one part; figures are of the other.
Part = Literal["tune", "check"]
Titles = Literal["no_product", "sold"]
SEEDS: dict[Part, int] = {"tune": 81_100_000, "check": 92_200_000}
#: Where nothing_sold begins to count.
FIRST_SCENE: dict[Part, int] = {"tune": 500, "check": 1_000}
#: Pixels of a side, as a shop's file has them.
SIDE = 256
_CONTACTS: tuple[Callable[[random.Random], str], ...] = (
    lambda rng: f"Call +49 {rng.randint(150, 179)} {rng.randint(10**6, 10**7 - 1)}",
    lambda rng: f"Tel.: 0{rng.randint(30, 899)}/{rng.randint(10**5, 10**7)}",
    lambda rng: f"WhatsApp {rng.randint(200, 999)}-{rng.randint(200, 999)}-{rng.randint(1000, 9999)}",
    lambda rng: f"mail to shop{rng.randint(1, 999)}@mail{rng.randint(1, 99)}.example",
    lambda rng: f"cheaper at www.shop-{rng.randint(1, 999)}.de",
    lambda rng: f"seller{rng.randint(1, 999)} (at) gmx (punkt) de",
)


@dataclass(frozen=True)
class Case:
    """One product: what its picture shows and its text says."""

    picture: Image.Image
    text: str


def fonts() -> list[str]:
    """Fonts that no net was trained on: DejaVu and STIX, which matplotlib brings along."""
    folder = Path(get_data_path()) / "fonts" / "ttf"
    families = ("DejaVuSans", "DejaVuSansMono", "DejaVuSerif", "STIXGeneral")
    return [
        str(each) for each in sorted(folder.glob("*.ttf")) if re.split("-|Bol|Ital", each.stem)[0] in families
    ]


def clean(part: Part, count: int) -> list[Case]:
    """Products of every type that may be sold, in turn."""
    rng = random.Random(SEEDS[part])
    allowed = sorted(set(TYPES) - set(FORBIDDEN))
    return [_of(random_look(rng, allowed[number % len(allowed)]), rng) for number in range(count)]


def forbidden(part: Part, count: int) -> list[Case]:
    """Products that must not be sold."""
    rng = random.Random(SEEDS[part] + 1)
    return [_of(random_look(rng, FORBIDDEN[number % len(FORBIDDEN)]), rng) for number in range(count)]


def advertised(part: Part, count: int) -> list[Case]:
    """Products with contact details or a price over the picture, and contact details in the text."""
    rng = random.Random(SEEDS[part] + 2)
    shown = fonts()
    found = []
    for number, case in enumerate(_allowed(rng, count)):
        text = f"{case.text}. {_CONTACTS[number % len(_CONTACTS)](rng)}"
        found.append(Case(write_upon(case.picture, shown, rng)[0], text))
    return found


def unsold(part: Part, count: int) -> list[Case]:
    """Pictures of nothing that is sold, called what such are called."""
    rng = random.Random(SEEDS[part] + 3)
    called = titles("no_product", "en")
    return [
        Case(
            nothing_sold.picture(FIRST_SCENE[part] + number),
            called[number % len(called)].format(random_look(rng, rng.choice(sorted(TYPES))).type),
        )
        for number in range(count)
    ]


def titles(of: Titles, language: str) -> list[str]:
    """What pictures of nothing that is sold are called, {} for a product's type; or products that sound like it."""
    lines = Path(__file__).with_name(f"{of}_titles_{language}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def told_by_words(of: Titles, language: str) -> float:
    """The share of those titles that have one of the words to begin with."""
    words = tuple(
        {each.name: each for each in starters((language,))}["no_product_photograph"].values["words"]
    )
    said = sought(words, language)
    found = [word_in({"title": title.format("Mug")}, said) for title in titles(of, language)]
    return sum(map(bool, found)) / len(found)


def _allowed(rng: random.Random, count: int) -> Sequence[Case]:
    allowed = sorted(set(TYPES) - set(FORBIDDEN))
    return [_of(random_look(rng, rng.choice(allowed)), rng) for _ in range(count)]


def _of(look: ProductLook, rng: random.Random) -> Case:
    view = random_view(rng, look, calm=rng.random() < 0.5)
    return Case(draw(look, view, SIDE), captions(look, rng, count=1)[0])
