"""Attributes that a query names, by facets and by tags: what they find, and how they order the first hits."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Product
from product_search.documents import Facet
from product_search.models import Tag, TagState
from product_search.retrieval import SearchRequest, differences
from product_search.retrieval.attributes import Attribute
from product_search.retrieval.differences import fit
from product_search.retrieval.telling import told
from product_search.retrieval.why_not import why_not

from .asking import EN, ask, chips, corrections, titles
from .shelf import Shelf, ShelfDocument

NAVY, BLUE = Attribute("colour", ("navy",)), Attribute("colour", ("blue",))


class ColouredDocument(ShelfDocument):
    """A shop that knows the colours of its products."""

    colour = Facet("attributes__colour")


def tagged(product: Product, state: str = TagState.SUGGESTED, sure: float = 0.9, **values: str) -> None:
    for attribute, value in values.items():
        Tag.objects.create(
            product=product.pk, attribute=attribute, value=value, probability=sure, state=state
        )


@pytest.fixture
def shop(shelf: Shelf) -> Shelf:
    """Shirts whose texts say no more than that; of the last nothing is known."""
    tagged(shelf.product("Shirt one"), colour="blue", neck="v-neck")
    tagged(shelf.product("Shirt two"), colour="navy", neck="crew")
    tagged(shelf.product("Shirt three"), TagState.ACCEPTED, colour="navy", neck="v-neck")
    shelf.product("Shirt four")
    shelf.product("Navy blue mug")
    shelf.gather_words()
    return shelf


def test_a_shirt_with_all_that_is_asked_comes_first(shop: Shelf) -> None:
    assert titles("navy shirt, v-neck")[0] == "Shirt three"
    assert titles("blue shirt, v-neck")[0] == "Shirt one"
    assert titles("v-neck shirt")[:2] == ["Shirt three", "Shirt one"]


def test_navy_not_blue(shop: Shelf) -> None:
    answer = ask("shirt: navy, not blue; v-neck")
    assert answer.hits[0].card["title"] == "Shirt three"
    assert ("excluded", "not blue", "blue") in chips(answer)
    blue = next(each for each in answer.understood if each.label == "blue")
    assert blue.instead == "shirt: navy, ; v-neck"
    assert titles("shirt not blue")[-1] == "Shirt one"


def test_what_is_excluded_is_not_there_though_no_text_says_it(shop: Shelf, settings: Any) -> None:
    every = ["Shirt one", "Shirt two", "Shirt three", "Shirt four"]
    assert titles("shirt -blue") == every[1:], "a tag is likely to be right"
    assert titles("shirt without crew") == ["Shirt one", *every[2:]]
    blue = Tag.objects.filter(value="blue")
    blue.update(probability=0.4)
    assert titles("shirt -blue") == [*every[1:], "Shirt one"], "one that is not lets it fall back"
    blue.update(state=TagState.ACCEPTED)
    assert titles("shirt -blue") == every[1:]
    blue.update(probability=0.9, state=TagState.REJECTED)
    assert titles("shirt -blue") == every
    found = why_not(SearchRequest("shirt -navy"), Product.objects.get(name="Shirt two").pk, EN)
    assert (found.step, found.reason) == ("excluded", "It says or is “navy”, which the query excludes.")


def test_what_a_facet_says_is_excluded(shelf: Shelf, settings: Any) -> None:
    document = f"{ColouredDocument.__module__}.{ColouredDocument.__qualname__}"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": document}
    shelf.product("Plain shirt", attributes={"colour": "dark blue"})
    shelf.product("Dark shirt", attributes={"colour": "black"})
    shelf.product("Shirt")
    shelf.gather_words()
    assert set(titles('shirt -"dark blue"')) == {"Dark shirt", "Shirt"}
    assert set(titles("shirt -black")) == {"Plain shirt", "Shirt"}
    assert set(titles("shirt -dark")) == {"Plain shirt", "Shirt"}, "what is named in part is a word"


def test_not_is_a_word_where_no_value_follows(shelf: Shelf) -> None:
    tagged(shelf.product("Do not disturb sign"), colour="blue")
    shelf.product("Sign")
    shelf.gather_words()
    assert titles("not disturb sign") == ["Do not disturb sign"]
    assert chips(ask("not disturb sign")) == []


def test_a_tagged_word_is_said_and_is_no_misspelling(shop: Shelf) -> None:
    """No text has it, and no picture was compared: tags alone say it."""
    assert titles("crew shirt")[0] == "Shirt two"
    assert corrections("crew shirt") == []


def test_who_asks_why_is_told_which_words_tags_say(shop: Shelf) -> None:
    explanation = ask("crew shirt", explain=True).hits[0].explanation
    assert explanation is not None
    assert (explanation.has, explanation.tagged, explanation.lacks) == (("shirt",), ("crew",), ())
    assert told(explanation, {}).reason == "Its texts and tags say every word."
    found = why_not(
        SearchRequest("crew helicopter shirt", spelling=False), Product.objects.get(name="Shirt two").pk, EN
    )
    assert found.details[:3] == ("It lacks: helicopter.", "Its tags say: crew.", "It has: shirt.")


def test_what_was_rejected_is_not_so(shop: Shelf) -> None:
    Tag.objects.filter(value="v-neck", state=TagState.ACCEPTED).update(state=TagState.REJECTED)
    assert titles("v-neck shirt")[0] == "Shirt one"
    Tag.objects.update(state=TagState.REJECTED)
    assert titles("v-neck shirt") == []


def test_tags_of_what_is_not_for_sale_say_nothing(shop: Shelf) -> None:
    tagged(shop.product("Hidden shirt", published=False), neck="quorvex")  # a word that no book knows
    shop.gather_words()
    assert titles("quorvex shirt") == titles("xqzvw shirt")


def test_facets_tell_hits_apart_too(shelf: Shelf, settings: Any) -> None:
    document = f"{ColouredDocument.__module__}.{ColouredDocument.__qualname__}"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": document}
    shelf.product("Blue sky shirt", attributes={"colour": "white"})
    shelf.product(
        "Blue shirt", description="A shirt for every day of the week.", attributes={"colour": "blue"}
    )
    shelf.gather_words()
    assert titles("shirt blue sky")[0] == "Blue sky shirt"
    assert titles("blue shirts for the day")[0] == "Blue shirt"
    assert titles("a shirt in blue") == ["Blue shirt", "Blue sky shirt"]


def test_only_the_first_are_ranked_once_more(shop: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "RERANKED", 2)
    usual = titles("shirt -white")
    assert titles("shirt not blue") == [
        *sorted(usual[:2], key=lambda title: title == "Shirt one"),
        *usual[2:],
    ]


def test_how_well_a_product_fits() -> None:
    known = {"colour": {"navy": 0.8, "white": 0.6}}
    assert fit([NAVY], known) == pytest.approx(0.6)
    assert fit([BLUE], known) == pytest.approx(-0.8)
    assert fit([NAVY, BLUE], {"colour": {"navy": 1.0}}) == pytest.approx(1.0), "both were asked, one is there"
    assert fit([Attribute("colour", ("navy",), wanted=False)], known) == pytest.approx(-0.8)
    assert fit([Attribute("neck", ("crew",))], known) == 0
