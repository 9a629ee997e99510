"""What is stored of a page of products, as arrays: their pictures' and texts' vectors, what was decided of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connections
from numpy.typing import NDArray

from ..documents import Facet, document
from ..documents.facet_values import facet_value
from ..indexing.claim import from_db, key_type
from ..models import Attribute, Generation, PictureVector, Space, Tag, TagState, TextVector
from .heads import Head
from .prompts import mean_direction


@dataclass(frozen=True)
class Page:
    """Products `keys`, and for each the mean direction of its pictures and of its texts `(n, dim)`, NaN where it has
    none.
    """

    keys: tuple[Any, ...]
    pictures: NDArray[np.float32]
    texts: NDArray[np.float32]


def read_page(keys: Sequence[Any], space: Space, generation: Generation, *, using: str) -> Page:
    """The page of `keys`: two statements, averaged inside PostgreSQL, so that a vector a product comes here."""
    pictures = _means(PictureVector._meta.db_table, "space_id = %s", [space.pk], keys, space, using=using)
    texts = _means(
        TextVector._meta.db_table,
        "space_id = %s AND generation_id = %s",
        [space.pk, generation.pk],
        keys,
        space,
        using=using,
    )
    return Page(tuple(keys), pictures, texts)


def _means(
    table: str, where: str, scope: Sequence[Any], keys: Sequence[Any], space: Space, *, using: str
) -> NDArray[np.float32]:
    found = np.full((len(keys), space.dim), np.nan, dtype=np.float32)
    places = {key: place for place, key in enumerate(keys)}
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT product, halfvec_send(avg(vector)) FROM {table}"  # noqa: S608 - a table of ours
            f" WHERE {where} AND product = ANY(%s::{key_type(using)}[]) GROUP BY product",
            [*scope, list(keys)],
        )
        for key, packed in cursor.fetchall():
            # Two numbers of two bytes come before the vector's own.
            found[places[from_db(key)]] = np.frombuffer(packed, dtype=">f2", offset=4)
    return mean_direction(found)


def decided(
    keys: Sequence[Any], heads: Iterable[Head], *, using: str
) -> dict[str, Mapping[Any, dict[str, str]]]:
    """By attribute and product, what somebody decided of values: `accepted` or `rejected`."""
    rows = (
        Tag.objects.using(using)
        .filter(attribute__in=[head.attribute.name for head in heads], product__in=list(keys))
        .exclude(state=TagState.SUGGESTED)
    )
    found: dict[str, dict[Any, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for product, attribute, value, state in rows.values_list("product", "attribute", "value", "state"):
        found[attribute][product][value] = state
    return dict(found)


def own_values(attribute: str, keys: Sequence[Any], *, using: str) -> dict[Any, set[str]]:
    """By product, what the shop itself says of `attribute`: the values of its own facet of that name."""
    shop, found = document(), defaultdict(set)
    facet = shop.facets.get(attribute)
    if facet is None or facet.is_tag or facet.kind != "value":
        return {}
    products = shop.queryset().order_by().using(using).filter(pk__in=list(keys))
    for key, value in products.annotate(ps_value=facet_value(shop, facet)).values_list("pk", "ps_value"):
        if value:
            found[key].add(value)
    return dict(found)


def category_facet() -> tuple[str, Facet] | None:
    """The facet whose branches attributes may be limited to: the first hierarchical one of the shop's own."""
    for name, facet in document().facets.items():
        if facet.hierarchical and not facet.is_tag:
            return name, facet
    return None


def concerned(
    attributes: Iterable[Attribute], keys: Sequence[Any], *, using: str
) -> dict[str, NDArray[np.bool_]]:
    """By name of each attribute that is for some categories only, which of `keys` lie in them `(n,)`.

    An attribute without a name here is for all products.
    """
    limited = [attribute for attribute in attributes if attribute.categories]
    found = category_facet()
    if not limited or found is None:
        return {}
    shop = document()
    products = shop.queryset().order_by().using(using).filter(pk__in=list(keys))
    rows = products.annotate(ps_value=facet_value(shop, found[1])).values_list("pk", "ps_value")
    places: dict[Any, set[str]] = defaultdict(set)
    for key, value in rows:
        places[key].add(value or "")
    return {
        attribute.name: np.array([_inside(places[key], attribute.categories) for key in keys], dtype=bool)
        for attribute in limited
    }


def _inside(places: Iterable[str], branches: Sequence[str]) -> bool:
    return any(place == branch or place.startswith(f"{branch}/") for place in places for branch in branches)
