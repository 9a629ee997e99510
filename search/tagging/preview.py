"""What an attribute would say of some products, before it is used: nothing is written but vectors of sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..errors import SpaceMissing
from ..models import Attribute, Generation, Space
from ..retrieval import familiar
from . import labels, reading
from .heads import heads_of
from .page import judged, unlike_others
from .scoring import chosen
from .teaching import fit_head

#: Products that a preview shows.
SHOWN = 24


@dataclass(frozen=True)
class Previewed:
    """A product by its key with its likeliest value, and whether that is sure enough to be said; "" where none is."""

    key: Any
    value: str
    probability: float
    said: bool


@dataclass(frozen=True)
class Preview:
    """What would be said of `rows`, and of how many of all the products that were looked at."""

    rows: tuple[Previewed, ...]
    threshold: float
    fitted_by: str
    said: int
    looked_at: int


def preview(attribute: Attribute, *, using: str, language: str) -> Preview:
    """Fit `attribute`, which has values, and put it to a sample of the shop. Raises `EncoderUnavailable`,
    `SpaceMissing`.
    """
    space = Space.serving(using)
    generation = Generation.serving(using)
    if space is None or generation is None:
        raise SpaceMissing("No embedding space serves yet: `manage.py index` fills the first one.")
    (head,) = heads_of([attribute], space, generation, using=using, keep=False)
    keys = labels.sample_keys(space, generation, using=using)
    page = reading.read_page(keys, space, generation, using=using)
    taught = fit_head(head, page, generation, using=using)
    fitted, source = taught.fit, taught.source
    head = replace(head, learned=None)
    head.attribute.temperature = fitted.temperatures.picture
    head.attribute.text_temperature = fitted.temperatures.text
    head.attribute.bias, head.attribute.fitted_by = fitted.temperatures.bias, source
    found = judged(head, page)
    said = chosen(head, found, fitted.threshold) & head.guessed
    said[unlike_others(page, familiar.span(space))] = False
    rows = []
    for row, key in enumerate(keys[:SHOWN]):
        place = int(said[row].argmax() if said[row].any() else found.own[row].argmax())
        rows.append(
            Previewed(
                key,
                head.values[place].label_in(language),
                float(found.values[row, place]),
                bool(said[row].any()),
            )
        )
    return Preview(tuple(rows), fitted.threshold, str(source.label), int(said.any(axis=1).sum()), len(keys))
