"""How a range is spread: round buckets that together hold every group, whatever the numbers are."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from catalog.models import Product
from product_search.retrieval import Bucket, FacetCounts, SearchRequest, facets, search

from .asking import EN
from .shelf import Shelf
from .spreading import spread


def priced(*prices: Any) -> None:
    Product.objects.bulk_create(
        Product(sku=f"S{number}", name="Mug", price=price, stock=1) for number, price in enumerate(prices)
    )


def price(q: str = "", **filters: tuple[str, ...]) -> FacetCounts:
    (found,) = search(SearchRequest(q, filters=filters, facets=("price",)), EN).facets
    return found


def spans(counts: FacetCounts) -> list[tuple[str, str, int]]:
    return [(str(bucket.low), str(bucket.high), bucket.count) for bucket in counts.buckets]


def test_buckets_are_round_and_the_last_one_goes_to_the_end(shelf: Shelf) -> None:
    priced("3.50", 12, "12.99", 18, 22, 31, 31, 58, 79, "95.50", 4999)
    assert spans(price()) == [
        ("0", "500", 10), ("500", "1000", 0), ("1000", "1500", 0), ("1500", "2000", 0), ("2000", "2500", 0),
        ("2500", "3000", 0), ("3000", "3500", 0), ("3500", "4000", 0), ("4000", "4500", 0), ("4500", "5000", 1),
    ]  # fmt: skip


def test_a_few_dear_ones_do_not_push_all_others_into_one_bucket(shelf: Shelf) -> None:
    priced(*range(5, 105), 4999, 12000)
    found = spans(price())
    assert found[:2] == [("0", "10", 5), ("10", "20", 10)]
    assert found[-1] == ("100", "12000", 7)
    assert len(found) == 11


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ((), []),
        ((None, None), []),
        ((12,), [("12", "13", 1)]),
        (("12.50", "12.50"), [("12", "13", 2)]),
        ((0, 0, 0), [("0", "1", 3)]),
        ((-5, 5), [(str(low), str(low + 1), int(low in (-5, 5))) for low in range(-5, 6)]),
    ],
)
def test_ends(shelf: Shelf, prices: tuple[Any, ...], expected: list[tuple[str, str, int]]) -> None:
    priced(*prices)
    assert spans(price()) == expected


def test_cents(shelf: Shelf) -> None:
    priced("0.01", "0.02", "0.03")
    found = spans(price())
    assert found[:2] == [("0.01", "0.012", 1), ("0.012", "0.014", 0)]
    assert sum(count for _, _, count in found) == 3


def test_what_is_no_number_counts_for_nothing(shelf: Shelf) -> None:
    priced(5, 10, 15)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET price = 'NaN' WHERE sku = 'S1'")
    found = price()
    assert (found.low, found.high) == (5, 15)
    assert sum(bucket.count for bucket in found.buckets) == 2


def test_its_own_filter_is_lifted_and_no_other(shelf: Shelf) -> None:
    for number in range(10):
        shelf.product(f"Mug {number}", price=10 * number, brand="nord" if number % 2 else "sol")
    shelf.count_words()
    alone = price("mug")
    assert price("mug", price=("20..30",)).buckets == alone.buckets
    nord = price("mug", brand=("nord",))
    assert [bucket.count for bucket in nord.buckets if bucket.count] == [1] * 5


def test_variants_of_one_group_count_once_in_each_bucket(shelf: Shelf) -> None:
    parent = shelf.product("Mug", price=10)
    for amount in (10, 11, 90):
        shelf.product("Mug in red", price=amount, parent=parent)
    shelf.product("Plate", price=100)
    counts = {str(bucket.low): bucket.count for bucket in price().buckets if bucket.count}
    assert counts == {"10": 1, "90": 1, "100": 1}


def test_a_sample_is_counted_for_all(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    priced(*(number % 100 for number in range(1500)), 77777)
    exact = price()
    monkeypatch.setattr(facets, "SAMPLE_FROM", 400)
    sampled = price()
    assert (sampled.low, sampled.high) == (exact.low, exact.high) == (0, 77777), "ends are those of all"
    assert sum(bucket.count for bucket in sampled.buckets) == pytest.approx(1500, rel=0.2)
    assert all(bucket.count % 4 == 0 for bucket in sampled.buckets)
    for one, other in zip(exact.buckets[:-1], sampled.buckets[:-1], strict=True):
        assert other.count == pytest.approx(one.count, rel=0.5)


@pytest.mark.parametrize("seed", range(12))
def test_any_numbers_against_brute_force(shelf: Shelf, seed: int) -> None:
    draw = random.Random(seed)
    scale = 10.0 ** draw.randrange(-1, 5)
    prices = [
        Decimal(str(round(draw.lognormvariate(0, 1.5) * scale, 2))) for _ in range(draw.randrange(1, 60))
    ]
    priced(*prices)
    rows = [{"price": each, "group": number} for number, each in enumerate(prices)]
    found = price().buckets
    assert [(bucket.low, bucket.high, bucket.count) for bucket in found] == spread(rows)
    assert len(found) <= 12
    assert sum(bucket.count for bucket in found) == len(prices)
    assert isinstance(found[0], Bucket)
