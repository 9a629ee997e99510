"""What lies around a query: the rows that each index hands out first, looked at once for all filters.

To look up which of a few hundred products pass takes a millisecond for all legs together; asked of each row as an index
hands it out, for each leg and once more for each filter that is lifted, it takes longer than the scans.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from .answer import LegName
from .matches import NO_MATCHES, VectorMatches, product_keys
from .selectivity import Keys, share_passing
from .snapshot import array_of, key_type, read_under
from .vectors import VectorLeg

#: So many times the rows that should do are looked at: who passes is not spread evenly.
MARGIN = 1.25


@dataclass(frozen=True)
class Surroundings:
    """The nearest rows of each leg, the product's key first; and for each set of products those keys that are in it."""

    rows: Mapping[LegName, Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    inside: Sequence[Collection[Any]] = ()

    @classmethod
    def of(cls, legs: Sequence[VectorLeg], sets: Sequence[Keys]) -> Surroundings:
        """Around each of `legs` that an index serves and that looks in one direction, where enough should pass."""
        wanted = {leg.name: most for leg in legs if (most := _enough(leg, sets))}
        if not wanted:
            return cls()
        asked = [leg for leg in legs if leg.name in wanted]
        using = asked[0].rows.db
        scans = [leg.index_scan(leg.table, None, leg.vectors[0], wanted[leg.name], None) for leg in asked]
        found = read_under(using, asked[0].index_settings(), scans)
        rows = {leg.name: nearest for leg, nearest in zip(asked, found, strict=True)}
        near = list(dict.fromkeys(row[0] for nearest in found for row in nearest))
        return cls(rows, _inside(sets, near, using=using))

    def find(self, leg: VectorLeg, sets: Sequence[Keys], floor: float) -> tuple[VectorMatches, bool]:
        """As `leg.find`, in every one of `sets`, which are those that were looked at.

        A set that has too little of what is near is read the way that suits it; what is near to the query tells that
        better than how much there is of it at all.
        """
        found, cut = NO_MATCHES, False
        near = self.rows.get(leg.name, ())
        for at, keys in enumerate(sets):
            passing = [row for row in near if row[0] in self.inside[at]]
            if len(passing) >= leg.size:
                matches, partly = leg.matching(passing[: leg.size], floor), True
            else:
                matches, partly = leg.find(keys, floor, len(passing) / len(near) if near else None)
            found, cut = found | matches, cut or partly
        return found, cut


def _enough(leg: VectorLeg, sets: Sequence[Keys]) -> int:
    """The number of nearest rows to look at; 0 where that is not the way to read any of `sets`."""
    if not leg.indexed or not sets or len(leg.vectors) > 1 or leg.aside is not None:
        return 0
    share = max(share_passing(leg.table, keys, leg.count) for keys in sets)
    if share * leg.ef_search < MARGIN * leg.size or not leg.scans(share):
        return 0
    # Of what an index has at hand when it is asked for its first row; whatever else passes may well be among it.
    return leg.ef_search if len(sets) > 1 else int(MARGIN * leg.size / share)


def _inside(sets: Sequence[Keys], near: Sequence[Any], *, using: str) -> list[frozenset[Any]]:
    """For each of `sets` which of the products `near` are in it: one statement."""
    connection = connections[using]
    kind, array = key_type(connection), array_of(product_keys(near, using=using), connection)
    each = (
        f"(SELECT array_agg(pk) FROM ({keys.sql}) AS passing (pk) WHERE pk = ANY(%s::{kind}[]))"  # noqa: S608 - SQL of ours
        for keys in sets
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(each)}",
            [value for keys in sets for value in (*keys.parameters, array)],
        )
        return [frozenset(found or ()) for found in cursor.fetchone() or ()]
