"""What is known of products for sure, or nearly: what a head is fitted to.

The shop's own facet of the same name where it has one, else what titles say: a title that names one value of an
attribute hardly ever lies, and a shop has titles from the first day. What somebody decided of a product comes before
both; decisions alone would be of what was suggested, and say nothing of what was not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connections
from numpy.typing import NDArray

from ..models import FittedBy, Generation, PictureVector, Space, TagState, TextVector
from .fitting import FEWEST_KNOWN
from .heads import Head
from .reading import decided, own_values
from .said import said_by_texts, title_fields

#: Products that a head is fitted to, at most.
SAMPLE = 4_000


def sample_keys(space: Space, generation: Generation, *, using: str) -> list[Any]:
    """Up to SAMPLE products with a picture, else with a text, in the order of digests: as good as random, and the same
    in every run.
    """
    for table, where, scope in (
        (PictureVector._meta.db_table, "space_id = %s", [space.pk]),
        (TextVector._meta.db_table, "space_id = %s AND generation_id = %s", [space.pk, generation.pk]),
    ):
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"SELECT product FROM {table}"  # noqa: S608 - a table of ours
                f" WHERE {where} AND product IS NOT NULL ORDER BY digest, id LIMIT %s",
                [*scope, 2 * SAMPLE],
            )
            field: Any = PictureVector._meta.get_field("product")
            keys = [field.to_python(key) for (key,) in cursor.fetchall()]
        if keys:
            return list(dict.fromkeys(keys))[:SAMPLE]
    return []


def known_values(
    head: Head, keys: Sequence[Any], generation: Generation, *, using: str
) -> tuple[NDArray[np.bool_], FittedBy]:
    """Which values `(n, v)` the products are known to have, and by what; all False where too little is."""
    for source, read in ((FittedBy.FACET, _in_facet), (FittedBy.WORDS, _in_titles)):
        truth = _corrected(read(head, keys, generation, using), head, keys, using)
        if truth.any(axis=1).sum() >= FEWEST_KNOWN:
            return truth, source
    return _nothing(head, keys), FittedBy.NOTHING


def _nothing(head: Head, keys: Sequence[Any]) -> NDArray[np.bool_]:
    return np.zeros((len(keys), len(head.values)), dtype=bool)


def decided_values(
    head: Head, keys: Sequence[Any], *, using: str
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which values `(n, v)` somebody accepted, and which somebody rejected."""
    right, wrong = _nothing(head, keys), _nothing(head, keys)
    places = {value.value: at for at, value in enumerate(head.values)}
    found = decided(keys, [head], using=using).get(head.attribute.name, {})
    for row, key in enumerate(keys):
        for value, state in found.get(key, {}).items():
            if value in places:
                (right if state == TagState.ACCEPTED else wrong)[row, places[value]] = True
    return right, wrong


def _corrected(truth: NDArray[np.bool_], head: Head, keys: Sequence[Any], using: str) -> NDArray[np.bool_]:
    """`truth` with what was decided in the place of what was read."""
    right, wrong = decided_values(head, keys, using=using)
    if head.single:
        truth = truth & ~right.any(axis=1, keepdims=True)
    return (truth | right) & ~wrong


def _in_facet(head: Head, keys: Sequence[Any], generation: Generation, using: str) -> NDArray[np.bool_]:
    """By the shop's own facet of the attribute's name, whose values are called as the vocabulary's are."""
    truth = _nothing(head, keys)
    places = {value.value.casefold(): at for at, value in enumerate(head.values)}
    places |= {value.said.casefold(): at for at, value in enumerate(head.values)}
    rows = {key: row for row, key in enumerate(keys)}
    for key, values in own_values(head.attribute.name, keys, using=using).items():
        for value in values:
            if (place := places.get(value.casefold())) is not None:
                truth[rows[key], place] = True
    return _unambiguous(head, truth)


def _in_titles(head: Head, keys: Sequence[Any], generation: Generation, using: str) -> NDArray[np.bool_]:
    truth = _nothing(head, keys)
    rows = {key: row for row, key in enumerate(keys)}
    found = said_by_texts(head, keys, generation, using=using, fields=title_fields())
    for key, places in found.items():
        truth[rows[key], list(places)] = True
    return _unambiguous(head, truth)


def _unambiguous(head: Head, truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without products that are said to have two values of which one can be right."""
    return truth & (truth.sum(axis=1, keepdims=True) == 1) if head.single else truth
