"""Captions for training: what one picture shows, said in many ways, in English and German, fully or in part."""

from __future__ import annotations

import random

from .lexicon import (
    GERMAN_PLURALS,
    NOUNS,
    PATTERN_WORDS,
    SHAPE_NOUNS,
    Gender,
    inflected,
    plural,
    with_article,
)
from .looks import ProductLook
from .materials import MATERIALS
from .palette import COLOURS
from .phrases import DESIGN_NAMES

#: "{a}" stands for the phrase with its article, "{}" for the bare phrase.
_EN_FRAMES = (
    "{}",
    "{}",
    "{}",
    "{a}",
    "a photo of {a}",
    "a picture of {a}",
    "product photo of {a}",
    "new: {}",
    "{} for sale",
    "buy {} online",
    "{} from our new collection",
)
_DE_FRAMES = (
    "{}",
    "{}",
    "{}",
    "ein Foto: {}",
    "Produktfoto: {}",
    "{} kaufen",
    "{} aus der neuen Kollektion",
    "neu: {}",
)


def captions(look: ProductLook, rng: random.Random, *, count: int = 12) -> list[str]:
    """`count` different captions, about two thirds English; the first names colour, pattern and type."""
    found = [_english_core(look)]
    tries = 0
    while len(found) < count and tries < 200:
        tries += 1
        caption = english(look, rng) if rng.random() < 0.62 else german(look, rng)
        if caption not in found:
            found.append(caption)
    return found


def _english_core(look: ProductLook) -> str:
    pattern = "" if look.pattern == "plain" else f"{look.pattern} "
    return f"{look.colour} {pattern}{NOUNS[look.type].english[0]}"


def english(look: ProductLook, rng: random.Random) -> str:
    """One English caption that says all, some or little of the look."""
    noun = _english_noun(look, rng)
    if rng.random() < 0.1:
        noun = plural(noun)
    several = noun == plural(noun)
    says_colour, says_pattern, says_material = _chosen(rng)
    colour = _english_colour(look, rng) if says_colour else ""
    adjectives, phrases, _, _ = PATTERN_WORDS[look.pattern]
    pattern, tail = "", ""
    if says_pattern and (look.pattern != "plain" or rng.random() < 0.3):
        if look.pattern != "plain" and rng.random() < 0.35:
            tail = _english_tail(look, rng, phrases, bool(colour))
        else:
            pattern = rng.choice(adjectives)
    material = MATERIALS[look.material].adjective if says_material else ""
    if material and rng.random() < 0.25:
        tail = f"{tail} made of {look.material}".strip()
        material = ""
    words = [colour, pattern] if rng.random() < 0.85 else [pattern, colour]
    if material:
        words = [*words, material] if rng.random() < 0.8 else [material, *words]
    phrase = " ".join(word for word in (*words, noun, tail) if word)
    if rng.random() < 0.05:
        phrase = f"{phrase}, {NOUNS[look.type].kin[0]}"
    if rng.random() < 0.08:
        return f"{rng.choice(DESIGN_NAMES)} {phrase}"
    return rng.choice(_EN_FRAMES).format(phrase, a=phrase if several else with_article(phrase))


def german(look: ProductLook, rng: random.Random) -> str:
    """One German caption that says all, some or little of the look."""
    noun, gender = _german_noun(look, rng)
    says_colour, says_pattern, says_material = _chosen(rng)
    _, _, stems, phrases = PATTERN_WORDS[look.pattern]
    colour = COLOURS[look.colour].german
    words: list[str] = []
    tail: list[str] = []
    patterned = says_pattern and (look.pattern != "plain" or rng.random() < 0.3)
    if says_colour and patterned and look.pattern != "plain" and rng.random() < 0.5:
        # "rot gestreifte Tasse": the colour stays uninflected before the pattern.
        words.append(f"{colour} {inflected(rng.choice(stems), gender)}")
    else:
        if says_colour:
            if rng.random() < 0.2:
                tail.append(f"in {colour.capitalize()}")
            else:
                words.append(inflected(colour, gender))
        if patterned:
            if rng.random() < 0.4:
                tail.append(rng.choice(phrases))
            else:
                words.append(inflected(rng.choice(stems), gender))
    if says_material:
        tail.append(f"aus {MATERIALS[look.material].german}")
    phrase = " ".join((*words, noun, *tail))
    if rng.random() < 0.05:
        phrase = f"{phrase}, {NOUNS[look.type].kin[1]}"
    if rng.random() < 0.08:
        return f"{phrase} {rng.choice(DESIGN_NAMES)}"
    return rng.choice(_DE_FRAMES).format(phrase)


def _chosen(rng: random.Random) -> tuple[bool, bool, bool]:
    """What a caption mentions besides the type: colour, pattern, material."""
    draw = rng.random()
    if draw < 0.12:
        return False, False, False
    if draw < 0.32:
        return True, False, rng.random() < 0.15
    if draw < 0.44:
        return False, True, rng.random() < 0.2
    if draw < 0.52:
        return False, False, True
    return True, True, rng.random() < 0.3


def _english_noun(look: ProductLook, rng: random.Random) -> str:
    own = SHAPE_NOUNS.get((look.type, look.shape))
    if own and rng.random() < 0.35:
        return own[0]
    noun = NOUNS[look.type].english[0] if rng.random() < 0.65 else rng.choice(NOUNS[look.type].english)
    if not own and rng.random() < 0.15:
        return f"{look.shape} {noun}"
    return noun


def _german_noun(look: ProductLook, rng: random.Random) -> tuple[str, Gender]:
    own = SHAPE_NOUNS.get((look.type, look.shape))
    if own and " " not in own[1][0] and rng.random() < 0.35:
        return own[1]
    if rng.random() < 0.1:
        return GERMAN_PLURALS[look.type], "p"
    words = NOUNS[look.type].german
    return words[0] if rng.random() < 0.65 else rng.choice(words)


def _english_colour(look: ProductLook, rng: random.Random) -> str:
    synonyms = COLOURS[look.colour].synonyms
    return rng.choice(synonyms) if synonyms and rng.random() < 0.1 else look.colour


def _english_tail(look: ProductLook, rng: random.Random, phrases: tuple[str, ...], coloured: bool) -> str:
    if rng.random() < 0.4 and look.pattern in ("striped", "dotted") and coloured:
        things = {"striped": "stripes", "dotted": "dots"}[look.pattern]
        return f"with {look.accent} {things}"
    return rng.choice(phrases)
