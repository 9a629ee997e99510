"""What a hit says of itself when it is asked: the places that matched, and why it is there."""

from __future__ import annotations

from typing import Any

import pytest

from product_search.retrieval import Explanation, Hit
from product_search.retrieval.answer import Met
from tests.synonyms import add_synonym

from .asking import DE, ask
from .shelf import Shelf, leaning


def first(q: str, **asked: Any) -> Hit:
    return ask(q, **asked).hits[0]


def places(hit: Hit) -> list[tuple[str, str]]:
    return [(place.field, place.words) for place in hit.highlights or ()]


def because(q: str, **asked: Any) -> Explanation:
    explanation = first(q, explain=True, **asked).explanation
    assert explanation is not None
    return explanation


def test_every_text_says_what_matched_in_it(shop: Shelf) -> None:
    hit = first("running laces", highlight=True)
    assert places(hit) == [("title", "Running"), ("description", "laces")]
    assert [hit.product.name[place.start : place.end] for place in (hit.highlights or ())[:1]] == ["Running"]


def test_corrected_words_and_synonyms_are_places_too(shop: Shelf) -> None:
    assert places(first("sneekers canvas", highlight=True)) == [("title", "Canvas"), ("title", "sneakers")]
    add_synonym("plimsolls", "canvas sneakers", language="en")
    assert places(first("plimsolls", highlight=True)) == [("title", "Canvas"), ("title", "sneakers")]


def test_nobody_who_does_not_ask_is_told(shop: Shelf) -> None:
    hit = first("mug")
    assert hit.highlights is None
    assert hit.explanation is None


def test_only_the_texts_of_the_language_searched_in_are_places(shelf: Shelf) -> None:
    shelf.product("Red mug", name_de="Rote Tasse", description="mug", description_de="Eine Tasse.")
    shelf.gather_words()
    assert places(ask("tasse", DE, highlight=True).hits[0]) == [("title", "Tasse"), ("description", "Tasse")]


def test_the_text_is_the_one_that_is_indexed(shop: Shelf) -> None:
    hit = first("striped mug", highlight=True)
    hit.product.name = "Plain mug"
    hit.product.save()
    again = first("striped mug", highlight=True)
    assert places(again) == [("title", "striped"), ("title", "mug"), ("category_name", "Mugs")]
    assert again.card["title"] == "Plain mug"


def test_browsing_matches_nothing(shop: Shelf) -> None:
    answer = ask("", highlight=True, explain=True)
    assert {hit.highlights for hit in answer.hits} == {()}
    assert {hit.explanation for hit in answer.hits} == {None}


def test_words_that_are_there_and_words_that_are_not(shelf: Shelf) -> None:
    shelf.encoder.texts["red woollen mug"] = leaning(0, 1.0)
    shelf.product("Red mug", title_vector=leaning(0, 0.8), pictures={"a": leaning(0, 0.7)})
    shelf.product("Wool hat", pictures={"b": leaning(0, 0.1)})
    explanation = because("red woollen mug", spelling=False)
    assert (explanation.has, explanation.lacks) == (("red", "mug"), ("woollen",))
    assert explanation.found_by == ("keywords", "text-text", "text-picture")
    assert explanation.floor == 0.5
    assert explanation.margin == pytest.approx(explanation.value - 0.5)
    assert explanation.margin > 0
    hit = first("red woollen mug", spelling=False)
    assert hit.legs["keywords"].rank == hit.legs["text-picture"].rank == 1
    assert hit.legs["text-picture"].raw == pytest.approx(0.7, abs=1e-3)
    assert hit.legs["text-picture"].value == pytest.approx(0.881, abs=1e-2)


def test_a_product_that_only_a_picture_shows_says_so(shelf: Shelf) -> None:
    shelf.encoder.texts["crimson"] = leaning(0, 1.0)
    shelf.product("Mug", pictures={"a": leaning(0, 0.8)})
    explanation = because("crimson")
    assert explanation.found_by == ("text-picture",)
    assert (explanation.has, explanation.lacks) == ((), ("crimson",))


def test_a_title_is_exact(shop: Shelf) -> None:
    assert because("leather boots").exact
    assert not because("leather").exact


def test_conditions_from_words_and_by_hand(shop: Shelf) -> None:
    explanation = because('"rubber sole" -felt under 50', filters={"in_stock": ("true",)})
    assert set(explanation.met) == {
        Met("phrase", "rubber sole"),
        Met("excluded", "felt"),
        Met("filter", "under 50", "price", ("..50",)),
        Met("filter", "", "in_stock", ("true",)),
    }
