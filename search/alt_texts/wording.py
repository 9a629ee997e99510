"""From a title and what is known to words for a picture: short, nothing but what is known, no two alike.

A title stays as the shop wrote it, and what it does not say is set behind it: "Mug Dana, red, striped". No word is
inflected, so it is right in every language that the vocabulary is translated into.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count

from django.utils import translation
from django.utils.translation import gettext as _

from ..models import LONGEST
from ..text import fold, terms

_ELLIPSIS = "…"
#: Letters of a noun that is looked for within a compound.
SHORTEST_NOUN = 3
#: "Image of", "Ein Bild von", "Photo d’une": a screen reader has said that it is a picture.
_ARTICLE = r"""(?:(?:an?|the|this|one|ein|eine[mrs]?|das|die|de[mnrst]?|dies(?:es|er)?|
    une?|la|le|una|el|il|een|het|uma?|ett|et|en)\s+|l['’])?"""
_OPENING = re.compile(
    rf"""\W*{_ARTICLE}
    (?:(?:product|produkt)[\s-]*)?
    (?:image|picture|photo(?:graph|graphy|graphie)?|pic|graphic|illustration|drawing|screenshot|
       bild|foto|fotografie|photographie|abbildung|aufnahme|grafik|zeichnung|produktbild|produktfoto|
       dessin|imagen|fotograf[íi]a|ilustraci[óo]n|dibujo|immagine|illustrazione|disegno|afbeelding|tekening|
       imagem|ilustra[çc][ãa]o|desenho|teckning|billede|tegning|bilde|zdj[ęe]cie)
    \s*(?:\b(?:of|showing|von|vom|mit|de|du|del|dell[ao]|di|van|do|da|av|af|med)\b|\bd['’]|:)
    \s*{_ARTICLE}""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Fact:
    """A value that a product is known to have, as people call it in one language; `plain`: in the vocabulary's own."""

    words: str
    plain: str


@dataclass(frozen=True)
class Candidate:
    """Words that may stand for a picture, and the `phrase` of what they say of its looks, for a model to compare."""

    text: str
    phrase: str


def opens_badly(text: str) -> bool:
    """Whether words begin with what every listener knows: "Image of", "Bild von"."""
    return _OPENING.match(text) is not None


def without_opening(text: str) -> str:
    """`text` without such a beginning."""
    while match := _OPENING.match(text):
        text = text[match.end() :]
    return text[:1].upper() + text[1:]


def tidy(text: str) -> str:
    """Somebody else's words as words for a picture: one line, without the usual beginning, at most LONGEST."""
    return shortened(without_opening(" ".join(text.split())), LONGEST)


def candidates(title: str, facts: Sequence[Fact], language: str, *, room: int = LONGEST) -> list[Candidate]:
    """What may be said within `room` characters, the fullest first: all that is known, and each time all but one.

    A fact that the title says already is not said again, but is part of every phrase.
    """
    title = without_opening(" ".join(title.split()))
    said = set(terms(title, language))
    new = [fact for fact in facts if not _is_said(fact.words, title, said, language)]
    chosen = [new, *([fact for fact in new if fact is not left] for left in reversed(new))] if new else [new]
    found: dict[str, Candidate] = {}
    for some in chosen:
        text = fitted(title, [fact.words for fact in some], room)
        told = [fact for fact in facts if fact not in new or fact in some]
        phrase = " ".join(fact.plain for fact in reversed(told))
        found.setdefault(text, Candidate(text, phrase))
    return list(found.values())


def _is_said(words: str, title: str, said: set[str], language: str) -> bool:
    """Whether a title says `words`: each of them, or a noun at the end of one of its own ("Wanduhr" says "Uhr").

    Nouns are told by their capital, in languages that write them so; "red" is not said by "tired".
    """
    own = set(terms(words, language))
    if own and own <= said:
        return True
    noun = words[:1].isupper() and len(words) >= SHORTEST_NOUN
    return noun and any(each.endswith(fold(words).lower()) for each in fold(title).lower().split())


def fitted(title: str, words: Sequence[str], room: int) -> str:
    """`title, word, word` within `room` characters: the last words give way first, then the end of the title."""
    for most in range(len(words), -1, -1):
        text = ", ".join(filter(None, (title, *words[:most])))
        if len(text) <= room and text:
            return text
    return shortened(title, room)


def shortened(text: str, room: int) -> str:
    """The beginning of `text` within `room` characters, cut between two words where there are any."""
    if len(text) <= room:
        return text
    cut = text[: room - len(_ELLIPSIS) + 1]
    whole = cut.rpartition(" ")[0].rstrip(" ,;:–-")
    return (whole or cut[:-1]) + _ELLIPSIS


def numbered(number: int, pictures: int, language: str) -> str:
    """What tells a picture from the others of its product: ", picture 2 of 3"."""
    with translation.override(language):
        return ", " + _("picture %(number)d of %(pictures)d") % {"number": number, "pictures": pictures}


def told_apart(
    texts: Sequence[str], positions: Sequence[int], pictures: int, language: str, taken: Collection[str] = ()
) -> list[str]:
    """`texts` of one product's pictures so that no two are the same, nor the same as one of `taken`.

    The first of those that are alike stays as it is; the others say which picture they are of.
    """
    used = {each.casefold() for each in taken}
    told = []
    for text, position in zip(texts, positions, strict=True):
        words = text
        for number in count(position + 1):
            if words and words.casefold() not in used:
                break
            end = numbered(number, max(pictures, number), language)
            words = shortened(text, LONGEST - len(end)) + end if text else end[2:]
        used.add(words.casefold())
        told.append(words)
    return told
