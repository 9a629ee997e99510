"""Products with every word as staff type it, whichever way the database finds them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.retrieval import lookup, rank
from product_search.retrieval.lookup import StaffWords
from product_search.retrieval.serving import Serving
from product_search.retrieval.snapshot import KeyIn
from product_search.testing import index_now

pytestmark = pytest.mark.django_db
USING = "default"


@pytest.fixture
def mugs() -> list[Any]:
    """Keys of the mugs, the newest first; every third product is one."""
    for n in range(30):
        Product.objects.create(sku=f"P{n:02}", name="Red mug" if n % 3 == 0 else "Blue lamp")
    index_now()
    return list(Product.objects.filter(name="Red mug").order_by("-pk").values_list("pk", flat=True))


@pytest.mark.parametrize("frequent", [0.05, 0.9], ids=["walked", "listed"])
@pytest.mark.parametrize("listed", [5, 1000], ids=["by a query", "by an array"])
@pytest.mark.parametrize("words", ["mug", "red mug"])
def test_the_newest_and_all_are_the_same_whichever_way_they_are_found(
    mugs: list[Any], monkeypatch: pytest.MonkeyPatch, words: str, listed: int, frequent: float
) -> None:
    monkeypatch.setattr(lookup, "LISTED", listed)
    monkeypatch.setattr(lookup, "FREQUENT", frequent)
    said = StaffWords.of(words, None, Serving.now("en", using=USING), unfinished=False, using=USING)
    with transaction.atomic():
        found = said.complete(3)
        with found.settings(USING):
            every = Product.objects.filter(KeyIn("pk", (), found.rows))
            assert sorted(every.values_list("pk", flat=True), reverse=True) == mugs
    walked = words == "mug" and frequent < 0.3
    assert isinstance(found.rows, str) != (walked or listed < len(mugs)), "the way that this case is about"
    if walked or listed > len(mugs):
        assert list(found.newest) == mugs[:3]
    else:
        assert len(found.newest) == 3
        assert set(found.newest) <= set(mugs)


def test_a_frequent_word_among_few_products_is_looked_for_among_those(mugs: list[Any]) -> None:
    """Walking down the keys would pass by all that a filter of the list leaves out."""
    few = Product.objects.filter(pk__in=mugs[-2:])
    ranking = rank(few, SearchScope(language="en"), words="mug")
    assert ranking is not None
    assert ranking.complete is not None
    assert isinstance(ranking.complete.rows, str)
    assert list(ranking.sorted(few).values_list("pk", flat=True)[:2]) == list(ranking.best[:2])
    assert set(ranking.complete.newest) == set(mugs[-2:])


def test_keys_of_a_query_are_found_beside_those_that_are_named(mugs: list[Any]) -> None:
    lamp = Product.objects.filter(name="Blue lamp").latest("pk")
    found = Product.objects.filter(
        KeyIn("pk", [lamp.pk], Product.objects.filter(name="Red mug").values("pk"))
    )
    assert set(found.values_list("pk", flat=True)) == {lamp.pk, *mugs}
