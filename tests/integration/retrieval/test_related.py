"""What is searched for beside a query: others' queries that share its words, and that have an answer here."""

from __future__ import annotations

import sys

import pytest

from catalog.models import Product
from product_search.models import Completion
from product_search.retrieval import InvalidRequest, related

from .asking import DE, EN
from .shelf import Shelf
from .test_suggestions import searched


def test_the_nearest_first_and_of_equals_those_of_most_sessions(shop: Shelf) -> None:
    searched(
        "rubber boots", "leather boots", "rain boots", "boots", "boots of zorbling", "red mug", "sneakers"
    )
    assert related("Rain boot", EN) == ("boots", "rubber boots", "leather boots"), "not itself"
    assert related("boots", EN) == ("rubber boots", "leather boots", "rain boots")
    assert related("boots", EN, limit=1) == ("rubber boots",)
    assert related("boots", DE) == ()
    assert related("zorbling", EN) == related("", EN) == related("???", EN) == ()


def test_a_price_and_the_words_between_relate_nothing(shop: Shelf) -> None:
    searched("mugs under 40", "rain boots under 40", "slippers with a sole", "sneakers with laces")
    assert related("boots under 40", EN) == ("rain boots under 40",)
    assert related("boots with a rubber sole", EN) == ("rain boots under 40", "slippers with a sole")
    assert related("with a", EN) == ()


def test_only_what_may_be_offered(shop: Shelf) -> None:
    searched(
        "rubber boots",
        "zorbling boots",
        "boots 0170 1234567",
        '"rain boots"',
        "boots under 40",
        "boots under 5",
    )
    Completion.objects.create(query="leather boots", language="en", sessions=4)
    assert related("boots", EN) == ("boots under 40", "rubber boots")
    Product.objects.filter(name="Rain boots").update(published=False)
    assert related("boots", EN) == ()


def test_no_model_is_asked(shop: Shelf) -> None:
    searched("rubber boots")
    loaded = "torch" in sys.modules  # by another test of this process
    related("boots", EN)
    assert shop.encoder.asked == 0
    assert ("torch" in sys.modules) == loaded


def test_limits(shop: Shelf) -> None:
    for limit in (0, 21):
        with pytest.raises(InvalidRequest) as raised:
            related("mug", EN, limit=limit)
        assert (raised.value.code, raised.value.parameter) == ("out_of_range", "limit")
    with pytest.raises(InvalidRequest):
        related("mug " * 101, EN)
