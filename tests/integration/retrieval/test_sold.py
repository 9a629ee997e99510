"""How it is found out whether anything sold says some words: by the index, wherever there may be nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from catalog.models import Product
from product_search.documents import SearchScope, document
from product_search.models import Text
from product_search.retrieval.filters import Choices
from product_search.retrieval.sold import Sold

from .shelf import Shelf

EN = SearchScope(language="en")
TEXTS = 6_000


@pytest.fixture
def sold(shelf: Shelf) -> Sold:
    """Every eighth product is of steel and every eighth a mug, and no mug is of steel."""
    Product.objects.bulk_create(
        (
            Product(sku=f"S{n}", slug=f"s{n}", name=f"Thing {n}", price=10, published=True)
            for n in range(TEXTS)
        ),
        batch_size=2_000,
    )
    fields = {"title": "What it is said to be like. " * 20}
    Text.objects.bulk_create(
        (
            Text(
                generation=shelf.generation,
                product=key,
                language="en",
                fields=fields,
                terms=sorted(({0: "steel", 1: "mug"}.get(at % 8, "other"), f"no{at}")),
                frequencies=[1, 1],
                lengths=[2],
            )
            for at, key in enumerate(Product.objects.order_by("pk").values_list("pk", flat=True))
        ),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Sold(Choices.of(document(), EN, {}), shelf.generation, "en")


def plan(question: tuple[str, tuple[Any, ...]]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN SELECT {question[0]}", question[1])
        return "\n".join(line for (line,) in cursor.fetchall())


def test_common_words_that_nothing_has_together_are_looked_up(sold: Sold) -> None:
    for ask in (sold.saying, sold.calling, sold.being):
        question = ask(["steel", "mug"])
        assert sold.hold([question]) == [False]
        assert f"Seq Scan on {Text._meta.db_table}" not in plan(question), ask


def test_a_common_word_outside_of_where_it_is_at_home_is_looked_up(sold: Sold) -> None:
    mugs = "SELECT product FROM product_search_text WHERE terms @> ARRAY['mug'] AND product > %s", (0,)
    question = sold.saying(["mug"], outside=mugs)
    assert sold.hold([question, sold.saying(["steel"], outside=mugs)]) == [False, True]
    assert "CTE" in plan(question)


def test_a_common_word_alone_is_found_at_once(sold: Sold) -> None:
    assert sold.hold([sold.saying(["mug"]), sold.saying(["cup"])]) == [True, False]
