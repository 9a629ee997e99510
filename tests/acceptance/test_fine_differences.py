"""Of two products that differ in one attribute alone, the one that the query names comes first.

Beside the search stands cosine alone: the query's vector with each picture's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from catalog.models import Product
from product_search import encoders
from product_search.documents import SearchScope
from product_search.retrieval import SearchRequest, search
from product_search.testing import index_now
from tests.acceptance import reports
from tests.acceptance.twins import ATTRIBUTES, Twins, stock, tag, twins

SEED = 90_210
EN = SearchScope(language="en")


def shares(pairs: Sequence[Twins], right_first: Callable[[int], bool]) -> dict[str, float]:
    """In which share of the pairs the right one is first: of all, and by attribute."""
    right = [right_first(number) for number in range(len(pairs))]
    found = {"all": sum(right) / len(right)}
    for attribute in ATTRIBUTES:
        own = [was for was, pair in zip(right, pairs, strict=True) if pair.attribute == attribute]
        found[attribute] = sum(own) / len(own)
    return found


def by_cosine(pairs: Sequence[Twins]) -> dict[str, float]:
    encoder = encoders.get_encoder()
    asked = encoder.encode_texts([pair.query for pair in pairs])
    sides = [encoder.encode_images([pair.pictures[side] for pair in pairs]) for side in (0, 1)]
    right, other = ((asked * side).sum(axis=1) for side in sides)
    return shares(pairs, lambda number: bool(right[number] > other[number]))


def by_search(pairs: Sequence[Twins], products: Sequence[tuple[Product, Product]]) -> dict[str, float]:
    """The twin that is not found comes after the one that is."""

    def right_first(number: int) -> bool:
        answer = search(SearchRequest(pairs[number].query, per_page=100, facets=()), EN)
        order = [hit.key for hit in answer.hits]
        right, other = (product.pk for product in products[number])
        return right in order and (other not in order or order.index(right) < order.index(other))

    return shares(pairs, right_first)


def measured(count: int, seed: int) -> dict[str, Any]:
    pairs = twins(count, seed)
    products = stock(pairs)
    tag(pairs, products, seed)
    index_now()
    return {"cosine": by_cosine(pairs), "search": by_search(pairs, products)}


@pytest.mark.django_db
def test_a_tagged_difference_decides(model_settings, settings, tmp_path):
    settings.PRODUCT_SEARCH, settings.MEDIA_ROOT = model_settings, str(tmp_path / "media")
    found = measured(12, SEED + 1)
    assert found["search"]["all"] >= 0.8
    assert found["search"]["all"] >= found["cosine"]["all"]


@pytest.mark.acceptance_size(name="fine-differences")
@pytest.mark.django_db
def test_fine_differences(model_settings, settings, tmp_path):
    settings.PRODUCT_SEARCH, settings.MEDIA_ROOT = model_settings, str(tmp_path / "media")
    pairs = int(reports.asked("fine-differences")["pairs"])
    found = measured(pairs, SEED)
    reports.write_report("fine-differences", sizes={"pairs": pairs}, seeds={"pairs": SEED}, result=found)
    assert found["search"]["all"] >= 0.85
