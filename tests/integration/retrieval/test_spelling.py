"""Misspelt words: what is corrected, what never is, and that no correction tells of what a scope may not see."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import QuerySet

from catalog.models import Product
from product_search.documents import SearchScope

from .asking import DE, ask, chips, corrections, titles
from .shelf import Shelf, ShelfDocument


def test_a_word_that_is_not_sold_becomes_the_one_that_was_meant(shop: Shelf) -> None:
    for written, meant in {
        "sneekers": "sneakers",  # another letter
        "snakers": "sneakers",  # one missing
        "sneakkers": "sneakers",  # one too many
        "snaekers": "sneakers",  # two swapped
        "mugg": "mug",
        "snekares": "sneakers",  # two edits, in eight letters
        "lether": "leather",
        "RNUNING": "running",
    }.items():
        answer = ask(written)
        assert [(each.original, each.corrected) for each in answer.corrections] == [(written, meant)]
        assert answer.corrected == meant
        assert answer.total == ask(meant).total > 0


def test_the_original_is_one_click_away(shop: Shelf) -> None:
    answer = ask("sneekers", spelling=False)
    assert (answer.corrections, answer.corrected, answer.total) == ((), "", 0)


def test_only_the_misspelt_word_changes(shop: Shelf) -> None:
    answer = ask("Red  STRIPD mug under 20")
    assert answer.corrected == "Red striped mug under 20"
    assert titles("Red STRIPD mug under 20") == ["Red striped mug"]


def test_what_is_never_corrected(shop: Shelf) -> None:
    for kept in (
        "mgu",  # three letters
        "lethre",  # two edits, in six letters
        "snk-900x",
        "sneeker5",
        "12345",
        "running sneakers",
        "laces",  # sold, in a description
        "crimson",
    ):
        assert corrections(kept) == [], kept


def test_a_word_of_another_language_of_the_shop_is_no_misspelling(shelf: Shelf) -> None:
    shelf.product("Tassel loafer", name_de="Lederschuh")
    shelf.product("Mug", name_de="Tasse")
    shelf.gather_words()
    assert corrections("Tasse") == []
    assert corrections("Tazsel") == [("Tazsel", "tassel")]
    assert corrections("Tasie", DE) == [("Tasie", "tasse")]


def test_the_likelier_word_is_meant(shelf: Shelf) -> None:
    for name in ("Linen shirt", "Linen trousers", "Linen bag", "Liner", "Rose vase", "Vase", "Case"):
        shelf.product(name)
    shelf.gather_words()
    assert corrections("linem") == [("linem", "linen")]  # n beside m, and more common than liner
    assert corrections("vaase") == [("vaase", "vase")]


def test_a_slip_of_another_inflection_is_one_of_the_word(shop: Shelf) -> None:
    assert corrections("nseaker") == [("nseaker", "sneakers")]  # two edits from what the shop writes
    assert corrections("sloes") == [("sloes", "sole")]  # of "soles", where texts have one alone


def test_the_word_that_goes_with_the_rest_is_meant(shelf: Shelf) -> None:
    for name in ("Coral lamp", "Coral vase", "Coral shelf", "Floral rug"):
        shelf.product(name)
    shelf.gather_words()
    assert corrections("loral rug") == [("loral", "floral")]
    assert corrections("loral vase") == [("loral", "coral")]


def test_of_words_that_go_with_a_part_of_the_rest_the_one_with_more_is_meant(shelf: Shelf) -> None:
    for name in ("Face wash", "Soap", "Ace lamp", "Ace vase"):
        shelf.product(name)
    shelf.gather_words()
    assert corrections("afce") == [("afce", "ace")]
    assert corrections("afce wash soap") == [("afce", "face")]  # no product says all of it


def test_of_two_slips_that_no_product_says_together_the_likelier_is_one(shop: Shelf) -> None:
    assert corrections("lether botos") == [("lether", "leather"), ("botos", "boots")]
    assert corrections("lether mugg") == [("mugg", "mug")]  # there is no mug of leather
    shop.product("Chai", price=3)
    shop.gather_words()
    assert corrections("snekares chains") == [("snekares", "sneakers")]  # chains are something else


def test_nobody_means_a_function_word(shelf: Shelf) -> None:
    for name in ("Gift for her", "Scarf for her", "Heels"):
        shelf.product(name)
    shelf.gather_words()
    assert corrections("hels") == [("hels", "heels")]
    assert corrections("hers") == []


class TwoTenants(ShelfDocument):
    """Each channel sees the products whose SKU begins with its name; filters of a key tell others apart."""

    def visible(self, queryset: QuerySet[Product], scope: SearchScope) -> QuerySet[Product]:
        if scope.filters:
            return queryset.filter(published=True)
        return queryset.filter(published=True, sku__startswith=scope.channel or "none")


@pytest.fixture
def tenants(shelf: Shelf, settings: Any) -> Shelf:
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "DOCUMENT": f"{TwoTenants.__module__}.{TwoTenants.__qualname__}",
    }
    shelf.product("Zorbling lamp", sku="a-1", brand="quixley", category="lights")
    shelf.product("Vexilar lamp", sku="b-1", brand="brumble", category="vexed")
    shelf.product("Lamps, vexilars", sku="b-3", brand="brumble", category="vexed")
    shelf.product("Draftonia lamp", sku="b-2", published=False, brand="hushhush", category="secret")
    shelf.gather_words()
    return shelf


def test_no_correction_tells_of_what_a_scope_may_not_see(tenants: Shelf) -> None:
    a, b = SearchScope(language="en", channel="a"), SearchScope(language="en", channel="b")
    assert corrections("zorblimg", a) == [("zorblimg", "zorbling")]
    assert corrections("zorblimg", b) == []
    assert corrections("vexilarr", b) == [("vexilarr", "vexilar")]
    assert corrections("vexilarr", a) == []
    for scope in (a, b):
        assert corrections("draftonja", scope) == []
    # Another's word is misspelt here, although the vocabulary has it.
    tenants.product("Zorblins lamp", sku="b-4")
    tenants.gather_words()
    assert corrections("zorbling", b) == [("zorbling", "zorblins")]


def test_no_name_tells_of_what_a_scope_may_not_see(tenants: Shelf) -> None:
    a, b = SearchScope(language="en", channel="a"), SearchScope(language="en", channel="b")
    assert chips(ask("quixley lamp", a)) == [("filter", "quixley", "brand", "quixley", "Quixley")]
    for q in ("quixley lamp", "hushhush lamp", "secret lamp", "hushhush", "quixley"):
        assert chips(ask(q, b)) == [], q


def test_corrected_forms_are_written_by_a_visible_product(tenants: Shelf) -> None:
    tenants.product("Vexilared lamp", sku="a-9")
    tenants.gather_words()
    b = SearchScope(language="en", channel="b")
    assert corrections("vexilared", b) == []  # sold: its stem is vexilar's
    assert corrections("vexilarsd", b) == [("vexilarsd", "vexilars")]
