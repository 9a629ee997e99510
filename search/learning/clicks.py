"""What clicks say once the place where a product stood is taken out of them; arrays in, arrays out, no database.

A shopper clicks what is looked at and wanted: P(click) = bias(position) * rate(query, product), the position-based
model (Richardson, Dominowska and Ragno 2007; Chuklin, Markov and de Rijke 2015). The bias comes from products that
stood at several places for one query (intervention harvesting, Agarwal et al. 2019), the rate is clicks over what was
looked at (Zhang and Jones 2007), drawn towards the query's mean where little was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

#: Where nothing tells the bias, a place is looked at 1 / position ** this, as often: gentle, for a curve that is too
#: steep would favour whatever stands low.
DEFAULT_FALL = 0.5
#: Clicks that the default curve counts for at each place, beside what was clicked there.
DEFAULT_CLICKS = 5.0
#: The prior of a rate counts as much as so many looks, at least and at most.
LEAST_STRENGTH, MOST_STRENGTH = 2.0, 1000.0
_ROUNDS, _SETTLED = 2000, 1e-7


@dataclass(frozen=True)
class Counts:
    """`(n,)` each: how often `product` was shown for `query` at `position` (from 1), and clicked there.

    Queries and products are any whole numbers that tell them apart. Counts that decayed are no whole numbers.
    """

    query: Whole
    product: Whole
    position: Whole
    shown: Floats
    clicks: Floats


@dataclass(frozen=True)
class PositionBias:
    """`(k,)` each, by rising position: how often the place is looked at as a share of the first, and whether that is
    `known` from what was clicked; the rest is the default curve, fitted on where it meets what is known.
    """

    positions: Whole
    looked_at: Floats
    known: NDArray[np.bool_]

    @property
    def is_known(self) -> bool:
        """Whether anything was learned: some product was clicked at two places."""
        return int(self.known.sum()) > 1

    def at(self, positions: Whole) -> Floats:
        """How often each of the `positions` `(n,)` is looked at; of one not counted, as near ones let expect."""
        place = np.abs(self.positions[np.newaxis] - positions[:, np.newaxis]).argmin(axis=1)
        looked_at: Floats = self.looked_at[place] * default_curve(positions)
        return looked_at / default_curve(self.positions[place])


@dataclass(frozen=True)
class Rates:
    """`(m,)` each, of every product shown for a query: what was looked at (`seen`, as often as the first place is),
    clicked, and the corrected click `rate` with what is `usual` for the query.
    """

    query: Whole
    product: Whole
    seen: Floats
    clicks: Floats
    rate: Floats
    usual: Floats


def default_curve(positions: Whole) -> Floats:
    """How often places are looked at, as a share of the first, where nothing is known."""
    curve: Floats = positions.astype(np.float64) ** -DEFAULT_FALL
    return curve


def position_bias(counts: Counts) -> PositionBias:
    """How often each place is looked at. Only products that were shown at two places for one query tell; where there
    are none, all is the default curve.
    """
    positions, place = np.unique(counts.position, return_inverse=True)
    if not positions.size:
        positions, place = np.array([1]), np.array([], dtype=np.int64)
    default = default_curve(positions)
    item = _items(counts)
    linked = _linked(item, place, counts.clicks, positions.size)
    known = linked == linked[0]
    moved = known[place] & (counts.shown > 0) & (_places_of(item, place)[item] > 1)
    if not known[1:].any():
        return PositionBias(positions, default, known)
    item, place = np.unique(item[moved], return_inverse=True)[1], place[moved]
    shown, clicks = counts.shown[moved], counts.clicks[moved]
    clicked_at = sums(place, clicks, positions.size)
    clicked_item = sums(item, clicks)
    looked_at = default.copy()
    for _ in range(_ROUNDS):  # alternately the best rate of each product and the best share of each place
        rate = clicked_item / sums(item, shown * looked_at[place])
        expected = sums(place, shown * rate[item], positions.size)
        better = (clicked_at + DEFAULT_CLICKS) / (expected + DEFAULT_CLICKS / default)
        better *= default[0] / better[0]
        settled = np.abs(better - looked_at).max() < _SETTLED
        looked_at = better
        if settled:
            break
    nearest = np.abs(positions[np.newaxis, known] - positions[:, np.newaxis]).argmin(axis=1)
    carried = default * (looked_at[known] / default[known])[nearest]
    return PositionBias(positions, np.where(known, looked_at, carried), known)


def corrected_rates(counts: Counts, bias: PositionBias) -> Rates:
    """Click rates as if every product had always been looked at, drawn to what is usual for the query (a Beta prior).

    How strongly is estimated too: where products hardly differ, it takes many looks to believe that one does.
    """
    item = _items(counts)
    first = np.unique(item, return_index=True)[1]
    query = counts.query[first]
    seen = sums(item, counts.shown * bias.at(counts.position))
    clicks = sums(item, counts.clicks)
    usual = _usual(query, seen, clicks)
    strength = _strength(seen, clicks, usual)
    rate = (clicks + strength * usual) / (seen + strength)
    return Rates(query, counts.product[first], seen, clicks, rate, usual)


def popularity(rates: Rates) -> tuple[Whole, Floats, Floats]:
    """`(p,)` each: products, how many times as often each is clicked as is usual for the queries it is shown for (drawn
    towards 1), and how many clicks would have been usual.
    """
    products, place = np.unique(rates.product, return_inverse=True)
    usual = sums(place, rates.seen * rates.usual, products.size)
    clicks = sums(place, rates.clicks, products.size)
    return products, (clicks + DEFAULT_CLICKS) / (usual + DEFAULT_CLICKS), usual


def _usual(query: Whole, seen: Floats, clicks: Floats) -> Floats:
    """The click rate of each product's query, drawn towards that of all queries."""
    overall = clicks.sum() / max(seen.sum(), 1e-9)
    _, of = np.unique(query, return_inverse=True)
    looks, clicked = sums(of, seen), sums(of, clicks)
    usual: Floats = ((clicked + LEAST_STRENGTH * overall) / (looks + LEAST_STRENGTH))[of]
    return usual


