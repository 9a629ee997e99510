"""Queries of several parts: further words, pictures and products, with weights, some of them to be unlike."""

from __future__ import annotations

import math
from typing import Any

import pytest
from PIL import Image

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.errors import InvalidRequest, UnknownProduct
from product_search.retrieval import EncoderUnavailable, Example, SearchRequest, encoding, search, similar

from .shelf import DIM, Shelf

EN = SearchScope(language="en")
#: What the axes of these vectors mean.
DRESS, SHOE, FLORAL, PLAIN, RED, BLUE = range(6)


def of(**axes: float) -> list[float]:
    """A unit vector with these shares of each meaning."""
    vector = [0.0] * DIM
    for name, share in axes.items():
        vector[globals()[name.upper()]] = share
    length = math.sqrt(sum(part * part for part in vector))
    return [part / length for part in vector]


@pytest.fixture
def shop(shelf: Shelf) -> dict[str, Product]:
    """Dresses and a shoe. Their names say nothing; a picture shows each."""
    shown = {
        "floral red dress": of(dress=1, floral=0.6, red=0.6),
        "floral blue dress": of(dress=1, floral=0.6, blue=0.6),
        "plain red dress": of(dress=1, plain=0.6, red=0.6),
        "plain blue dress": of(dress=1, plain=0.6, blue=0.6),
        "red shoe": of(shoe=1, red=0.6),
    }
    made = {
        name: shelf.product(f"N{number}", pictures={f"p{number}": vector})
        for number, (name, vector) in enumerate(shown.items())
    }
    shelf.encoder.texts |= {
        "dress": of(dress=1),
        "red": of(red=1, dress=0.3, shoe=0.3),
        "blue": of(blue=1, dress=0.3, shoe=0.3),
        "floral": of(floral=1),
    }
    shelf.encoder.pictures |= {(1, 0, 0): of(dress=1, plain=0.6, red=0.6), (0, 0, 1): of(dress=1, blue=1)}
    shelf.count_words()
    return made


def named(shop: dict[str, Product], answer: Any) -> list[str]:
    names = {product.pk: name for name, product in shop.items()}
    return [names[hit.key] for hit in answer.hits]


def picture(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (8, 8), colour)


def test_this_but_not_floral(shop: dict[str, Product]) -> None:
    liked = Example(product=shop["floral red dress"].pk)
    alike = named(shop, search(SearchRequest(examples=(liked,)), EN))
    assert alike[0] == "floral blue dress"
    without = search(SearchRequest(examples=(liked, Example(words="floral", weight=-1.0))), EN)
    assert named(shop, without)[0] == "plain red dress"
    assert "floral blue dress" not in named(shop, without)[:2]


def test_a_product_that_is_an_example_is_not_found(shop: dict[str, Product]) -> None:
    for weight in (1.0, -0.2):
        examples = (Example(product=shop["red shoe"].pk, weight=weight), Example(picture=picture((1, 0, 0))))
        assert "red shoe" not in named(shop, search(SearchRequest(examples=examples), EN))


def test_less_weight_counts_less(shop: dict[str, Product]) -> None:
    def first(red: float, blue: float) -> str:
        examples = (Example(words="red", weight=red), Example(words="blue", weight=blue))
        found = named(shop, search(SearchRequest("dress", examples=examples), EN))
        return next(name for name in found if name.startswith("plain"))

    assert first(1.0, 0.1) == "plain red dress"
    assert first(0.1, 1.0) == "plain blue dress"


def test_two_pictures_are_one_query(shop: dict[str, Product]) -> None:
    request = SearchRequest(picture=picture((1, 0, 0)), examples=(Example(picture=picture((0, 0, 1))),))
    answer = search(request, EN)
    assert set(named(shop, answer)[:2]) == {"plain red dress", "plain blue dress"}


def test_words_and_a_product_ask_for_a_difference(shop: dict[str, Product]) -> None:
    answer = search(SearchRequest("blue", examples=(Example(product=shop["plain red dress"].pk),)), EN)
    assert named(shop, answer)[0] == "plain blue dress"
    same = similar(shop["plain red dress"].pk, EN, q="blue")
    assert named(shop, same) == named(shop, answer)
    assert (same.facets, same.pages) == ((), 1)


def test_an_example_without_a_picture_counts_by_its_text(shelf: Shelf) -> None:
    first = shelf.product("First", title_vector=of(dress=1))
    second = shelf.product("Second", title_vector=of(dress=1, red=0.3))
    answer = search(SearchRequest(examples=(Example(product=first.pk),)), EN)
    assert [hit.key for hit in answer.hits] == [second.pk]


def test_an_example_that_is_not_indexed_says_so(shelf: Shelf) -> None:
    fresh = shelf.product("Fresh", indexed=False)
    answer = search(SearchRequest(examples=(Example(product=fresh.pk),)), EN)
    assert answer.hits == ()
    assert answer.notices == ("not-indexed: a product to be like or unlike is not indexed yet",)


def test_what_cant_be_seen_is_no_example(shop: dict[str, Product], shelf: Shelf) -> None:
    draft = shelf.product("Draft", published=False, pictures={"d": of(dress=1)})
    for key in (draft.pk, 999_999_999, "no number", "\x00", 10**30):
        with pytest.raises(UnknownProduct):
            search(SearchRequest("dress", examples=(Example(product=key),)), EN)


def test_belonging_does_not_depend_on_other_products(shop: dict[str, Product]) -> None:
    """Hiding all that comes first changes nothing about what comes after."""
    request = SearchRequest("dress", examples=(Example(words="floral", weight=-1.0),))
    before = {hit.key: hit.score for hit in search(request, EN).hits}
    Product.objects.filter(pk=next(iter(before))).update(published=False)
    after = {hit.key: hit.score for hit in search(request, EN).hits}
    assert after == {key: score for key, score in before.items() if key in after}
    assert len(after) == len(before) - 1


def test_without_the_encoder_words_and_products_go_on(
    shop: dict[str, Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(space: Any) -> Any:
        raise encoding._Unavailable("the encoder is not ready")

    monkeypatch.setattr(encoding, "_encoder", late)
    liked = Example(product=shop["floral red dress"].pk)
    answer = search(SearchRequest(examples=(liked, Example(words="unheard", weight=-1.0))), EN)
    assert named(shop, answer)[0] == "floral blue dress"
    assert answer.notices[0].startswith("keywords-only: ")
    with pytest.raises(EncoderUnavailable):
        search(SearchRequest(examples=(Example(words="unheard"),)), EN)


@pytest.mark.parametrize("weight", [math.nan, math.inf, -1.1, 2, "1", None, True])
def test_a_weight_that_is_none_is_refused(shelf: Shelf, weight: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Example(words="red", weight=weight)
    assert refused.value.code == "bad_weight"


def test_an_example_is_one_thing(shelf: Shelf) -> None:
    for given in ({}, {"words": "red", "product": 1}, {"words": "  "}):
        with pytest.raises(InvalidRequest) as refused:
            Example(**given)
        assert refused.value.code == "bad_example"


def test_there_must_be_something_to_be_like(shelf: Shelf) -> None:
    with pytest.raises(InvalidRequest) as refused:
        SearchRequest(examples=(Example(words="floral", weight=-1.0),))
    assert refused.value.code == "nothing_to_be_like"
    with pytest.raises(InvalidRequest) as refused:
        SearchRequest("dress", examples=(Example(words="red"),) * 9)
    assert refused.value.code == "too_many_examples"
    assert SearchRequest(examples=(Example(words="red", weight=0.0),)).browsing
