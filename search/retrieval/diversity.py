"""The best of what was found that are not all alike: maximal marginal relevance (Carbonell & Goldstein, 1998)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connections
from numpy.typing import NDArray

from ..models import PictureVector
from .selectivity import Rows
from .snapshot import array_of, key_type
from .vectors import VectorLeg


def diverse(
    relevance: NDArray[np.float64], alike: NDArray[np.float64], diversity: float, limit: int
) -> list[int]:
    """Indices of up to `limit` of those with `relevance` `(n,)`, in the order in which they are to be shown.

    After what is most relevant comes, step by step, the one with the most

        (1 - diversity) * relevance - diversity * likeness to the nearest that is already shown.

    `alike` `(n, n)` is on the scale of `relevance`; where it is unknown (NaN), nothing says that two are alike.
    """
    known = alike[~np.isnan(alike)]
    alike = np.where(np.isnan(alike), known.min() if known.size else 0.0, alike)
    shown: list[int] = []
    left = np.ones(len(relevance), dtype=bool)
    worth = relevance.astype(np.float64)
    nearest = np.full(len(relevance), -np.inf)
    while left.any() and len(shown) < limit:
        chosen = int(np.argmax(np.where(left, worth, -np.inf)))
        shown.append(chosen)
        left[chosen] = False
        nearest = np.maximum(nearest, alike[chosen])
        worth = (1 - diversity) * relevance - diversity * nearest
    return shown


def likeness(leg: VectorLeg, keys: Sequence[Any], pictures: Sequence[str | None]) -> NDArray[np.float64]:
    """Inner products `(n, n)` of the leg's rows of products with one another; NaN where one has no row.

    Of a product's pictures the one in `pictures` `(n,)` stands for it.
    """
    rows = Rows.of(leg.rows)
    connection = connections[rows.using]
    alike = np.full((len(keys), len(keys)), np.nan)
    same = f" AND {rows.table}.picture = asked.picture" if rows.model is PictureVector else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH asked AS MATERIALIZED (SELECT * FROM unnest(%s::{key_type(connection)}[], %s::text[])"  # noqa: S608
            " WITH ORDINALITY AS asked (key, picture, at)), rows AS MATERIALIZED (SELECT asked.at - 1 AS at,"
            f" {rows.table}.vector FROM asked JOIN {rows.table} ON {rows.table}.product = asked.key{same}"
            f" WHERE {rows.where}) SELECT one.at, other.at, -(one.vector <#> other.vector)"
            " FROM rows AS one JOIN rows AS other ON one.at < other.at",
            [array_of(keys, connection), list(pictures), *rows.parameters],
        )
        found = cursor.fetchall()
    if found:
        one, other, raw = zip(*found, strict=True)
        alike[one, other] = alike[other, one] = raw
    return alike
