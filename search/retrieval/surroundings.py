"""What lies around a query: the rows that each index hands out first, looked at once for all filters.

To look up which of a few hundred products pass takes a millisecond for all legs together; asked of each row as an index
hands it out, for each leg and once more for each filter that is lifted, it takes longer than the scans.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections

from .answer import LegName
from .filters import Choices
from .matches import NO_MATCHES, VectorMatches, product_keys
from .selectivity import share_passing
from .snapshot import KEYS, KeyIn, array_of, kept, read_under
from .vectors import VectorLeg

#: So many times the rows that should do are looked at: who passes is not spread evenly.
MARGIN = 1.25


@dataclass(frozen=True)
class Surroundings:
    """The nearest rows of each leg, the product's key first; and which of those products pass the filters."""

    rows: Mapping[LegName, Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    #: By the name of the filter that is lifted, None for none.
    inside: Mapping[str | None, Collection[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, legs: Sequence[VectorLeg], choices: Choices) -> Surroundings:
        """Around each of `legs` that an index serves and that looks in one direction, where enough should pass."""
        wanted = {leg.name: most for leg in legs if (most := _enough(leg, choices))}
        if not wanted:
            return cls()
        asked = [leg for leg in legs if leg.name in wanted]
        using = asked[0].rows.db
        scans = [leg.index_scan(leg.table, None, leg.vectors[0], wanted[leg.name], None) for leg in asked]
        found = read_under(using, asked[0].index_settings(), scans)
        rows = {leg.name: nearest for leg, nearest in zip(asked, found, strict=True)}
        near = list(dict.fromkeys(row[0] for nearest in found for row in nearest))
        return cls(rows, _inside(choices, near))

    def find(self, leg: VectorLeg, choices: Choices, floor: float) -> tuple[VectorMatches, bool]:
        """As `leg.find`, under all filters and with each of them lifted.

        Where too little of what is near passes, products are read the way that suits them; what is near to the query
        tells that better than how many pass at all.
        """
        found, cut = NO_MATCHES, False
        near = self.rows.get(leg.name, ())
        for lifted in (*choices.filters, None):
            passing = [row for row in near if row[0] in self.inside[lifted]]
            if len(passing) >= leg.size:
                matches, partly = leg.matching(passing[: leg.size], floor), True
            elif (keys := choices.keys(lifted)) is not None:
                matches, partly = leg.find(keys, floor, len(passing) / len(near) if near else None)
            else:
                continue
            found, cut = found | matches, cut or partly
        return found, cut


def _enough(leg: VectorLeg, choices: Choices) -> int:
    """The number of nearest rows to look at; 0 where that is not the way to read any of them."""
    if not leg.indexed or len(leg.vectors) > 1 or leg.aside is not None:
        return 0
    try:
        share = share_passing(leg.table, choices.seen, leg.count)
    except EmptyResultSet:
        return 0
    if share * leg.ef_search < MARGIN * leg.size or not leg.scans(share):
        return 0
    # Of what an index has at hand when it is asked for its first row; whatever else passes may well be among it.
    return leg.ef_search if choices.filters else int(MARGIN * leg.size / share)


def _inside(choices: Choices, near: Sequence[Any]) -> dict[str | None, frozenset[Any]]:
    """Which of the products `near` are visible and pass every filter, and every one but each: one statement."""
    using, filters = choices.visible.db, tuple(choices.filters)
    sql, parameters = kept(("near", choices.known), lambda: _passing(choices))
    connection = connections[using]
    array = array_of(product_keys(near, using=using), connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, [array if each is KEYS else each for each in parameters])
        keys, *passes = (column or () for column in cursor.fetchone() or ())
    met = dict(zip(filters, passes, strict=True))

    def inside(lifted: str | None) -> frozenset[Any]:
        asked = [met[name] for name in filters if name != lifted]
        return frozenset(key for key, *passed in zip(keys, *asked, strict=True) if all(passed))

    return {lifted: inside(lifted) for lifted in (*filters, None)}


def _passing(choices: Choices) -> tuple[str, tuple[Any, ...]]:
    """Of whichever KEYS those that are visible, and whether each passes each filter, as a list each."""
    products = choices.visible.filter(KeyIn("pk", KEYS))
    names = [f"ps_in{at}" for at in range(len(choices.filters))]
    for name, alias in zip(choices.filters, names, strict=True):
        products = choices.passing(products, name, alias)
    asked = products.order_by().values_list("pk", *names)
    sql, parameters = asked.query.get_compiler(asked.db).as_sql()
    columns = ("ps_key", *names)
    lists = ", ".join(f"array_agg({name})" for name in columns)
    return f"SELECT {lists} FROM ({sql}) AS passing ({', '.join(columns)})", tuple(parameters)  # noqa: S608
