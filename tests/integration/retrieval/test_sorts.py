"""A sort orders what was found and changes nothing else; Python's own sort of the shop's rows is the judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.retrieval import SearchAnswer, SearchRequest, search

from .shelf import Shelf

EN = SearchScope(language="en")
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    """Mugs and plates of every price, some on request, some unrated, every fifth a variant of the one before."""
    made: list[Product] = []
    for number in range(24):
        made.append(
            shelf.product(
                f"{'Mug' if number % 3 else 'Plate'} {number}",
                price=None if number % 7 == 3 else (number * 37) % 11 + 5,
                rating=None if number % 4 == 1 else 3 + number % 3,
                stock=number % 2,
                popularity=number % 5,
                category="kitchen/mugs" if number % 3 else "kitchen/plates",
                parent=made[-1] if number % 5 == 4 and number % 3 == 2 else None,
            )
        )
    for number, product in enumerate(made):
        moment = START + timedelta(days=(number * 7) % 13)
        Product.objects.filter(pk=product.pk).update(created_at=moment)
    shelf.count_words()
    return shelf


def everything(q: str, sort: str = "", **filters: tuple[str, ...]) -> list[SearchAnswer]:
    first = search(SearchRequest(q, sort=sort, filters=filters, per_page=4), EN)
    rest = range(2, first.pages + 1)
    return [
        first,
        *(search(SearchRequest(q, sort=sort, filters=filters, page=page, per_page=4), EN) for page in rest),
    ]


def shown(answers: list[SearchAnswer]) -> list[Any]:
    return [hit.key for answer in answers for hit in answer.hits]


def nothing_last(value: Any, *, falling: bool) -> tuple[bool, Any]:
    return (value is None, 0 if value is None else -value if falling else value)


ORDERS: dict[str, Callable[[Product], Any]] = {
    "price": lambda product: nothing_last(product.price, falling=False),
    "-price": lambda product: nothing_last(product.price, falling=True),
    "newest": lambda product: nothing_last(product.created_at.timestamp(), falling=True),
    "rating": lambda product: nothing_last(product.rating, falling=True),
}


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("q", ["", "mug"])
def test_a_sort_orders_the_same_hits_and_changes_no_count(stocked: Shelf, q: str, sort: str) -> None:
    cases: list[Any] = [{}, {"in_stock": ("true",)}, {"price": ("6..12",)}]
    for filters in cases:
        plain, ordered = everything(q, **filters), everything(q, sort, **filters)

        products = Product.objects.in_bulk(shown(plain))
        judged = sorted(products.values(), key=lambda p: (ORDERS[sort](p), -p.popularity, p.pk))
        assert len(judged) > 4
        assert shown(ordered) == [product.pk for product in judged]
        for before, after in zip(plain, ordered, strict=True):
            assert (after.total, after.relation, after.facets) == (
                before.total,
                before.relation,
                before.facets,
            )


def test_what_does_not_belong_stays_out_however_cheap(stocked: Shelf) -> None:
    stocked.product("Saucer", price=1)
    stocked.count_words()
    assert search(SearchRequest(sort="price"), EN).hits[0].card["title"] == "Saucer"
    assert "Saucer" not in [hit.card["title"] for hit in search(SearchRequest("mug", sort="price"), EN).hits]


def test_the_variant_that_was_meant_stands_for_its_group_in_any_order(shelf: Shelf) -> None:
    dear = shelf.product("Mug in blue", price=30)
    shelf.product("Mug in red", price=40, parent=dear)
    shelf.product("Red mug, plain", price=35)
    shelf.count_words()
    hits = search(SearchRequest("red mug", sort="-price"), EN).hits
    assert [hit.card["title"] for hit in hits] == ["Mug in red", "Red mug, plain"]
