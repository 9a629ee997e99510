"""What an uploaded picture shows, by the vocabulary: nothing is stored, and what is unsure is called so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from django.db import router
from django.db.models import Exists, OuterRef
from PIL import Image

from ..documents import SearchScope, visible_products
from ..errors import SpaceMissing
from ..models import NEVER, AttributeValue, Entry, Generation, Space, Tag
from ..replicas.reading import from_replica
from ..retrieval import familiar
from ..retrieval.encoding import encode_examples
from .heads import Head, heads_of, vocabulary
from .page import judged, threshold
from .reading import Page
from .scoring import Likelihood, chosen

#: Values that are told of each attribute, said or not.
MOST_VALUES = 5
#: Why nothing is said of an attribute: no value is sure enough; another thing than any value is likelier; it looks like
#: no product; like nothing that this shop sells; no threshold keeps the promised precision yet.
Doubt = Literal["", "unsure", "none_of_these", "not_a_product", "unfamiliar", "not_fitted"]


@dataclass(frozen=True)
class SeenValue:
    """A value and how likely it is; `said` where that is sure enough."""

    value: str
    label: str
    probability: float
    said: bool


@dataclass(frozen=True)
class SeenAttribute:
    """An attribute with its likeliest values. Where none of them is `said`, `doubt` says why."""

    name: str
    label: str
    choice: str
    values: tuple[SeenValue, ...]
    none_of_these: float
    not_a_product: float
    threshold: float | None
    doubt: Doubt

    @property
    def abstained(self) -> bool:
        """Whether nothing is said of it."""
        return not any(value.said for value in self.values)


@from_replica
def tags_of(
    picture: Image.Image, *, language: str, scope: SearchScope | None = None
) -> tuple[SeenAttribute, ...]:
    """What `picture` shows of each attribute in use. Numbers, sizes and counts are not among the values; nor are those
    that no product has under the filters of `scope`, if there are any.

    Raises `SpaceMissing` before anything is indexed, and `EncoderUnavailable`.
    """
    using = router.db_for_read(Entry)
    attributes = vocabulary(using)
    space = Space.serving(using)
    generation = Generation.serving(using)
    if space is None or generation is None:
        raise SpaceMissing(
            "No embedding space serves yet, so there is nothing to compare a picture with: `manage.py index` fills the "
            "first one."
        )
    if not attributes:
        return ()
    heads = heads_of(attributes, space, generation, using=using, keep=False)
    own = familiar.span(space)
    looks = [picture, *(() if own is None else familiar.closer_looks(picture))]
    _, vectors = encode_examples((), looks, space)
    strange = own is not None and familiar.unfamiliar(vectors[1:], own, share=familiar.SURELY_SOLD)
    page = Page(("picture",), vectors[:1], np.full((1, space.dim), np.nan, dtype=np.float32))
    theirs = _values_of(scope, using=using) if scope is not None and scope.filters else None
    return tuple(
        _seen(head, judged(head, page), strange, language, theirs) for head in heads if head.guessed.any()
    )


def _values_of(scope: SearchScope, *, using: str) -> frozenset[tuple[str, str]]:
    """Of the vocabulary, as (attribute, value), what some product has that `scope` may see."""
    tags = Tag.objects.using(using).filter(attribute=OuterRef("attribute__name"), value=OuterRef("value"))
    own = tags.filter(product__in=visible_products(scope).values("pk"))
    rows = AttributeValue.objects.using(using).filter(Exists(own))
    return frozenset(rows.values_list("attribute__name", "value"))


def _seen(
    head: Head,
    found: Likelihood,
    strange: bool,
    language: str,
    own: Collection[tuple[str, str]] | None,
) -> SeenAttribute:
    """Of an attribute's values those among `own`; None: all."""
    values = found.values[0]
    told_of = np.array([own is None or (head.attribute.name, value.value) in own for value in head.values])
    said = chosen(head, found, threshold(head))[0] & ~np.bool_(strange) & told_of
    order = [int(at) for at in np.argsort(-values, kind="stable") if head.guessed[at] and told_of[at]]
    told = [at for at in order if said[at]] + [at for at in order if not said[at]]
    attribute, none, background = head.attribute, float(found.none[0]), float(found.background[0])
    fitted = threshold(head) < NEVER
    return SeenAttribute(
        attribute.name,
        attribute.label_in(language),
        attribute.choice,
        tuple(
            SeenValue(
                head.values[at].value,
                head.values[at].label_in(language),
                round(float(values[at]), 4),
                bool(said[at]),
            )
            for at in told[:MOST_VALUES]
        ),
        round(none, 4),
        round(background, 4),
        round(threshold(head), 4) if fitted else None,
        "" if said.any() else _doubt(values[order], none, background, strange, fitted),
    )


def _doubt(values: Sequence[float], none: float, background: float, strange: bool, fitted: bool) -> Doubt:
    if strange:
        return "unfamiliar"
    if max(none, background) >= max(values, default=0.0):
        return "none_of_these" if none >= background else "not_a_product"
    return "unsure" if fitted else "not_fitted"
