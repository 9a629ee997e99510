"""What matched, within the texts that a page shows: pieces of a text, of which some are marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from product_search.retrieval import Highlight

#: Characters shown before and after what matched in a long text.
AROUND = 40


@dataclass(frozen=True)
class Piece:
    """A part of a text, and whether it matched."""

    text: str
    marked: bool = False


def pieces(text: str, places: Iterable[Highlight]) -> tuple[Piece, ...]:
    """The whole `text` with its `places` marked; unmarked where it is no longer the text that was searched."""
    return _between(text, 0, len(text), places)


def excerpt(text: str, places: Iterable[Highlight]) -> tuple[Piece, ...]:
    """The words around the first place that matched in a long text; nothing where none did."""
    fitting = [place for place in places if _fits(text, place)]
    if not fitting:
        return ()
    first = fitting[0]
    start, end = max(first.start - AROUND, 0), min(first.end + AROUND, len(text))
    # Whole words alone: what is cut in the middle reads like another word.
    if start:
        start = text.find(" ", start, first.start) + 1 or first.start
    if end < len(text):
        end = max(text.rfind(" ", first.end, end), first.end)
    shown = _between(text, start, end, fitting)
    return (*(Piece("… "),) * (start > 0), *shown, *(Piece(" …"),) * (end < len(text)))


def _between(text: str, start: int, end: int, places: Iterable[Highlight]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    at = start
    for place in places:
        if _fits(text, place) and at <= place.start and place.end <= end:
            found += [Piece(text[at : place.start]), Piece(place.words, marked=True)]
            at = place.end
    return tuple(piece for piece in (*found, Piece(text[at:end])) if piece.text)


def _fits(text: str, place: Highlight) -> bool:
    return text[place.start : place.end] == place.words
