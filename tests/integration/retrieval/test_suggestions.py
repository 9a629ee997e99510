"""What is offered while somebody types: queries, categories and products, and nothing that leads nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.models import Completion
from product_search.retrieval import InvalidRequest, Suggestions, suggest
from tests.synonyms import add_synonym

from .asking import DE, EN
from .shelf import Shelf


def searched(*queries: str, sessions: int = 9, language: str = "en") -> None:
    """Each of `queries` by so many sessions, the first by one more than the second."""
    for number, query in enumerate(queries):
        more = sessions + len(queries) - number - 1
        Completion.objects.create(query=query, language=language, sessions=more)


def products(text: str, scope: SearchScope = EN, **asked: Any) -> list[str]:
    return [hit.card["title"] for hit in suggest(text, scope, **asked).products]


def categories(text: str, scope: SearchScope = EN) -> list[tuple[str, str, str]]:
    return [(each.facet, each.value, each.label) for each in suggest(text, scope).categories]


def queries(text: str, scope: SearchScope = EN, **asked: Any) -> list[str]:
    return list(suggest(text, scope, **asked).queries)


def test_the_last_word_is_unfinished(shop: Shelf) -> None:
    assert products("sne") == ["Running sneakers", "Canvas sneakers without laces"]
    assert products("runn") == ["Running sneakers"]  # a stem is no beginning of it: run
    assert products("red stri") == ["Red striped mug"]
    assert products("red stripes m") == ["Red striped mug"]  # finished words are compared by their stems
    assert products("stri red") == []
    assert products("SKU00") == products("sku-00")
    assert len(products("sku-00")) == 6
    assert products("SKU0003") == ["Leather boots"]


def test_a_space_finishes_the_last_word(shop: Shelf) -> None:
    assert "Rain boots" in products("ra")
    assert "Rain boots" in products("rain ")
    assert products("ra ") == []
    searched("rain boots")
    assert queries("rain ") == ["rain boots"]
    assert queries("rai ") == []


def test_products_are_the_best_of_their_group_and_the_shops_own_order_decides_between_equals(
    shelf: Shelf,
) -> None:
    mug = shelf.product("Mug", popularity=1)
    shelf.product("Mug, blue", parent=mug, popularity=2)
    shelf.product("Mug", popularity=3, sku="POPULAR")
    shelf.product("A rack", description="for your mugs", popularity=9)
    shelf.gather_words()
    found = suggest("mu", EN).products
    assert [hit.product.sku for hit in found] == ["POPULAR", mug.sku, "SKU0004"]


def test_what_cant_be_seen_is_not_offered(shop: Shelf) -> None:
    shop.product("Sneaky sneakers", published=False, category="secret", brand="hush")
    gone = shop.product("Sneezy sneakers")
    shop.gather_words()
    gone.delete()
    assert products("snea") == ["Running sneakers", "Canvas sneakers without laces"]
    assert products("snee") == products("sneeker")  # no beginning of what may be seen: a slip
    assert categories("secr") == []
    assert categories("hus") == []


def test_categories_and_brands_by_any_of_their_words(shop: Shelf) -> None:
    shop.product("Teapot", brand="nordic living", collections=["winter warmers"])
    shop.gather_words()
    assert categories("nor") == [("brand", "nord", "Nord"), ("brand", "nordic living", "Nordic Living")]
    assert categories("living nord") == [("brand", "nordic living", "Nordic Living")]
    assert categories("warm") == [("collection", "winter warmers", "Winter Warmers")]
    assert categories("mug") == [("category", "kitchen/mugs", "Mugs")]
    assert categories("mugs", DE) == [("category", "kitchen/mugs", "Mugs (de)")]
    assert categories("mugs ") == [("category", "kitchen/mugs", "Mugs")]
    assert categories("mug ") == [("category", "kitchen/mugs", "Mugs")]


def test_a_slip_is_mended_where_nothing_begins_so(shop: Shelf) -> None:
    sneakers = ["Running sneakers", "Canvas sneakers without laces"]
    searched("canvas sneakers")
    for typed in ("snekers", "snae", "snaeke", "sneakrs", "xneak"):
        assert products(typed) == sneakers, typed
        assert queries(typed) == ["canvas sneakers"], typed
    assert products("canvsa sne") == ["Canvas sneakers without laces"]
    assert products("cnvas ") == ["Canvas sneakers without laces"]
    assert products("sna") == []  # three letters may be anything


def test_of_several_words_near_a_slip_those_are_meant_that_a_visible_product_has(shop: Shelf) -> None:
    shop.product("Navy T-Shirt")
    shop.product("Canvas shorts")
    shop.product("Canvaz sheets", published=False)
    shop.product("Canwas shelf", published=False)
    shop.gather_words()
    assert products("canvss shor")[0] == "Canvas shorts"
    assert products("canvaz sne") == ["Canvas sneakers without laces"]  # a draft's word is none
    assert products("canvss lcaes ") == ["Canvas sneakers without laces"]
    assert products("navy t-shrit ") == products("nvay t-shi") == ["Navy T-Shirt"]
    assert products("canvss striped ") == []  # no product has both


def test_words_of_many_texts_come_before_codes_of_one(shop: Shelf) -> None:
    for number in range(20):
        shop.product("Vase", sku=f"MU{number:03d}", popularity=10_000)
    shop.gather_words()
    assert products("mu", limit=20)[:1] == ["Red striped mug"]
    assert products("mu00") == ["Vase"] * 6


def test_queries_by_most_sessions_those_that_begin_so_first(shop: Shelf) -> None:
    searched("striped red mug", "red mug", "blue mugs", "mug red striped", "red mug striped")
    assert queries("red") == ["red mug", "red mug striped", "striped red mug", "mug red striped"]
    assert queries("red m") == ["red mug", "red mug striped", "striped red mug", "mug red striped"]
    assert queries("red", limit=1) == ["red mug"]
    assert queries("red mug") == ["red mug striped", "striped red mug", "mug red striped"], "not itself"
    assert queries("mugs b") == ["blue mugs"]
    assert queries("blue", DE) == []


def test_without_words_what_is_searched_for_most(shop: Shelf) -> None:
    searched("red mug", "leather boots", "zorbling")
    found = suggest("  ", EN)
    assert (found.queries, found.categories, found.products) == (("red mug", "leather boots"), (), ())


@pytest.mark.parametrize("typed", ["???", "-", "\x00", "\ud800"])
def test_signs_are_no_words(shop: Shelf, typed: str) -> None:
    searched("red mug")
    assert suggest(typed, EN).products == ()


def test_a_query_needs_five_sessions(shop: Shelf) -> None:
    searched("red mug", sessions=4)
    assert queries("re") == []
    Completion.objects.update(sessions=5)
    assert queries("re") == ["red mug"]


def test_a_query_needs_an_answer_that_says_all_its_words(shop: Shelf) -> None:
    searched(
        "red boots", "red mug under 10", "red mug under 20", "mugs under 20", "red mug -blue", '"red mug"'
    )
    assert queries("red") == ["red mug under 20"]
    assert queries("mug") == ["mugs under 20", "red mug under 20"]
    searched("red cup")
    assert "red cup" not in queries("red")
    add_synonym("cup", "mug")
    assert "red cup" in queries("red")
    Product.objects.filter(name="Red striped mug").update(published=False)
    assert queries("red") == []


@pytest.mark.parametrize(
    "personal", ["mug jane@example.com", "mug 0170 1234567", "mug 4111 1111 1111 1111", "mug a8f3k2x9q1z7"]
)
def test_a_query_never_looks_like_somebodys(shop: Shelf, personal: str) -> None:
    shop.product(personal)  # even where a product says so
    shop.gather_words()
    searched(personal, sessions=10_000)
    assert queries("mug") == queries(personal[:6]) == queries("") == []


def test_a_query_is_one_row_however_it_is_written(shop: Shelf) -> None:
    searched("  Red   STRIPED  mug ")
    (row,) = Completion.objects.all()
    assert (row.query, row.key) == ("red striped mug", "red striped mug")
    assert row.words == ["mug", "red", "stripe", "striped"]
    assert str(row) == "red striped mug"


def test_scripts_without_spaces(shelf: Shelf) -> None:
    shelf.product("青いトートバッグ", name_de="青いトートバッグ")
    shelf.gather_words()
    searched("トートバッグ")
    assert products("トートバ") == ["青いトートバッグ"]
    assert products("ト") == ["青いトートバッグ"]
    assert queries("トー") == ["トートバッグ"]


def test_words_that_a_text_search_would_trip_over(shop: Shelf) -> None:
    shop.product("Women's mug \\ 'quoted' & | ! :* (x)")
    shop.gather_words()
    searched("women's mug")
    assert "Women's mug \\ 'quoted' & | ! :* (x)" in products("women's m")
    assert queries("women's m") == ["women's mug"]
    for typed in ("'", "''", "\\", "mug:*", "mug & !red", "women' | 'red", "a'; DROP TABLE x; --"):
        suggest(typed, EN)


def test_limits(shop: Shelf) -> None:
    assert len(products("s", limit=2)) == 2
    for limit in (0, 21, -1):
        with pytest.raises(InvalidRequest) as raised:
            suggest("mug", EN, limit=limit)
        assert (raised.value.code, raised.value.parameter) == ("out_of_range", "limit")
    with pytest.raises(InvalidRequest) as raised:
        suggest("x" * 1001, EN)
    assert raised.value.code == "too_long"
    assert suggest("mug " * 30, EN).empty


def test_switched_off_and_before_anything_is_indexed(shelf: Shelf, settings: Any) -> None:
    assert suggest("mug", EN).notices[0].startswith("not-indexed")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    off = suggest("mug", EN)
    assert isinstance(off, Suggestions)
    assert off.notices[0].startswith("disabled")
    assert off.empty


def test_frequent_and_rare_words_give_the_same(shop: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    from product_search.retrieval import suggestions

    for typed in ("sne", "mug", "red str", "b"):
        found = []
        for share in (0.0, 1.0):  # by walking down the keys, and by the index of terms
            monkeypatch.setattr(suggestions, "FREQUENT", share)
            found.append(products(typed))
        assert found[0] == found[1] != []


def test_of_a_groups_equal_members_the_one_that_the_shop_shows_first(shelf: Shelf) -> None:
    for popular in (0, 1, 2):
        mug = shelf.product("Mug", popularity=popular == 0, sku=f"{popular}-0")
        for at in (1, 2):
            shelf.product("Mug", parent=mug, popularity=popular == at, sku=f"{popular}-{at}")
    shelf.gather_words()
    assert [hit.product.sku for hit in suggest("mu", EN).products] == ["0-0", "1-1", "2-2"]
