"""A visitor who wants results in their taste, and one who never said so: what is kept, shown and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Brand, Product
from catalog.storefront.taste import KEY, MOST
from product_search.testing import index_now

from .test_storefront import links, shop, titles

__all__ = ["shop"]

pytestmark = pytest.mark.django_db
#: Things of the brand that is liked.
OTHERS = ("Cushion", "Blanket", "Vase", "Lamp", "Rug")


def visit(client: Client, product: Product) -> Any:
    answer = client.get(product.get_absolute_url())
    assert answer.status_code == 200
    return answer


def test_nothing_is_kept_of_whoever_did_not_ask_for_it(client: Client, shop: None) -> None:
    page = visit(client, Product.objects.filter(published=True)[0])
    assert "Follow my taste" in page.text
    assert KEY not in client.session


def test_switched_on_views_are_kept_and_switched_off_they_are_forgotten(client: Client, shop: None) -> None:
    one, other = Product.objects.filter(published=True).order_by("pk")[:2]
    back = one.get_absolute_url()
    answer = client.post(reverse("catalog:taste"), {"taste": "on", "back": back})
    assert (answer.status_code, answer.headers["Location"]) == (302, back)
    for product in (one, other, one):
        page = visit(client, product)
    assert client.session[KEY] == [one.pk, other.pk]
    assert "Forget it" in page.text
    client.post(reverse("catalog:taste"), {"taste": "off", "back": back})
    assert KEY not in client.session


def test_no_more_is_kept_than_counts(client: Client, shop: None) -> None:
    client.post(reverse("catalog:taste"), {"taste": "on"})
    session = client.session
    session[KEY] = list(range(10_000, 10_000 + MOST))
    session.save()
    product = Product.objects.filter(published=True)[0]
    visit(client, product)
    assert client.session[KEY][0] == product.pk
    assert len(client.session[KEY]) == MOST


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_one_comes_back_to_the_shop_and_nowhere_else(client: Client, back: str) -> None:
    answer = client.post(reverse("catalog:taste"), {"taste": "on", "back": back})
    assert answer.headers["Location"] == reverse("catalog:results")


def test_results_say_that_they_follow_a_taste_and_are_shown_without_it(
    client: Client, shop: None, settings: Any
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "PERSONAL_WEIGHT": 0.5}
    brand = Brand.objects.create(slug="sol", name="Sol")
    for name in (*OTHERS, "Yellow Mug"):
        Product.objects.create(
            sku=name, slug=name[:3].lower(), name=name, brand=brand, price=9, currency="EUR", stock=3
        )
    index_now()
    usual = titles(client.get(reverse("catalog:results"), {"q": "mug"}))
    client.post(reverse("catalog:taste"), {"taste": "on"})
    for name in OTHERS:
        visit(client, Product.objects.get(name=name))
    page = client.get(reverse("catalog:results"), {"q": "mug"})
    assert titles(page).index("Yellow Mug") <= usual.index("Yellow Mug")
    assert sorted(titles(page)) == sorted(usual)
    (off,) = links(page, "Show it as for everybody")
    without = client.get(off)
    assert titles(without) == usual
    assert "The order follows" not in without.text
