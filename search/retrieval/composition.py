"""A query of several parts: words, pictures and products to be like or unlike, each with a weight, as few vectors.

What to be like is summed within a modality, each unit vector by its weight, and normalised (Rocchio, 1971); texts and
pictures of a model lie in two cones, so they are never summed with one another. What to be unlike takes no part in that
sum, or scores would mean something else for every query: a row loses value where it is nearer to it (`vectors.Unlike`).
It only turns a scan of an index aside, so that the nearest rows are not all ones that lose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from django.core.exceptions import ValidationError
from django.db.models import BinaryField, Func, IntegerField
from numpy.typing import NDArray

from ..encoders import EncoderUnavailable
from ..errors import UnknownProduct
from ..models import PictureVector, TextVector
from .directions import check_size
from .encoding import Encoded, encode_examples
from .filters import Choices, row_of
from .grouping import group_text
from .request import Example
from .serving import Serving
from .snapshot import KeyIn

Vectors = NDArray[np.float32]
Kind = Literal["text", "picture"]

#: Pictures of a product that are compared; the first ones show it best.
MOST_PICTURES = 4
NOT_INDEXED = "not-indexed: a product to be like or unlike is not indexed yet"


@dataclass(frozen=True)
class Liked:
    """A visible product that is an example: its key in the shop's own type, and its group."""

    key: Any
    group: str


@dataclass(frozen=True)
class Part:
    """A unit vector `(dim,)` of a text or a picture, with its weight in -1..1."""

    kind: Kind
    vector: Vectors
    weight: float


def found(choices: Choices, product_key: Any) -> Liked:
    """The product of this key. Raises `UnknownProduct` where it can't be seen."""
    products = choices.visible.annotate(ps_own=group_text(choices.document))
    row = row_of(products, product_key, "pk", "ps_own")
    if row is None:
        raise UnknownProduct(f"No product {str(product_key)[:80]!r} can be seen here.")
    return Liked(*row)


def found_of(choices: Choices, product_keys: Sequence[Any]) -> tuple[Liked, ...]:
    """Those of the products of these keys that can be seen, in that order; of the others nothing is said."""
    keys = [read for key in product_keys if (read := _key_of(choices, key)) is not None]
    if not keys:
        return ()
    products = choices.visible.filter(KeyIn("pk", keys)).annotate(ps_own=group_text(choices.document))
    seen = {key: Liked(key, group) for key, group in products.values_list("pk", "ps_own")}
    return tuple(seen[key] for key in dict.fromkeys(keys) if key in seen)


def _key_of(choices: Choices, written: Any) -> Any:
    """A key as somebody wrote it, in the shop's own type; None where no product can have it."""
    field: Any = choices.document.model._meta.pk
    while field.remote_field is not None:
        field = field.target_field
    try:
        key = field.to_python(written)
        if isinstance(field, IntegerField):
            field.run_validators(key)  # numbers that no column holds
        if isinstance(key, str) and "\x00" in key.encode().decode():  # nor a lone surrogate is text
            return None
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None
    return key


def liked_products(examples: Iterable[Example], choices: Choices) -> dict[Any, Liked]:
    """The products among `examples`, by the key that was given. Raises `UnknownProduct`."""
    keys = dict.fromkeys(example.product for example in examples if example.product is not None)
    return {key: found(choices, key) for key in keys}


def others(choices: Choices, liked: Iterable[Liked]) -> Choices:
    """`choices` without these products and their variants."""
    groups = {each.group for each in liked}
    if not groups:
        return choices
    visible = choices.visible.alias(ps_own=group_text(choices.document)).exclude(ps_own__in=groups)
    return replace(choices, visible=visible)


def composed(
    encoded: Encoded,
    examples: Sequence[Example],
    liked: dict[Any, Liked],
    serving: Serving,
    language: str,
    *,
    using: str,
) -> Encoded:
    """The query's vectors with what else it should be like, or unlike.

    Raises `EncoderUnavailable` where nothing but words or pictures to be like was asked, and no encoder is there, and
    `InvalidRequest` for a vector of another space.
    """
    if serving.space is None and any(example.vector is not None for example in examples):
        raise EncoderUnavailable("no embedding space serves yet")
    if not examples or serving.space is None:
        return encoded
    parts = [Part("text", vector, 1.0) for vector in _rows(encoded.words)]
    parts += [Part("picture", vector, 1.0) for vector in _rows(encoded.picture)]
    parts += _given(examples, serving.space.dim)
    notice = encoded.notice
    try:
        parts += encode_examples_of(examples, serving)
    except EncoderUnavailable as error:
        if not parts and not encoded.notice and not liked:
            raise
        notice = notice or f"keywords-only: {error}"
    for example in examples:
        if example.product is not None:
            part = _product(liked[example.product].key, example.weight, serving, language, using=using)
            if part is None:
                notice = notice or NOT_INDEXED
            else:
                parts.append(part)
    words, words_aside = _summed("text", parts)
    picture, picture_aside = _summed("picture", parts)
    return replace(
        encoded,
        words=words,
        picture=picture,
        notice=notice,
        unlike=tuple((part.kind, part.vector[np.newaxis], -part.weight) for part in parts if part.weight < 0),
        words_aside=words_aside,
        picture_aside=picture_aside,
    )


