"""Filters that pass a known share of products, in every way that misleads a planner or an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Exists, F, Func, IntegerField, OuterRef, QuerySet, Value
from numpy.typing import NDArray

from catalog.models import Collection, CollectionProduct

#: How what passes lies to the query: anywhere, at its side, or at the far end.
LIES = ("independent", "correlated", "opposed")


class Unguessed(Func):
    """A number that the planner knows nothing of."""

    template = "(%(expressions)s + 0 * length(current_user))"
    output_field: IntegerField[int, int] = IntegerField()


class IsBelow(Func):
    """1 or 0: of a comparison written so the planner takes one row in two hundred to pass, however many do."""

    template = "(CASE WHEN %(expressions)s THEN 1 ELSE 0 END)"
    arg_joiner = " < "
    output_field: IntegerField[int, int] = IntegerField()


def places() -> Any:
    return CollectionProduct.objects.filter(product=OuterRef("pk"))


#: Products whose place is below `most`: as a column, as a join, and as an EXISTS that the planner takes for a third of
#: all, or for half a percent.
FORMS: dict[str, Callable[[QuerySet[Any], int], QuerySet[Any]]] = {
    "column": lambda products, most: products.filter(popularity__lt=most),
    "join": lambda products, most: products.filter(places__position__lt=most),
    "exists, a third": lambda products, most: products.filter(
        Exists(places().alias(at=Unguessed(F("position"))).filter(at__lt=most))
    ),
    "exists, few": lambda products, most: products.filter(
        Exists(places().alias(at=IsBelow(F("position"), Value(most))).filter(at=1))
    ),
}


@dataclass(frozen=True)
class Places:
    """A place for each of `keys`, 0 to n - 1, as a column of theirs and in a table beside them."""

    keys: Sequence[int]

    def make(self) -> None:
        """The table beside them."""
        collection = Collection.objects.create(name="All", slug="all")
        CollectionProduct.objects.bulk_create(
            CollectionProduct(collection=collection, product_id=key, position=0) for key in self.keys
        )

    def give(self, places: NDArray[np.int64]) -> None:
        """`places` `(n,)` to the keys in their order, known to the planner."""
        given = [list(self.keys), places.tolist()]
        with connection.cursor() as cursor:
            for table, key, column in (
                ("catalog_product", "id", "popularity"),
                ("catalog_collectionproduct", "product_id", "position"),
            ):
                cursor.execute(
                    f"UPDATE {table} SET {column} = given.place"  # noqa: S608
                    f" FROM unnest(%s::bigint[], %s::int[]) AS given(key, place) WHERE {key} = given.key",
                    given,
                )
                cursor.execute(f"ANALYZE {table}")


def places_of(lies: str, near: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.int64]:
    """A place for each of n products, whose nearness to the query is `near` `(n,)`."""
    if lies == "independent":
        return rng.permutation(len(near))
    order = np.argsort(near if lies == "opposed" else -near, kind="stable")
    found = np.empty(len(near), dtype=np.int64)
    found[order] = np.arange(len(near))
    return found


def cells(shares: Sequence[float], rows: int) -> Iterator[tuple[float, str, int]]:
    """Each share and form, with how many rows pass, one at least."""
    for share in shares:
        for form in FORMS:
            yield share, form, max(round(share * rows), 1)
