"""The one door: filters that a scope carries hold for all that is seen through it, and fail closed."""

from __future__ import annotations

import pytest

from catalog.models import Brand, Category, Product
from product_search.documents import SearchScope, visible_products

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def products() -> None:
    kitchen = Category.objects.create(slug="kitchen", path="kitchen", name="Kitchen")
    mugs = Category.objects.create(slug="mugs", path="kitchen/mugs", name="Mugs", parent=kitchen)
    for number, (brand, category, stock) in enumerate(
        [("acme", mugs, 0), ("acme", kitchen, 5), ("globex", mugs, 5), ("", None, 5)]
    ):
        Product.objects.create(
            sku=f"P{number}",
            name=f"P{number}",
            price=10 * (number + 1),
            currency="EUR",
            stock=stock,
            category=category,
            brand=Brand.objects.get_or_create(slug=brand, name=brand)[0] if brand else None,
        )
    Product.objects.create(
        sku="draft", name="draft", price=10, published=False, brand=Brand.objects.get(slug="acme")
    )


def seen(**filters: tuple[str, ...]) -> list[str]:
    found = visible_products(SearchScope(filters=filters)).order_by("sku")
    return [product.sku for product in found]


@pytest.mark.parametrize(
    ("filters", "skus"),
    [
        ({}, ["P0", "P1", "P2", "P3"]),
        ({"brand": ("acme",)}, ["P0", "P1"]),
        ({"brand": ("acme", "globex")}, ["P0", "P1", "P2"]),
        ({"category": ("kitchen",)}, ["P0", "P1", "P2"]),
        ({"category": ("kitchen/mugs",), "brand": ("acme",)}, ["P0"]),
        ({"in_stock": ("true",), "brand": ("acme",)}, ["P1"]),
        ({"price": ("15..30",)}, ["P1", "P2"]),
        ({"brand": ("nobody",)}, []),
    ],
)
def test_filters_of_a_scope_cut_what_is_visible(filters: dict[str, tuple[str, ...]], skus: list[str]) -> None:
    assert seen(**filters) == skus


@pytest.mark.parametrize(
    "filters",
    [
        {"tenant": ("acme",)},
        {"brand": ("acme",), "tenant": ("acme",)},
        {"brand": ()},
        {"in_stock": ("yes",)},
        {"price": ("cheap",)},
        {"price": ("10..20", "20..30")},
    ],
)
def test_what_cant_be_held_to_shows_nothing(filters: dict[str, tuple[str, ...]]) -> None:
    assert seen(**filters) == []


def test_filters_are_part_of_the_digest() -> None:
    scopes = [
        SearchScope(),
        SearchScope(key="1"),
        SearchScope(filters={"brand": ("acme",)}),
        SearchScope(filters={"brand": ("acme", "globex")}),
        SearchScope(filters={"category": ("acme",)}),
        SearchScope(channel="acme"),
        SearchScope(currency="acme"),
    ]
    assert len({scope.digest() for scope in scopes}) == len(scopes)
    one, other = ({"brand": ("a", "b"), "category": ("c",)}, {"category": ("c",), "brand": ("b", "a")})
    assert SearchScope(filters=one).digest() == SearchScope(filters=other).digest()
