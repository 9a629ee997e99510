"""Words that no product says: those that the model was taught are believed where a picture shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from product_search import encoders
from product_search.documents import SearchScope
from product_search.retrieval import SearchRequest, search

from .shelf import Shelf, leaning

EN = SearchScope(language="en")
#: How near letters that mean nothing came to something when the space was calibrated.
NONSENSE = 0.9


@pytest.fixture
def kettles(shelf: Shelf, tmp_path: Path) -> Shelf:
    """Two kettles of which no text says so, in the space of a model that was taught the word; and a sofa."""
    encoders.write_words(tmp_path, ["kettle", "sofa", "zorbling"])
    shelf.space.name = f"local-dir:{tmp_path}"
    shelf.space.calibration |= {"nonsense": NONSENSE}
    shelf.space.save()
    for number in (1, 2):
        shelf.product(f"X{number}", title_vector=leaning(3, 1.0), pictures={"a": leaning(0, 0.95)})
    shelf.product("Y", title_vector=leaning(3, 1.0), pictures={"a": leaning(1, 1.0)})
    shelf.encoder.texts |= {
        "kettle": leaning(0, 1.0),
        "kettles": leaning(0, 1.0),
        "sofa": leaning(1, 1.0),
        "qwxvkettle": leaning(0, 1.0),
    }
    shelf.count_words()
    return shelf


def titles(q: str) -> set[str]:
    return {hit.card["title"] for hit in search(SearchRequest(q), EN).hits}


@pytest.mark.parametrize("q", ["kettle", "kettles"])
def test_a_word_that_it_was_taught_is_found_by_pictures_in_any_inflection(kettles: Shelf, q: str) -> None:
    assert titles(q) == {"X1", "X2"}


def test_a_slip_of_one_is_mended_though_no_product_says_it(kettles: Shelf) -> None:
    assert titles("ketlte") == {"X1", "X2"}
    assert search(SearchRequest("ketlte"), EN).corrected == "kettle"
    assert titles("sofaa") == {"Y"}
    assert search(SearchRequest("ketlte"), SearchScope(language="de")).corrections == ()  # no German word


def test_a_word_that_names_no_thing_is_told_to_nobody(kettles: Shelf) -> None:
    """The model may know it from products that this shopper can't see."""
    assert search(SearchRequest("zorblinh"), EN).corrections == ()


def test_letters_that_it_was_not_taught_must_be_plainer_than_nonsense(kettles: Shelf) -> None:
    assert titles("qwxvkettle") == set()


def test_a_model_that_says_nothing_of_its_words_is_believed_in_none(kettles: Shelf) -> None:
    kettles.space.name = "ViT-B-32:laion2b_s34b_b79k"
    kettles.space.save()
    assert titles("kettle") == set()
