"""`v1/recommend`: what to show beside products, in the form of every other answer."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Product
from product_search.retrieval import recommendations

from .conftest import Ask

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def undemanding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of one colour each are not much alike for the encoder without torch."""
    monkeypatch.setattr(recommendations, "LEAST_ALIKE", 0.0)


def ids(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [hit["id"] for hit in response.json()["hits"]]


def refused(response: Any) -> tuple[int, str, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    said = response.json()
    return response.status_code, said["code"], said["parameter"]


def test_hits_have_the_form_of_a_searchs(kept_shop: list[Product], get: Ask) -> None:
    mug = kept_shop[0]
    response = get("recommend", **{"for": mug.pk})
    searched = get("search", q="mug").json()
    answer = response.json()
    assert list(answer) == list(searched)
    assert answer["hits"], "a shop of mugs has others"
    assert set(answer["hits"][0]) == set(searched["hits"][0])
    assert set(answer["hits"][0]["card"]) == set(searched["hits"][0]["card"])
    assert response.headers["Cache-Control"] == "private"
    assert {"Accept-Language", "Cookie"} <= set(response.headers["Vary"].split(", "))
    found = Product.objects.in_bulk(ids(response))
    assert mug.pk not in found
    assert all(product.stock for product in found.values())


def test_a_basket_filters_complements_and_a_limit(kept_shop: list[Product], get: Ask) -> None:
    mug, bowl = kept_shop[0], kept_shop[4]
    basket = f"for={mug.pk}&for={bowl.pk}"
    assert not {mug.pk, bowl.pk} & set(ids(get("recommend", basket)))
    assert len(ids(get("recommend", f"{basket}&limit=1"))) == 1
    sold_out = ids(get("recommend", f"{basket}&filter.in_stock=false"))
    assert sold_out
    assert set(Product.objects.filter(pk__in=sold_out).values_list("stock", flat=True)) == {0}
    beside = ids(get("recommend", f"for={mug.pk}&complements=true&diversity=0&by=look"))
    assert set(beside) == {product.pk for product in kept_shop[4:] if product.stock}
    german = get("recommend", f"for={mug.pk}&complements=true&language=de").json()
    assert german["hits"][0]["card"]["title"].startswith("Schalen")


def test_what_is_hidden_is_unknown_and_passed_over_among_others(kept_shop: list[Product], get: Ask) -> None:
    hidden = kept_shop[1]
    Product.objects.filter(pk=hidden.pk).update(published=False)
    assert refused(get("recommend", **{"for": hidden.pk})) == (404, "unknown_product", "for")
    assert refused(get("recommend", **{"for": 10**30})) == (404, "unknown_product", "for")
    both = ids(get("recommend", f"for={kept_shop[0].pk}&for={hidden.pk}"))
    assert both == ids(get("recommend", **{"for": kept_shop[0].pk}))
    assert hidden.pk not in both


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", (400, "missing_parameter", "for")),
        ("for=", (400, "missing_parameter", "for")),
        ("for=1&by=smell", (400, "bad_value", "by")),
        ("for=1&complements=perhaps", (400, "bad_value", "complements")),
        ("for=1&diversity=2", (400, "out_of_range", "diversity")),
        ("for=1&diversity=nan", (400, "out_of_range", "diversity")),
        ("for=1&limit=0", (400, "out_of_range", "limit")),
        ("for=1&limit=many", (400, "not_a_number", "limit")),
        ("for=1&filter.colour=red", (400, "unknown_filter", "filter.colour")),
        ("for=1&filter.price=cheap", (400, "bad_range", "filter.price")),
        ("for=1&by=look&by=text", (400, "repeated_parameter", "by")),
        ("for=1&q=red", (400, "unknown_parameter", "q")),
        ("&".join(f"for={number}" for number in range(21)), (400, "too_many_products", "for")),
    ],
)
def test_what_cant_be_answered_names_the_parameter(
    kept_shop: list[Product], get: Ask, query: str, problem: tuple[int, str, str]
) -> None:
    query = query.replace("for=1&", f"for={kept_shop[0].pk}&") or "limit=3"
    assert refused(get("recommend", query)) == problem
