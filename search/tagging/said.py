"""Values that a product's own texts say: what is never guessed is read here, and what is guessed is measured by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from ..documents import document
from ..models import Attribute, AttributeValue, Generation, Text
from ..text import terms
from .guessable import is_guessable

#: By a phrase's first term, the phrases that begin so, the longest first, each with its value's place.
Phrases = Mapping[str, Sequence[tuple[tuple[str, ...], int]]]


class Worded(Protocol):
    """An attribute with the values that are looked for."""

    @property
    def attribute(self) -> Attribute: ...
    @property
    def values(self) -> Sequence[AttributeValue]: ...


def phrases_of(head: Worded, language: str) -> Phrases:
    """How texts in `language` say the head's values.

    A bare number or size says nothing by itself: "42" may be a size, a price or a year, so the attribute's own name
    stands before it ("size 42", "Größe 42"); synonyms count as they are written ("EU 42").
    """
    found: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    first = language == document().languages[0]
    for place, value in enumerate(head.values):
        label = value.label_in(language)
        said = list(value.synonyms) if first else []
        if is_guessable(value.said) or " " in label:
            said.append(label)
        else:
            said.append(f"{head.attribute.label_in(language)} {label}")
        for words in said:
            if phrase := tuple(terms(words, language)):
                found[phrase[0]].setdefault(phrase, place)
    return longest_first(found)


def longest_first(found: Mapping[str, Mapping[tuple[str, ...], int]]) -> Phrases:
    """Phrases with their places, by their first terms, in the order in which they are looked for."""
    return {
        start: sorted(phrases.items(), key=lambda phrase: (-len(phrase[0]), phrase))
        for start, phrases in found.items()
    }


def places_said(said: Sequence[str], phrases: Phrases) -> set[int]:
    """The places of the values that the terms `said` hold; within a longer phrase a shorter one says nothing."""
    found: set[int] = set()
    at = 0
    while at < len(said):
        for phrase, place in phrases.get(said[at], ()):
            if tuple(said[at : at + len(phrase)]) == phrase:
                found.add(place)
                at += len(phrase) - 1
                break
        at += 1
    return found


def said_by_texts(
    head: Worded,
    keys: Sequence[Any],
    generation: Generation,
    *,
    using: str,
    fields: Sequence[str] | None = None,
) -> dict[Any, set[int]]:
    """By product, the places of the values that its texts say, in any language: in all fields or in `fields`."""
    found: dict[Any, set[int]] = defaultdict(set)
    for language in document().languages:
        phrases = phrases_of(head, language)
        if not phrases:
            continue
        for key, stored in _texts(keys, generation, language, list(phrases), using=using):
            for name, text in stored.items():
                if fields is None or name in fields:
                    found[key] |= places_said(terms(text, language), phrases)
    return {key: places for key, places in found.items() if places}


def _texts(
    keys: Sequence[Any], generation: Generation, language: str, any_of: Sequence[str], *, using: str
) -> Iterator[tuple[Any, Mapping[str, str]]]:
    rows = Text.objects.using(using).filter(generation=generation, language=language, product__in=list(keys))
    yield from rows.filter(terms__overlap=list(any_of)).values_list("product", "fields")


def title_fields() -> list[str]:
    """The fields that say what a product is: the heaviest of the document's texts."""
    texts = document().texts
    most = max((text.weight for text in texts.values()), default=0.0)
    return [name for name, text in texts.items() if text.weight == most]
