"""One page of products: what is stored of them is scored, and what is sure enough is suggested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calibration import Span
from ..models import NEVER, FittedBy, Generation, Space, TagState
from . import reading
from .heads import Head
from .said import said_by_texts
from .scoring import Likelihood, Temperatures, chosen, likelihood, logits, picture_scores, scores
from .seams import tell_tagged
from .writing import Suggestion, write_suggestions


def tag_page(
    keys: Sequence[Any],
    heads: Sequence[Head],
    space: Space,
    generation: Generation,
    *,
    using: str,
    own: Span | None = None,
) -> int:
    """Score `keys` and write what is suggested, within the caller's transaction; returns how many suggestions.

    Of pictures that lie outside of where the shop's `own` do nothing is guessed.
    """
    page = reading.read_page(keys, space, generation, using=using)
    strange = unlike_others(page, own)
    decisions = reading.decided(keys, heads, using=using)
    concerned = reading.concerned([head.attribute for head in heads], keys, using=using)
    found: list[Suggestion] = []
    for head in heads:
        decided = decisions.get(head.attribute.name, {})
        for_it = concerned.get(head.attribute.name, np.ones(len(keys), dtype=bool))
        if head.single and (said := reading.own_values(head.attribute.name, keys, using=using)):
            # What the merchant filled in stands, whatever the picture says.
            for_it = for_it & np.array([key not in said for key in keys])
        found += _guessed(head, page, decided, for_it & ~strange)
        found += _read(head, keys, decided, for_it, generation, using=using)
    write_suggestions(keys, [head.attribute.name for head in heads], found, using=using)
    tell_tagged(keys, using=using)
    return len(found)


def unlike_others(page: reading.Page, own: Span | None) -> NDArray[np.bool_]:
    """Whose pictures `(n,)` look like nothing that the shop sells: a model's answers say little of such."""
    strange = np.zeros(len(page.keys), dtype=bool)
    seen = ~np.isnan(page.pictures).any(axis=1)
    if own is not None and seen.any():
        strange[seen] = own.outside(page.pictures[seen]) > own.level
    return strange


def to_be_said(head: Head, keys: Sequence[Any], *, using: str) -> NDArray[np.bool_]:
    """Of which products `(n,)` the attribute may say something that nobody decided: the shop says nothing of it itself,
    and of one value none was accepted or rejected.
    """
    concerned = reading.concerned([head.attribute], keys, using=using)
    for_it = concerned.get(head.attribute.name, np.ones(len(keys), dtype=bool))
    settled = set(reading.own_values(head.attribute.name, keys, using=using))
    settled |= set(reading.decided(keys, [head], using=using).get(head.attribute.name, {}))
    free: NDArray[np.bool_] = for_it & np.array([key not in settled for key in keys], dtype=bool)
    return free


def judged(head: Head, page: reading.Page, refused: NDArray[np.bool_] | None = None) -> Likelihood:
    """The probabilities of the head's values for a page, by its fitted temperatures.

    Where titles told what is right, pictures are judged alone: a text's vector says what its title says, and would be
    held against whatever the title is silent about.
    """
    at = temperatures(head)
    texts = scores(head, page.texts)
    if head.attribute.fitted_by == FittedBy.WORDS:
        texts = np.full_like(texts, np.nan)
    rows = logits(picture_scores(head, page.pictures), texts, at)
    return likelihood(head, rows, bias=at.bias, refused=refused)


def temperatures(head: Head) -> Temperatures:
    """Those that the attribute was fitted with; before any fit, ones that let little be sure."""
    attribute = head.attribute
    if attribute.temperature is None or attribute.text_temperature is None:
        return Temperatures(UNKNOWN, UNKNOWN)
    return Temperatures(attribute.temperature, attribute.text_temperature, attribute.bias)


#: Cosines that are one logit, before anything is known of a space.
UNKNOWN = 0.05


def threshold(head: Head) -> float:
    """From which probability on its values are said; never before it was fitted."""
    return NEVER if head.attribute.threshold is None else head.attribute.threshold


def _guessed(
    head: Head, page: reading.Page, decided: Any, concerned: NDArray[np.bool_]
) -> Iterator[Suggestion]:
    if not head.guessed.any() or threshold(head) >= NEVER:
        return
    places = {value.value: at for at, value in enumerate(head.values)}
    refused = np.zeros((len(page.keys), len(head.values)), dtype=bool)
    settled = ~concerned
    for row, key in enumerate(page.keys):
        states = decided.get(key, {})
        settled[row] |= head.single and TagState.ACCEPTED in states.values()
        for value, state in states.items():
            if state == TagState.REJECTED and value in places:
                refused[row, places[value]] = True
    found = judged(head, page, refused)
    said = chosen(head, found, threshold(head)) & ~settled[:, np.newaxis] & head.guessed
    for row, place in np.argwhere(said).tolist():
        yield _suggestion(head, page.keys[row], place, float(found.values[row, place]))


def _read(
    head: Head,
    keys: Sequence[Any],
    decided: Any,
    concerned: NDArray[np.bool_],
    generation: Generation,
    *,
    using: str,
) -> Iterator[Suggestion]:
    """Numbers, sizes and counts as texts say them; of an attribute with one value only where they say one."""
    if head.guessed.all():
        return
    asked = [key for key, for_it in zip(keys, concerned.tolist(), strict=True) if for_it]
    for key, places in said_by_texts(head, asked, generation, using=using).items():
        read = [place for place in sorted(places) if not head.guessed[place]]
        states = decided.get(key, {})
        if head.single and (len(read) > 1 or TagState.ACCEPTED in states.values()):
            continue
        for place in read:
            if head.values[place].value not in states:
                yield _suggestion(head, key, place, 1.0)


def _suggestion(head: Head, key: Any, place: int, probability: float) -> Suggestion:
    return Suggestion(
        key, head.attribute.name, head.values[place].value, min(max(probability, 0.0), 1.0), head.single
    )
