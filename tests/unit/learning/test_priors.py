"""Priors over many rounds: what is shown first is clicked, and must not stay first for that alone."""

import numpy as np
import pytest

from product_search.learning.clicks import Counts, PositionBias, corrected_rates, position_bias
from product_search.learning.priors import STEPS, step
from tests.shoppers import LOOKS, Shop, Shown, summed

QUERIES, PRODUCTS, ROUNDS, VISITS = 20, 8, 20, 400


def all_alike(counts: Counts) -> PositionBias:
    """Whoever takes clicks as they come believes that all places are looked at alike."""
    places = np.unique(counts.position)
    return PositionBias(places, np.ones(places.size), np.ones(places.size, dtype=bool))


def rounds(bias_of, seed: int) -> list[float]:
    """In which share of the queries the product that began first, and is wanted least, is first in each round.

    All products fit their query alike; every round is fitted from all that were before.
    """
    rng = np.random.default_rng(seed)
    wanted = np.stack([rng.permutation(np.linspace(0.1, 0.2, PRODUCTS)) for _ in range(QUERIES)])
    shop = Shop(wanted, LOOKS["steep"])
    favoured = wanted.argmin(axis=1)
    others = np.stack([rng.permutation(PRODUCTS) for _ in range(QUERIES)])
    order = np.stack(
        [np.concatenate([[first], row[row != first]]) for first, row in zip(favoured, others, strict=True)]
    )
    months: list[Shown] = []
    first = []
    for _ in range(ROUNDS):
        months.append(shop.visited(order, VISITS, rng))
        shown = summed(months)
        counts = Counts(
            shown.query, shown.product, shown.position, shown.shown.astype(float), shown.clicks.astype(float)
        )
        rates = corrected_rates(counts, bias_of(counts))
        points = np.zeros((QUERIES, PRODUCTS))
        points[rates.query, rates.product] = [step(each) for each in rates.rate / rates.usual]
        order = np.stack(
            [row[np.argsort(-own[row], kind="stable")] for own, row in zip(points, order, strict=True)]
        )
        first.append(float((order[:, 0] == favoured).mean()))
    return first


def test_a_wrongly_favoured_product_does_not_stay_first():
    corrected = rounds(position_bias, seed=3)
    assert corrected[-1] <= 0.1
    assert rounds(all_alike, seed=3)[-1] >= 0.6  # as clicks taken as they come would have it


@pytest.mark.parametrize(
    ("times", "expected"), [(1.0, 0), (4.0, STEPS), (1e6, STEPS), (0.25, -STEPS), (0.0, -STEPS), (2.0, 10)]
)
def test_however_much_is_clicked_moves_are_bounded(times, expected):
    assert step(times) == expected
