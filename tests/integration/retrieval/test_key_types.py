"""Products whose keys are not plain integers, or not their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

from catalog.models import Product
from product_search.documents import Facet, SearchScope
from product_search.retrieval import SearchRequest, search, similar, suggest
from product_search.retrieval.page import read_key
from product_search.retrieval.snapshot import KeyIn
from tests.variants.models import GiftCard

from .shelf import Shelf, ShelfDocument, leaning

EN = SearchScope(language="en")


class GiftCardDocument(ShelfDocument):
    """A shop of gift cards alone, which are rows of two tables."""

    face_value = Facet("face_value", kind="range")


def test_a_multi_table_child_is_a_product_like_any_other(shelf: Shelf, settings: Any) -> None:
    shelf.product("Card holder", pictures={"holder": leaning(0, 0.9)})
    first, second = (
        GiftCard.objects.create(sku=f"G{n}", name=f"Gift card {n}", price=n, face_value=n, stock=1)
        for n in (10, 50)
    )
    shelf.write(first, None, {"a": leaning(0, 1.0)})
    shelf.write(second, None, {"b": leaning(0, 0.8)})
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "PRODUCT_MODEL": "variants.GiftCard",
        "DOCUMENT": f"{__name__}.GiftCardDocument",
    }
    answer = search(SearchRequest("card"), EN)
    assert [(hit.key, type(hit.product)) for hit in answer.hits] == [
        (first.pk, GiftCard),
        (second.pk, GiftCard),
    ]
    dear = search(SearchRequest("card", filters={"face_value": ("20..",)}), EN)
    assert [hit.key for hit in dear.hits] == [second.pk]
    assert [hit.key for hit in similar(first.pk, EN).hits] == [second.pk]
    assert search(SearchRequest(), EN).total == 2
    shelf.gather_words()
    suggested = suggest("gift ca", EN).products
    assert [(hit.key, type(hit.product)) for hit in suggested] == [
        (first.pk, GiftCard),
        (second.pk, GiftCard),
    ]


def test_keys_of_text_are_compared_whole(db: None, settings: Any) -> None:
    """Sessions stand in for products with a key of text: 40 characters, of which a cast may cut none."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "PRODUCT_MODEL": "sessions.Session"}
    keys = ["a" * 40, "b", "ü'%,{}\\\""]
    for key in keys:
        Session.objects.create(session_key=key, expire_date=timezone.now() + timedelta(days=1))
    found = Session.objects.filter(KeyIn("pk", [*keys, "a" * 41])).values_list("pk", flat=True)
    assert sorted(found) == sorted(keys)
    assert read_key("007") == "007"


def test_no_keys_are_nothing(shelf: Shelf) -> None:
    product = shelf.product("Mug")
    assert not Product.objects.filter(KeyIn("pk", [])).exists()
    assert Product.objects.filter(KeyIn("pk", [product.pk, 10**18])).count() == 1
    assert read_key(str(product.pk)) == product.pk
