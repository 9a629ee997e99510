"""Pictures for a text: of what is visible, one of each product, by what the text says of things that are sold."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.errors import InvalidRequest, UnknownProduct
from product_search.retrieval import cover, find_media, rank_pictures

from .shelf import Shelf, leaning

SCOPE = SearchScope(language="en")


@pytest.fixture
def sold(shelf: Shelf) -> Shelf:
    """Two mugs, each with a picture of its own colour and one of something else, and words that the model knows."""
    shelf.product("Red mug", pictures={"red": leaning(0, 0.9), "pair": leaning(5, 0.9)})
    shelf.product("Blue mug", pictures={"dull": leaning(5, 0.9), "blue": leaning(1, 0.9)})
    for words, axis in (("red mug", 0), ("blue mug", 1), ("red mug blue mug", 4)):
        shelf.encoder.texts[words] = leaning(axis, 1.0)
    return shelf


def shown(answer: Any) -> list[str]:
    return [hit.picture.id for hit in answer.hits]


def test_a_passage_finds_what_it_names_and_only_words_of_what_is_sold_count(sold: Shelf) -> None:
    answer = find_media("Autumn is here. We love our blue mug! And you?", SCOPE)
    assert shown(answer) == ["blue"]
    (hit,) = answer.hits
    assert hit.card == {"title": "Blue mug"}
    assert hit.picture.passage == "We love our blue mug!"
    assert hit.picture.value > 0.5


def test_each_product_is_shown_once_by_what_fits_best(sold: Shelf) -> None:
    answer = find_media("A red mug.\nA blue mug.", SCOPE)
    assert sorted(shown(answer)) == ["blue", "red"]
    assert answer.total == 2
    assert shown(find_media("A red mug.\nA blue mug.", SCOPE, limit=1))[0] in ("blue", "red")
    only = find_media("A red mug.\nA blue mug.", SCOPE, filters={"price": ("50..",)})
    assert (only.hits, only.total) == ((), 0)


def test_what_fits_nothing_finds_nothing(sold: Shelf) -> None:
    assert find_media("Rain again.", SCOPE).hits == ()


def test_another_language_of_the_document_is_understood(sold: Shelf) -> None:
    sold.product("Green mug", name_de="Grüne Tasse", pictures={"green": leaning(2, 0.9)})
    sold.encoder.texts["grüne Tasse"] = leaning(2, 1.0)
    assert shown(find_media("Unser Liebling ist eine grüne Tasse.", SCOPE)) == ["green"]


def test_hidden_products_show_nothing_and_lend_no_words(sold: Shelf) -> None:
    Product.objects.filter(name="Blue mug").update(published=False)
    assert shown(find_media("A blue mug.", SCOPE)) == []
    sold.encoder.texts["blue"] = leaning(0, 1.0)
    hidden = find_media("blue.", SCOPE)
    Product.objects.filter(name="Blue mug").delete()
    assert shown(find_media("blue.", SCOPE)) == shown(hidden)


def test_the_cover_is_the_picture_that_shows_it(sold: Shelf) -> None:
    mug = Product.objects.get(name="Blue mug")
    assert [each.id for each in cover(mug.pk, "blue mug", SCOPE).pictures] == ["blue", "dull"]
    Product.objects.update(published=False)
    with pytest.raises(UnknownProduct):
        cover(mug.pk, "blue mug", SCOPE)


def test_before_anything_is_indexed_a_notice_says_so(sold: Shelf) -> None:
    bare = sold.product("Bare")
    assert cover(bare.pk, "red mug", SCOPE).notices[0].startswith("not-indexed")
    sold.space.delete()
    assert find_media("red mug", SCOPE).notices[0].startswith("not-indexed")


def test_given_pictures_are_ranked(sold: Shelf) -> None:
    colours = ((255, 0, 0), (0, 0, 255))
    sold.encoder.pictures = {colours[0]: leaning(0, 0.9), colours[1]: leaning(1, 0.9)}
    pictures = [Image.new("RGB", (8, 8), colour) for colour in colours]
    first, second = rank_pictures(pictures, "Look at our blue mug!", SCOPE)
    assert (first.index, second.index) == (1, 0)
    assert first.value > 0.5 > second.value
    with pytest.raises(InvalidRequest, match="21 pictures"):
        rank_pictures(pictures[:1] * 21, "mug", SCOPE)
