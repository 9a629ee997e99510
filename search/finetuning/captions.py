"""From what is known of a product to the captions of its pictures: said in full and in part, and in several ways."""

from __future__ import annotations

from collections.abc import Mapping

from .said import Said

#: How a phrase is said, by language; others are said bare.
FRAMES: Mapping[str, tuple[str, ...]] = {
    "en": ("{}", "a photo of {}", "{} for sale"),
    "de": ("{}", "ein Foto: {}", "{} kaufen"),
}
BARE = ("{}",)
#: Captions of one picture; a batch draws one of them.
MOST = 24
#: Values that are said in one phrase.
IN_ONE_PHRASE = 3


def captions(said: Mapping[str, Said]) -> tuple[str, ...]:
    """What may truly be said of a product's pictures, the plainest first: its title in the first language that has one.

    Nothing where nothing is known. No two differ in case alone. Only titles and categories are said in several ways: a
    batch draws one caption, and brands or collections, which few pictures show, must not drown what all of them do.
    """
    found: dict[str, str] = {}
    titles = [(language, each.title) for language, each in said.items()]
    categories = [(language, each.category) for language, each in said.items()]
    framed = [
        frame.replace("{}", phrase)
        for language, phrase in (*titles, *categories)
        if phrase
        for frame in FRAMES.get(language.split("-")[0], BARE)[1:]
    ]
    parts = [phrase for each in said.values() for phrase in _phrases(each)]
    for caption in (*(title for _, title in titles if title), *parts, *framed):
        found.setdefault(caption.casefold(), caption)
    return tuple(found.values())[:MOST]


def _phrases(said: Said) -> list[str]:
    """What a shopper may ask who does not know the title: "red cotton mugs", "red mugs", "mugs"."""
    phrases = [" ".join(filter(None, (*said.values[:IN_ONE_PHRASE], said.category)))]
    phrases += [f"{value} {said.category}".strip() for value in said.values]
    phrases.append(said.category)
    return [phrase for phrase in phrases if phrase]
