"""Click rates corrected for position rank products as shoppers want them, where raw ones do not."""

from typing import Any

import numpy as np
import pytest

from product_search.learning.clicks import Counts, corrected_rates, position_bias
from tests.acceptance import reports
from tests.shoppers import LOOKS, Shop, tau

SEEDS = (41_000, 41_001, 41_002, 41_003, 41_004)
PRODUCTS = 10


def month(queries: int, visits: int, looks: str, seed: int, *, leaves: float = 0.0) -> dict[str, float]:
    """Kendall's tau with what is wanted, the mean over queries, of raw and of corrected rates."""
    rng = np.random.default_rng(seed)
    shop = Shop.of(queries, PRODUCTS, LOOKS[looks], rng, leaves=leaves)
    shown = shop.month(visits, rng)
    cell = shown.query * PRODUCTS + shown.product
    raw = np.bincount(cell, shown.clicks) / np.bincount(cell, shown.shown)
    counted = Counts(
        shown.query, shown.product, shown.position, shown.shown.astype(float), shown.clicks.astype(float)
    )
    bias = position_bias(counted)
    assert bias.is_known
    rates = corrected_rates(counted, bias)
    corrected = np.full((queries, PRODUCTS), np.nan)
    corrected[rates.query, rates.product] = rates.rate
    return {
        "raw": mean_tau(raw.reshape(queries, PRODUCTS), shop.wanted),
        "corrected": mean_tau(corrected, shop.wanted),
    }


def mean_tau(found: Any, wanted: Any) -> float:
    return float(np.mean([tau(*pair) for pair in zip(found, wanted, strict=True)]))


def test_a_small_shop() -> None:
    found = month(20, 6_000, "fading", SEEDS[0] - 1)
    assert found["corrected"] >= 0.9 > found["raw"]


@pytest.mark.acceptance_size(name="clicks")
def test_clicks() -> None:
    asked = reports.asked("clicks")
    queries, visits = int(asked["queries"]), int(asked["visits_of_a_query"])
    found: dict[str, dict[str, float]] = {}
    for looks in LOOKS:
        months = [month(queries, visits, looks, seed) for seed in SEEDS]
        found[looks] = {
            "raw": float(np.mean([each["raw"] for each in months])),
            "raw_at_most": max(each["raw"] for each in months),
            "corrected": float(np.mean([each["corrected"] for each in months])),
            "corrected_at_least": min(each["corrected"] for each in months),
        }
    # Shoppers whom no position-based model describes: most leave after a click. Measured, not promised.
    others = [month(queries, visits, "fading", seed, leaves=0.7) for seed in SEEDS]
    left = {
        "raw": float(np.mean([each["raw"] for each in others])),
        "corrected": float(np.mean([each["corrected"] for each in others])),
    }
    reports.write_report(
        "clicks",
        sizes={**asked, "seeds": len(SEEDS)},
        seeds={"first": SEEDS[0]},
        result={
            "corrected_at_least": min(each["corrected_at_least"] for each in found.values()),
            "raw_at_most": max(each["raw_at_most"] for each in found.values()),
            "looks": found,
            "leaving_after_a_click": left,
        },
    )
    for each in found.values():
        assert each["corrected_at_least"] >= 0.9 > each["raw_at_most"], found