def _strength(seen: Floats, clicks: Floats, usual: Floats) -> float:
    """How many looks the prior is worth, from how much more products differ than chance explains (by moments)."""
    chance = usual * (1 - np.minimum(usual, 1.0))
    spread = (clicks - seen * usual) ** 2 / np.maximum(seen, 1e-9)
    variance = (spread - chance).sum() / max(seen.sum(), 1e-9)
    most = float(np.average(chance, weights=seen)) if seen.sum() > 0 else 0.0
    if variance <= 0 or most <= 0:
        return MOST_STRENGTH
    return float(np.clip(most / variance - 1, LEAST_STRENGTH, MOST_STRENGTH))


def sums(place: Whole, values: Floats, size: int = 0) -> Floats:
    """The sum of the `values` `(n,)` of each `place`, from 0 up to at least `size`."""
    summed: Floats = np.bincount(place, values, size).astype(np.float64)
    return summed


def _items(counts: Counts) -> Whole:
    """A number from 0 for each pair of query and product `(n,)`."""
    pairs = np.stack([counts.query, counts.product], axis=1)
    numbers: Whole = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    return numbers


def _places_of(item: Whole, place: Whole) -> Whole:
    """At how many places each item was shown."""
    pairs = np.unique(np.stack([item, place], axis=1), axis=0)
    counted: Whole = np.bincount(pairs[:, 0])
    return counted


def _linked(item: Whole, place: Whole, clicks: Floats, size: int) -> Whole:
    """A label for each place `(size,)`: those that clicked products link with one another have the same."""
    label = np.arange(size)
    if not item.size:
        return label
    clicked = sums(item, clicks)[item] > 0
    item, place = np.unique(item[clicked], return_inverse=True)[1], place[clicked]
    while item.size:
        least = np.full(int(item.max()) + 1, size)
        np.minimum.at(least, item, label[place])
        better = label.copy()
        np.minimum.at(better, place, least[item])
        if (better == label).all():
            break
        label = better
    return label
