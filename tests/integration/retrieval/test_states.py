"""What a search answers while there is no index, or none is wanted, and which tables and indexes it reads."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.models import Generation, Space
from product_search.retrieval import EncoderUnavailable, SearchRequest, search, similar
from product_search.retrieval.page import counted

from .shelf import Shelf, leaning

EN = SearchScope(language="en")


def test_before_anything_is_indexed_browsing_works_and_a_search_says_why_not(shelf: Shelf) -> None:
    product = shelf.product("Mug", indexed=False)
    Space.objects.all().delete()
    Generation.objects.all().delete()
    assert search(SearchRequest(), EN).total == 1
    answer = search(SearchRequest("mug"), EN)
    assert (answer.total, answer.hits) == (0, ())
    assert answer.notices[0].startswith("not-indexed:")
    assert similar(product.pk, EN).notices[0].startswith("not-indexed:")


def test_without_a_space_words_still_match_words(shelf: Shelf) -> None:
    shelf.product("Mug")
    Space.objects.all().delete()
    answer = search(SearchRequest("mug"), EN)
    assert answer.total == 1
    assert answer.notices == ("keywords-only: no embedding space serves yet",)
    with pytest.raises(EncoderUnavailable):
        search(SearchRequest(picture=Image.new("RGB", (8, 8))), EN)


def test_switched_off_nothing_is_found_and_the_answer_says_so(shelf: Shelf, settings: Any) -> None:
    product = shelf.product("Mug", title_vector=leaning(0, 1.0))
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    for answer in (search(SearchRequest("mug"), EN), search(SearchRequest(), EN), similar(product.pk, EN)):
        assert (answer.total, answer.hits) == (0, ())
        assert answer.notices[0].startswith("disabled:")


def test_an_uncalibrated_space_still_tells_good_from_bad(shelf: Shelf) -> None:
    Space.objects.update(calibration={})
    shelf.encoder.texts |= dict.fromkeys(("red stripes", "red", "stripes"), leaning(0, 1.0))
    shelf.product("Breakfast mug", title_vector=leaning(0, 0.85), pictures={"good": leaning(0, 0.32)})
    shelf.product("Kettle", title_vector=leaning(0, 0.5), pictures={"bad": leaning(0, 0.12)})
    assert [hit.card["title"] for hit in search(SearchRequest("red stripes"), EN).hits] == ["Breakfast mug"]


def test_a_search_asks_few_questions_however_much_it_finds(shelf: Shelf) -> None:
    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            search(SearchRequest("mug", filters={"price": ("1..",)}), EN)
        return len(captured)

    for number in range(10):  # fewer would have it look for what comes near, too
        shelf.product("Mug", category="kitchen/mugs", pictures={f"first {number}": leaning(0, 0.9)})
    questions()  # the first search of a process encodes its words, and asks once more whether the space still serves
    few = questions()
    for number in range(12):
        shelf.product(f"Mug {number}", category="kitchen/mugs", pictures={str(number + 1): leaning(0, 0.9)})
    assert questions() == few <= 25


def test_a_host_that_joins_many_rows_still_gets_every_product_once(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.integration.retrieval.shelf import ShelfDocument

    shelf.product("Mug", collections=["gifts", "new"], category="kitchen/mugs")
    shelf.product("Mug apart", category="kitchen/mugs")

    def visible(self: Any, queryset: Any, scope: SearchScope) -> Any:
        return queryset.filter(collections__slug__in=["gifts", "new"])

    monkeypatch.setattr(ShelfDocument, "visible", visible)
    for q in ("", "mug"):
        answer = search(SearchRequest(q), EN)
        assert (len(answer.hits), answer.total) == (1, 1)
        (collection,) = (facet for facet in answer.facets if facet.name == "collection")
        assert {value.value: value.count for value in collection.values} == {"gifts": 1, "new": 1}


def test_a_host_that_shows_nothing_gets_an_empty_answer(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.integration.retrieval.shelf import ShelfDocument

    product = shelf.product("Mug", category="kitchen/mugs")
    monkeypatch.setattr(ShelfDocument, "visible", lambda self, queryset, scope: queryset.none())
    for q in ("", "mug"):
        answer = search(SearchRequest(q), EN)
        assert (answer.hits, answer.total) == ((), 0)
        assert all(not facet.values and facet.low is None for facet in answer.facets)
    assert Product.objects.filter(pk=product.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_search_looks_at_one_moment(shelf_factory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A price that changes between the count and the page changes neither."""
    import threading

    shelf = shelf_factory()
    product = shelf.product("Mug", price=10)

    def change() -> None:
        Product.objects.filter(pk=product.pk).update(price=99, published=False)
        connection.close()

    def read_while_the_shop_changes(*args: Any, **kwargs: Any) -> Any:
        rows = counted(*args, **kwargs)
        thread = threading.Thread(target=change)
        thread.start()
        thread.join()
        return rows

    monkeypatch.setattr("product_search.retrieval.engine.counted", read_while_the_shop_changes)
    answer = search(SearchRequest("mug"), EN)
    assert answer.total == len(answer.hits) == 1
    assert answer.hits[0].product.price == 10
    assert search(SearchRequest("mug"), EN).total == 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def test_keyword_searches_do_without_torch(shelf: Shelf) -> None:
    loaded = "torch" in sys.modules
    shelf.product("Mug")
    search(SearchRequest("mug"), EN)
    assert ("torch" in sys.modules) == loaded
