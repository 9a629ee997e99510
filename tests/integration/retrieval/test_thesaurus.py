"""Words that no product says: what a thesaurus has near to them is looked for, and says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from product_search.documents import SearchScope
from product_search.retrieval import SearchAnswer, SearchRequest, search
from tests.synonyms import add_synonym

from .shelf import Shelf

EN, DE = SearchScope(language="en"), SearchScope(language="de")


def titles(answer: SearchAnswer) -> list[str]:
    return sorted(hit.card["title"] for hit in answer.hits)


@pytest.fixture
def sold(shelf: Shelf) -> Shelf:
    for name in ("Oak Sofa", "Leather Armchair", "Rain Jacket", "Ankle Boots", "White Sneaker", "Red Mug"):
        shelf.product(name)
    shelf.gather_words()
    return shelf


def find(q: str, scope: SearchScope = EN) -> SearchAnswer:
    return search(SearchRequest(q, facets=()), scope)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("couch", ["Oak Sofa"]),
        ("couches", ["Oak Sofa"]),
        ("oak couch", ["Oak Sofa"]),
        ("anorak", ["Rain Jacket"]),  # is a kind of jacket
        ("footwear", ["Ankle Boots", "White Sneaker"]),  # of which they are kinds
        ("tennis shoes", ["White Sneaker"]),
        ("Recliner", ["Leather Armchair"]),
        ("kilt", []),  # a kind of clothing, as is much else
        ("oak helicopter", []),
        ("marmalade", []),
    ],
)
def test_what_is_near_is_found(sold: Shelf, q: str, found: list[str]) -> None:
    assert titles(find(q)) == found


def test_the_answer_says_what_was_looked_for_instead(sold: Shelf) -> None:
    answer = find("red couch oak")
    (chip,) = answer.understood
    assert (chip.kind, chip.words, chip.label, chip.instead) == ("thesaurus", "couch", "sofa", "red oak")
    assert find("sofa").understood == ()


def test_after_a_correction_chips_stand_where_they_should(sold: Shelf) -> None:
    answer = find("lether recliner")
    assert titles(answer) == ["Leather Armchair"]
    assert answer.corrected == "leather recliner"
    (chip,) = answer.understood
    assert (chip.words, chip.instead) == ("recliner", "leather")


def test_a_slip_that_fits_the_rest_of_the_query_is_likelier(sold: Shelf) -> None:
    sold.product("Iron Stove")
    sold.product("Orange Shirt")
    sold.gather_words()
    assert titles(find("range")) == ["Iron Stove"]  # a kind of stove
    answer = find("range shirt")
    assert (titles(answer), answer.corrected) == (["Orange Shirt"], "orange shirt")
    answer = find("iron range")
    assert (titles(answer), answer.corrected) == (["Iron Stove"], "")


def test_a_word_that_a_product_says_means_what_it_says(sold: Shelf) -> None:
    sold.product("Velvet Couch")
    sold.gather_words()
    answer = find("couch")
    assert titles(answer) == ["Velvet Couch"]
    assert answer.understood == ()


def test_what_a_product_only_tells_of_is_not_what_it_is(sold: Shelf) -> None:
    sold.product("Glass Bottle", description="Comes with a lid, for every kitchen.")
    sold.gather_words()
    assert titles(find("lid")) == ["Glass Bottle"]
    assert titles(find("headgear")) == []  # of which hats and lids are kinds


def test_a_draft_says_nothing(sold: Shelf) -> None:
    sold.product("Velvet Couch", published=False)
    sold.product("Silver Kettledrum", published=False)
    sold.gather_words()
    assert titles(find("couch")) == ["Oak Sofa"]
    answer = find("timpani")  # kettledrums, of which nobody may know
    assert (answer.total, answer.understood) == (0, ())


def test_a_merchant_s_synonym_comes_first(sold: Shelf) -> None:
    add_synonym("couch", "armchair")
    answer = find("couch")
    assert titles(answer) == ["Leather Armchair"]
    assert answer.understood == ()


def test_a_name_of_a_category_is_no_foreign_word(sold: Shelf) -> None:
    sold.product("Velvet Throne", category="couch")
    answer = find("couch")
    assert "thesaurus" not in {chip.kind for chip in answer.understood}


def test_each_of_two_languages_has_its_own(sold: Shelf) -> None:
    assert titles(find("couch", DE)) == []


def test_words_are_taken_as_they_were_typed_for_who_asks_so(sold: Shelf) -> None:
    answer = search(SearchRequest("couch", spelling=False, facets=()), EN)
    assert (answer.total, answer.understood) == (0, ())


def test_it_can_be_turned_off(sold: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "THESAURUS": False}
    answer = find("couch")
    assert (answer.total, answer.understood) == (0, ())


def test_german_has_what_the_shop_made(shelf: Shelf, settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "th_de.dat"
    file.write_text(
        "UTF-8\nturnschuh|1\n-|Turnschuh|Sneaker (ugs., engl.)|Schuhwerk (Oberbegriff)\n"
        "sneaker|1\n-|Turnschuh|Sneaker (ugs., engl.)|Schuhwerk (Oberbegriff)\nschuhwerk|1\n-|Schuhwerk\n",
        encoding="utf-8",
    )
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "THESAURUS_DIR": str(tmp_path)}
    shelf.product("White Sneaker", name_de="Weiße Sneaker")
    shelf.product("Red Mug", name_de="Rote Tasse")
    shelf.gather_words()
    assert titles(find("Turnschuhe", DE)) == []
    call_command("thesaurus", "de", file, verbosity=0)
    answer = find("weiße Turnschuhe", DE)
    assert len(answer.hits) == 1
    (chip,) = answer.understood
    assert (chip.kind, chip.words, chip.label) == ("thesaurus", "Turnschuhe", "sneaker")
    assert len(find("Schuhwerk", DE).hits) == 1
    assert find("Teller", DE).hits == ()


def test_what_was_looked_for_has_its_accents(shelf: Shelf, settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "th_de.dat"
    file.write_text("UTF-8\nnapf|1\n-|Napf|Schüssel\nschüssel|1\n-|Napf|Schüssel\n", encoding="utf-8")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "THESAURUS_DIR": str(tmp_path)}
    call_command("thesaurus", "de", file, verbosity=0)
    shelf.product("Bowl", name_de="Blaue Schüssel")
    shelf.gather_words()
    (chip,) = find("Napf", DE).understood
    assert (chip.words, chip.label) == ("Napf", "schüssel")
    answer = find("Schüsel", DE)
    assert (answer.corrected, len(answer.hits)) == ("schüssel", 1)