def encode_examples_of(examples: Sequence[Example], serving: Serving) -> list[Part]:
    """Those of `examples` that are words or pictures, encoded. Raises `EncoderUnavailable`."""
    said = [example for example in examples if example.words]
    shown = [example for example in examples if example.picture is not None]
    if not said and not shown:
        return []
    texts, pictures = encode_examples(
        [example.words for example in said], [example.picture for example in shown], serving.space
    )
    return [
        *(Part("text", vector, example.weight) for vector, example in zip(texts, said, strict=True)),
        *(Part("picture", vector, example.weight) for vector, example in zip(pictures, shown, strict=True)),
    ]


def _given(examples: Iterable[Example], dim: int) -> list[Part]:
    """Those of `examples` that are vectors. Raises `InvalidRequest` for one that does not have `dim` numbers."""
    parts = []
    for example in examples:
        if example.vector is not None:
            check_size(example.vector, dim)
            parts.append(Part(example.kind, np.array(example.vector, dtype=np.float32), example.weight))
    return parts


def looks(key: Any, serving: Serving, *, using: str) -> Vectors | None:
    """The vectors `(n, dim)` of the first pictures of a product; None where it has none."""
    return _first_pictures([key], serving, using=using).get(key)


def looks_like(keys: Sequence[Any], serving: Serving, *, using: str) -> Vectors | None:
    """What each product's first pictures show, as one unit vector each `(n, dim)`; of those that have pictures."""
    means = list(looks_of(keys, serving, using=using).values())
    return np.stack(means) if means else None


def looks_of(keys: Sequence[Any], serving: Serving, *, using: str) -> dict[Any, Vectors]:
    """Of each product that has pictures, what the first of them show, as a unit vector `(dim,)`."""
    pictures = _first_pictures(keys, serving, using=using)
    return {key: _unit(vectors.sum(axis=0)) for key, vectors in pictures.items()}


def described_as(keys: Sequence[Any], serving: Serving, language: str, *, using: str) -> Vectors | None:
    """The vectors `(n, dim)` of the products' texts in `language`; of those that have one."""
    if serving.space is None or serving.generation is None:
        return None
    rows = TextVector.objects.using(using).filter(
        KeyIn("product", keys),
        space_id=serving.space.pk,
        generation_id=serving.generation.pk,
        language=language,
    )
    vectors = list(rows.values_list("vector", flat=True))
    return np.array(vectors, dtype=np.float32) if vectors else None


def _first_pictures(keys: Sequence[Any], serving: Serving, *, using: str) -> dict[Any, Vectors]:
    """The vectors `(n, dim)` of each product's first pictures; of those that have some."""
    if serving.space is None:
        return {}
    rows = PictureVector.objects.using(using).filter(KeyIn("product", keys), space_id=serving.space.pk)
    shown: dict[Any, list[Vectors]] = {}
    # As bytes: reading numbers written out takes ten times as long.
    packed: Any = Func("vector", function="halfvec_send", output_field=BinaryField())
    for product, vector in rows.order_by("position", "picture").values_list("product", packed):
        # Two numbers of two bytes come before the vector's own.
        shown.setdefault(product, []).append(np.frombuffer(vector, dtype=">f2", offset=4))
    return {key: np.array(vectors[:MOST_PICTURES], dtype=np.float32) for key, vectors in shown.items()}


def _product(key: Any, weight: float, serving: Serving, language: str, *, using: str) -> Part | None:
    """A product as a part: how it looks, or what is said of it where it has no picture."""
    seen = looks_like([key], serving, using=using)
    if seen is not None:
        return Part("picture", seen[0], weight)
    said = described_as([key], serving, language, using=using)
    return None if said is None else Part("text", said[0], weight)


def _summed(kind: Kind, parts: Iterable[Part]) -> tuple[Vectors | None, Vectors | None]:
    """`(1, dim)` each: what to be like, and where else to look for it, away from what is unlike."""
    own = [part for part in parts if part.kind == kind]
    like = [part.weight * part.vector for part in own if part.weight > 0]
    unlike = [part.weight * part.vector for part in own if part.weight < 0]
    if not like:
        return None, None
    toward = _unit(np.sum(like, axis=0))
    aside = _unit(np.sum([*like, *unlike], axis=0))[np.newaxis] if unlike else None
    return toward[np.newaxis], aside


def _unit(vector: Vectors) -> Vectors:
    """Of length 1; parts that cancel each other out leave no direction, and stay as short as they are."""
    length = max(float(np.linalg.norm(vector)), 1e-6)
    return np.asarray(vector / length, dtype=np.float32)


def _rows(vectors: Vectors | None) -> Iterable[Vectors]:
    return () if vectors is None else vectors
