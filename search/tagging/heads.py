"""The vocabulary as vectors: what an attribute's values look like in an embedding space.

A sentence is embedded once and kept by its content (`vectors_of`), so a new label costs one call of the encoder and
tagging none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..documents import document
from ..indexing.embedding import vectors_of
from ..models import Attribute, AttributeValue, Choice, Generation, LearnedHead, Space
from .guessable import is_guessable
from .learning import Learned
from .prompts import background_prompts, distinct, ensemble, none_prompts, value_prompts


@dataclass(frozen=True, eq=False)
class Head:
    """One attribute in one space: unit vectors of its `values` `(v, dim)`, of none of them and of no product at all.

    `below[i, j]`: the j-th value is the i-th, or stands below it in a hierarchy. `guessed` `(v,)`: what a picture may
    say; the others are read from texts.
    """

    attribute: Attribute
    values: tuple[AttributeValue, ...]
    vectors: NDArray[np.float32]
    none: NDArray[np.float32]
    background: NDArray[np.float32]
    below: NDArray[np.bool_]
    guessed: NDArray[np.bool_]
    #: What decisions taught, where that is in use.
    learned: Learned | None = None

    @property
    def single(self) -> bool:
        """Whether a product has one value at most."""
        return self.attribute.choice == Choice.SINGLE

    def fitted(self, space: Space) -> bool:
        """Whether its temperatures and threshold are those of `space`."""
        return self.attribute.fitted_space_id == space.pk and self.attribute.temperature is not None


def vocabulary(using: str) -> list[Attribute]:
    """The attributes in use that have values, with those."""
    rows = Attribute.objects.using(using).filter(enabled=True).prefetch_related("values")
    return [attribute for attribute in rows if attribute.values.all()]


def vocabulary_digest(attributes: Iterable[Attribute], space: Space) -> str:
    """Hex SHA-256 of all that decides tags but the products and the fits: with another one all are tagged anew."""
    said = [
        (
            each.name,
            each.choice,
            each.categories,
            each.promised,
            none_prompts(each),
            background_prompts(each),
            [(value.value, value_prompts(each, value)) for value in each.values.all()],
        )
        for each in attributes
    ]
    return hashlib.sha256(json.dumps([space.digest, said]).encode()).hexdigest()


def heads_of(
    attributes: Sequence[Attribute], space: Space, generation: Generation, *, using: str, keep: bool = True
) -> list[Head]:
    """The heads of `attributes` in `space`; the encoder is asked for new sentences alone, which are kept if `keep`.

    Raises `EncoderUnavailable` where there are such and the model is not here.
    """
    wanted = {
        each.name: (
            [value_prompts(each, value) for value in each.values.all()],
            none_prompts(each),
            background_prompts(each),
        )
        for each in attributes
    }
    sentences = distinct(
        [said for values, none, background in wanted.values() for said in (*values, none, background)]
    )
    if not sentences:
        return []
    rows = dict(zip(sentences, vectors_of(sentences, space, generation, using=using, keep=keep), strict=True))

    def together(said: Sequence[str]) -> NDArray[np.float32]:
        return ensemble(np.stack([rows[sentence] for sentence in said]))

    taught = _learned(attributes, space, using)
    heads = []
    for attribute in attributes:
        said, none, background = wanted[attribute.name]
        values = tuple(attribute.values.all())
        heads.append(
            Head(
                attribute,
                values,
                np.stack([together(each) for each in said]),
                together(none),
                np.stack([rows[sentence] for sentence in background]),
                _below([value.value for value in values]),
                np.array([may_be_guessed(attribute, value) for value in values]),
                taught.get(attribute.name, lambda values: None)([value.value for value in values]),
            )
        )
    return heads


def _learned(
    attributes: Sequence[Attribute], space: Space, using: str
) -> dict[str, Callable[[Sequence[str]], Learned]]:
    """By attribute, what its decisions taught, if that is in use, in the order of the values asked for."""

    def in_order(row: LearnedHead) -> Callable[[Sequence[str]], Learned]:
        places = {value: at for at, value in enumerate(row.values)}
        weights = np.frombuffer(row.weights, dtype=np.float32).reshape(-1, space.dim)
        offsets = np.frombuffer(row.offsets, dtype=np.float32)

        def of(values: Sequence[str]) -> Learned:
            found = Learned(np.zeros((len(values), space.dim), np.float32), np.zeros(len(values), np.float32))
            for at, value in enumerate(values):
                if (place := places.get(value)) is not None:
                    found.weights[at], found.offsets[at] = weights[place], offsets[place]
            return found

        return of

    rows = LearnedHead.objects.using(using).filter(space=space, in_use=True)
    names = [attribute.name for attribute in attributes]
    return {row.attribute: in_order(row) for row in rows.filter(attribute__in=names)}


def may_be_guessed(attribute: Attribute, value: AttributeValue) -> bool:
    """Whether a picture may say it: numbers, sizes and counts it may not, nor a facet of the shop that means one."""
    facet: Any = document().facets.get(attribute.name)
    if facet is not None and facet.meaning(attribute.name) is not None:
        return False
    return is_guessable(value.said)


def _below(values: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([[low == high or low.startswith(f"{high}/") for low in values] for high in values])
