"""Texts as a shop's magazine prints them, in which one thing is described among much that no picture shows."""

from __future__ import annotations

import random

from catalog.rendering.lexicon import NOUNS, PATTERN_WORDS, inflected, with_article
from catalog.rendering.looks import ProductLook
from catalog.rendering.palette import COLOURS

_BEFORE = {
    "en": (
        "Autumn has come early this year.",
        "We asked our readers what they could not do without.",
        "Small changes make the biggest difference, says our editor.",
        "It was one of those weekends on which nobody wants to get up.",
        "Last week we met an old friend in the city.",
        "Good things need time, and sometimes they need a little patience too.",
    ),
    "de": (
        "Der Herbst ist in diesem Jahr früh gekommen.",
        "Wir haben unsere Leser gefragt, worauf sie nicht verzichten könnten.",
        "Kleine Veränderungen machen den größten Unterschied, sagt unsere Redaktion.",
        "Es war eines dieser Wochenenden, an denen niemand aufstehen will.",
        "Letzte Woche haben wir in der Stadt eine alte Freundin getroffen.",
        "Gutes braucht Zeit, und manchmal auch ein wenig Geduld.",
    ),
}
_AROUND = {
    "en": (
        "Our favourite is {a}.",
        "What caught our eye at once was {a}.",
        "She had just bought {a}, and would not stop talking about it.",
        "If you buy only one thing this month, let it be {a}.",
    ),
    "de": (
        "Unser Liebling: {}.",
        "Sofort ins Auge fiel uns dies: {}.",
        "Gerade erst gekauft und schon unentbehrlich: {}.",
        "Wer in diesem Monat nur eines kauft, nimmt das hier: {}.",
    ),
}
_AFTER = {
    "en": (
        "It has been with us every day since.",
        "You will find more ideas on the next pages.",
        "And the best of it: it costs less than you would think.",
        "Write to us and tell us about yours!",
        "Delivery takes two to three days.",
    ),
    "de": (
        "Seitdem ist es jeden Tag dabei.",
        "Weitere Ideen finden Sie auf den nächsten Seiten.",
        "Und das Beste: Es kostet weniger, als man denkt.",
        "Schreiben Sie uns, was Sie am liebsten mögen!",
        "Die Lieferung dauert zwei bis drei Tage.",
    ),
}


def article(look: ProductLook, rng: random.Random, language: str) -> str:
    """An article of five to eight sentences, one of which names colour, pattern (unless plain) and kind of `look`."""
    before, after = (
        rng.sample(_BEFORE[language], rng.randint(2, 4)),
        rng.sample(_AFTER[language], rng.randint(2, 3)),
    )
    phrase = said(look, language)
    sentence = rng.choice(_AROUND[language]).format(phrase, a=with_article(phrase))
    return " ".join((*before, sentence, *after))


def said(look: ProductLook, language: str) -> str:
    """The look in words: "red striped mug", "rot gestreifte Tasse"."""
    patterned = look.pattern != "plain"
    if language == "de":
        noun, gender = NOUNS[look.type].german[0]
        colour = COLOURS[look.colour].german
        if not patterned:
            return f"{inflected(colour, gender)} {noun}"
        return f"{colour} {inflected(PATTERN_WORDS[look.pattern][2][0], gender)} {noun}"
    pattern = f"{PATTERN_WORDS[look.pattern][0][0]} " if patterned else ""
    return f"{look.colour} {pattern}{NOUNS[look.type].english[0]}"
