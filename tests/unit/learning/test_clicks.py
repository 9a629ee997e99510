"""Clicks of shoppers whose wishes are known: what is made of them, and what is left open where they can't tell."""

import numpy as np
import pytest

from product_search.learning.clicks import (
    Counts,
    corrected_rates,
    default_curve,
    popularity,
    position_bias,
)
from tests.shoppers import LOOKS, Shop, Shown, tau


def counts(shown: Shown) -> Counts:
    return Counts(
        shown.query,
        shown.product,
        shown.position,
        shown.shown.astype(np.float64),
        shown.clicks.astype(np.float64),
    )


def cells(*rows: tuple[int, int, int, float, float]) -> Counts:
    """Rows of query, product, position, shown, clicks."""
    query, product, position, shown, clicks = zip(*rows, strict=True)
    return Counts(np.array(query), np.array(product), np.array(position), np.array(shown), np.array(clicks))


@pytest.mark.parametrize("looks", LOOKS)
def test_products_that_moved_tell_how_places_are_looked_at(looks):
    rng = np.random.default_rng(5)
    shop = Shop.of(30, 10, LOOKS[looks], rng)
    bias = position_bias(counts(shop.month(9_000, rng)))
    assert bias.is_known
    assert bias.known.all()
    assert bias.looked_at == pytest.approx(LOOKS[looks](np.arange(1, 11)), rel=0.1)


def test_corrected_rates_have_the_order_of_what_is_wanted():
    rng = np.random.default_rng(6)
    shop = Shop.of(20, 10, LOOKS["steep"], rng)
    month = counts(shop.month(6_000, rng))
    rates = corrected_rates(month, position_bias(month))
    corrected = np.zeros_like(shop.wanted)
    corrected[rates.query, rates.product] = rates.rate
    assert np.mean([tau(*pair) for pair in zip(corrected, shop.wanted, strict=True)]) > 0.95


def test_where_no_product_moved_the_default_curve_stays():
    bias = position_bias(cells(*((1, product, product, 100.0, 20.0 / product) for product in range(1, 6))))
    assert not bias.is_known
    assert bias.looked_at == pytest.approx(default_curve(np.arange(1, 6)))


def test_no_counts_at_all():
    whole, floats = np.array([], dtype=np.int64), np.array([])
    nothing = Counts(whole, whole, whole, floats, floats)
    bias = position_bias(nothing)
    assert not bias.is_known
    assert corrected_rates(nothing, bias).rate.size == 0
    assert popularity(corrected_rates(nothing, bias))[0].size == 0


def test_a_place_that_no_clicked_product_links_to_the_first_is_not_known():
    bias = position_bias(
        cells(
            (1, 1, 1, 10_000.0, 4_000.0),
            (1, 1, 2, 10_000.0, 1_000.0),
            (1, 2, 3, 10_000.0, 500.0),
            (1, 3, 2, 10_000.0, 0.0),  # shown at both, and clicked at neither: it tells nothing
            (1, 3, 3, 10_000.0, 0.0),
        )
    )
    assert bias.known.tolist() == [True, True, False]
    assert bias.looked_at[1] == pytest.approx(0.25, rel=0.02)
    # It falls from the nearest that is known as the default curve does.
    assert bias.looked_at[2] == pytest.approx(bias.looked_at[1] * (2 / 3) ** 0.5)


def test_a_place_that_was_never_counted_goes_on_from_the_nearest():
    bias = position_bias(cells((1, 1, 1, 1e4, 4e3), (1, 1, 2, 1e4, 2e3)))
    at = bias.at(np.array([2, 8]))
    assert at[1] == pytest.approx(at[0] * (2 / 8) ** 0.5)


def test_one_lucky_click_is_not_believed():
    settled = [(1, product, 1, 1000.0, clicks) for product, clicks in ((1, 100.0), (2, 140.0), (3, 60.0))]
    counted = cells(*settled, (1, 4, 1, 1.0, 1.0))
    rates = corrected_rates(counted, position_bias(counted))
    by_product = dict(zip(rates.product.tolist(), rates.rate.tolist(), strict=True))
    assert by_product[1] < by_product[4] < by_product[2]


def test_a_popular_product_is_one_that_is_clicked_more_than_is_usual_for_its_queries():
    """Product 1 is shown where all is clicked often, product 2 where little is; both as usual. Product 3 is not."""
    counted = cells(
        (1, 1, 1, 1e4, 4e3), (1, 9, 1, 1e4, 4e3), (2, 2, 1, 1e4, 4e2), (2, 8, 1, 1e4, 2e2), (2, 3, 1, 1e4, 6e2)
    )  # fmt: skip
    products, times, _ = popularity(corrected_rates(counted, position_bias(counted)))
    found = dict(zip(products.tolist(), times.tolist(), strict=True))
    assert found[1] == pytest.approx(1, abs=0.05)
    assert found[2] == pytest.approx(1, abs=0.05)
    assert found[3] == pytest.approx(1.5, abs=0.05)
