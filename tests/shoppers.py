"""Shoppers that are made up: how often they want each product is known, and how seldom they look further down.

Nothing here is imported from what is judged by them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: How often the place (from 1) is looked at.
Looks = Callable[[NDArray[np.int64]], NDArray[np.float64]]

LOOKS: dict[str, Looks] = {
    "steep": lambda place: 1.0 / place,
    "screens": lambda place: np.where(place <= 4, 1.0, 0.35),
    "fading": lambda place: np.exp(-0.22 * (place - 1)),
}


@dataclass(frozen=True)
class Shown:
    """`(n,)` each: how often a product was shown for a query at a place, and clicked there."""

    query: NDArray[np.int64]
    product: NDArray[np.int64]
    position: NDArray[np.int64]
    shown: NDArray[np.int64]
    clicks: NDArray[np.int64]


@dataclass(frozen=True)
class Shop:
    """How often each query's shoppers want each of its products `(queries, products)`, and how places are looked at."""

    wanted: NDArray[np.float64]
    looks: Looks
    #: How often a shopper looks no further after a click: then no place has one bias for all products above it.
    leaves: float = 0.0

    @classmethod
    def of(
        cls, queries: int, products: int, looks: Looks, rng: np.random.Generator, *, leaves: float = 0.0
    ) -> Shop:
        """Products that are wanted from 4 % to 40 % of the time, in steps that one can tell apart."""
        steps = np.geomspace(0.04, 0.4, products)
        return cls(np.stack([rng.permutation(steps) for _ in range(queries)]), looks, leaves)

    def visited(self, orders: NDArray[np.int64], visits: int, rng: np.random.Generator) -> Shown:
        """`visits` to every query with its products in `orders` `(queries, products)`: numbers of products by place."""
        queries, products = self.wanted.shape
        places = np.arange(1, products + 1)
        chance = np.take_along_axis(self.wanted, orders, axis=1) * self.looks(places)
        still_there = np.cumprod(1 - self.leaves * chance, axis=1)
        chance[:, 1:] *= still_there[:, :-1]
        return Shown(
            query=np.repeat(np.arange(queries), products),
            product=orders.reshape(-1),
            position=np.tile(places, queries),
            shown=np.full(queries * products, visits),
            clicks=rng.binomial(visits, chance).reshape(-1),
        )

    def month(self, visits: int, rng: np.random.Generator, *, days: int = 30, swaps: int = 1) -> Shown:
        """A month in which a query's products stand in one order, wrong as it may be, but for `swaps` pairs a day."""
        order = np.stack([rng.permutation(self.wanted.shape[1]) for _ in self.wanted])
        days_shown = []
        for _ in range(days):
            today = order.copy()
            for row in today:
                for _ in range(swaps):
                    one, other = rng.choice(row.size, 2, replace=False)
                    row[[one, other]] = row[[other, one]]
            days_shown.append(self.visited(today, visits // days, rng))
        return summed(days_shown)


def summed(parts: list[Shown]) -> Shown:
    """All of them together, one row for each query, product and place."""
    rows = [
        np.concatenate([getattr(part, name) for part in parts]) for name in ("query", "product", "position")
    ]
    cells, place = np.unique(np.stack(rows), axis=1, return_inverse=True)
    totals = [
        np.bincount(place.reshape(-1), np.concatenate([getattr(part, name) for part in parts])).astype(
            np.int64
        )
        for name in ("shown", "clicks")
    ]
    return Shown(*cells, *totals)


def tau(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Kendall's rank correlation of two `(n,)`: 1 is the same order, -1 the opposite one."""
    signs = np.sign(one[:, None] - one) * np.sign(other[:, None] - other)
    above = np.triu_indices(one.size, 1)
    return float(signs[above].mean())
