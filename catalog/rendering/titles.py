"""Titles and descriptions as a merchant writes them: some say what the picture shows, many leave it to the picture."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from .lexicon import NOUNS, PATTERN_WORDS, PLURAL_NOUNS, SHAPE_NOUNS, Gender, inflected, plural
from .looks import ProductLook
from .materials import MATERIALS
from .palette import COLOURS
from .phrases import CLOSING_SENTENCES, MATERIAL_SENTENCES, TYPE_SENTENCES, Pair

#: How much a title tells: the name alone, the material too, the colour too, or colour and pattern.
Telling = Literal["name", "material", "colour", "all"]

_PAIRS = ("sneaker", "boot", "pump")
_GERMAN_PAIRS = {
    "Sneaker": "Sneaker",
    "Turnschuh": "Turnschuhe",
    "Stiefel": "Stiefel",
    "Pumps": "Pumps",
    "Damenschuh": "Damenschuhe",
    "Laufschuh": "Laufschuhe",
    "Stiefelette": "Stiefeletten",
    "hoher Stiefel": "hohe Stiefel",
    "Schnürstiefel": "Schnürstiefel",
    "High Heel": "High Heels",
    "Ballerina": "Ballerinas",
    "High-Top-Sneaker": "High-Top-Sneaker",
}


@dataclass(frozen=True)
class Wording:
    """What a design's products have in common in their texts."""

    telling: Telling
    name: str
    noun: str
    noun_de: str
    gender: Gender
    order: int
    sentences: tuple[Pair, ...]


def random_telling(rng: random.Random) -> Telling:
    """About 45 of 100 designs say neither colour nor pattern."""
    return rng.choices(("name", "material", "colour", "all"), (27, 20, 18, 35))[0]


def random_wording(look: ProductLook, name: str, telling: Telling, rng: random.Random) -> Wording:
    """The wording of one design named `name`."""
    own = SHAPE_NOUNS.get((look.type, look.shape))
    if own and rng.random() < 0.6:
        noun, (noun_de, gender) = own
    else:
        noun, (noun_de, gender) = NOUNS[look.type].english[0], NOUNS[look.type].german[0]
    if look.type in _PAIRS:
        noun, noun_de, gender = plural(noun), _GERMAN_PAIRS[noun_de], "p"
    sentences = [rng.choice(TYPE_SENTENCES[look.type])]
    if rng.random() < 0.75:
        sentences.append(MATERIAL_SENTENCES[look.material])
    if rng.random() < 0.5:
        sentences.append(rng.choice(CLOSING_SENTENCES))
    if rng.random() < 0.4:
        sentences = [*sentences[1:], sentences[0]]
    return Wording(telling, name, noun, noun_de, gender, rng.randrange(3), tuple(sentences))


def title(look: ProductLook, wording: Wording) -> str:
    """The English title."""
    noun, name = _titled(wording.noun), wording.name
    material = MATERIALS[look.material].adjective.capitalize()
    pattern = "" if look.pattern == "plain" else PATTERN_WORDS[look.pattern][0][0].capitalize()
    colour = look.colour.capitalize()
    if wording.telling == "name":
        return (f"{name} {noun}", f"{noun} “{name}”", f"{noun} {name}")[wording.order]
    if wording.telling == "material":
        return (f"{name} {material} {noun}", f"{material} {noun} “{name}”", f"{material} {noun} {name}")[
            wording.order
        ]
    if wording.telling == "colour":
        return (
            f"{name} {noun}, {colour}",
            f"{noun} “{name}” in {colour}",
            f"{name} {material} {noun} – {colour}",
        )[wording.order]
    forms = (
        (colour, pattern, noun, f"“{name}”"),
        (name, pattern, material, noun, "in", colour),
        (pattern, noun, name, "in", colour),
    )
    return " ".join(word for word in forms[wording.order] if word)


def title_de(look: ProductLook, wording: Wording) -> str:
    """The German title."""
    noun, name, gender = wording.noun_de, wording.name, wording.gender
    material = f"aus {MATERIALS[look.material].german}"
    german = COLOURS[look.colour].german
    colour = f"in {german.capitalize()}"
    patterned = look.pattern != "plain"
    pattern = inflected(PATTERN_WORDS[look.pattern][2][0], gender) if patterned else ""
    if wording.telling == "name":
        forms = (f"{noun} {name}", f"{noun} „{name}“", f"{name} {_capital(noun)}")
    elif wording.telling == "material":
        forms = (f"{noun} {name} {material}", f"{noun} „{name}“ {material}", f"{noun} {name} {material}")
    elif wording.telling == "colour":
        forms = (
            f"{noun} {name}, {german}",
            f"{noun} „{name}“ {colour}",
            f"{noun} {name} {material} – {german}",
        )
    else:
        tone = f"{german} {pattern}" if patterned else inflected(german, gender)
        forms = (
            f"{tone} {noun} „{name}“",
            f"{pattern} {noun} {name} {material} {colour}".strip(),
            f"{pattern} {noun} {name} {colour}".strip(),
        )
    return _capital(forms[wording.order])


def description(look: ProductLook, wording: Wording) -> str:
    """The English description; it names the colour only where the title does."""
    sentences = [english for english, _ in wording.sentences]
    if wording.telling in ("colour", "all"):
        phrase = (
            ""
            if wording.telling == "colour" or look.pattern == "plain"
            else f" {PATTERN_WORDS[look.pattern][1][0]}"
        )
        verb = "Shown" if wording.order else "Pictured"
        sentences.append(f"{verb} in {look.colour}{phrase}.")
    return " ".join(sentences)


def description_de(look: ProductLook, wording: Wording) -> str:
    """The German description; it names the colour only where the title does."""
    sentences = [german for _, german in wording.sentences]
    if wording.telling in ("colour", "all"):
        phrase = (
            ""
            if wording.telling == "colour" or look.pattern == "plain"
            else f" {PATTERN_WORDS[look.pattern][3][0]}"
        )
        sentences.append(f"Abgebildet in {COLOURS[look.colour].german.capitalize()}{phrase}.")
    return " ".join(sentences)


def _titled(noun: str) -> str:
    """Title case that leaves "of" and the part after a hyphen alone."""
    if noun in PLURAL_NOUNS:
        return noun.capitalize()
    return " ".join(
        word if word == "of" else word[:1].upper() + word[1:]
        for word in noun.replace("t-shirt", "T-Shirt").split()
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
