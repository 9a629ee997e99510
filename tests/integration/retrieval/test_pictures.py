from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from catalog.models import Product
from product_search import encoders
from product_search.calibration import Span
from product_search.documents import SearchScope
from product_search.errors import ProductSearchError
from product_search.models import PictureSpan
from product_search.retrieval import EncoderUnavailable, SearchAnswer, SearchRequest, search, why_not

from .shelf import DIM, Shelf, leaning, unit

EN = SearchScope(language="en")
PHOTO = Image.new("RGB", (8, 8), "red")


@pytest.fixture
def shop(shelf: Shelf) -> Shelf:
    """Axis 0 is the shape of a mug, axis 1 is red; a picture may show both."""
    shelf.encoder.pictures[255, 0, 0] = leaning(0, 1.0)
    shelf.encoder.texts["red"] = leaning(1, 1.0)
    shelf.product(
        "Blue mug", title_vector=unit(1, 0, 1), pictures={"b1": leaning(0, 0.9), "b2": leaning(0, 0.3)}
    )
    shelf.product("Mug", title_vector=unit(1, 1, 1), pictures={"far": leaning(0, 0.1), "r1": unit(1, 1, 0.4)})
    shelf.product("Red shirt", title_vector=unit(0, 1, 1), pictures={"s1": unit(0.1, 1, 0.5)})
    shelf.product("Hidden mug", pictures={"h1": leaning(0, 1.0)}, published=False)
    shelf.product("Untold", pictures={})
    shelf.count_words()
    return shelf


def titles(answer: SearchAnswer) -> list[str]:
    return [hit.card["title"] for hit in answer.hits]


def test_a_picture_finds_products_by_their_best_picture(shop: Shelf) -> None:
    answer = search(SearchRequest(picture=PHOTO), EN)
    assert [(hit.card["title"], hit.picture) for hit in answer.hits] == [("Blue mug", "b1"), ("Mug", "r1")]
    assert set(answer.hits[0].legs) == {"picture-picture", "picture-text"}
    assert answer.hits[0].legs["picture-picture"].raw == pytest.approx(0.9, abs=1e-3)
    assert answer.total == 2
    assert all(value.count <= 2 for facet in answer.facets for value in facet.values)


def test_words_and_picture_both_decide(shop: Shelf) -> None:
    answer = search(SearchRequest("red", picture=PHOTO), EN)
    assert titles(answer)[0] == "Mug"  # the red one, though no word of it says so
    assert "Untold" not in titles(answer)
    assert {"text-picture", "picture-picture"} <= set(answer.hits[0].legs)


def test_a_picture_of_nothing_sold_finds_nothing(shop: Shelf) -> None:
    answer = search(SearchRequest(picture=Image.new("RGB", (8, 8), "green")), EN)
    assert (answer.hits, answer.total) == ((), 0)


def test_a_picture_obeys_filters(shop: Shelf) -> None:
    assert search(SearchRequest(picture=PHOTO, filters={"price": ("..1",)}), EN).total == 0


def test_without_the_encoder_a_picture_alone_is_a_clear_error(
    shop: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ProductSearchError("no weights")

    monkeypatch.setattr(encoders, "get_encoder", fails)
    with pytest.raises(EncoderUnavailable, match=r"manage\.py encoder info"):
        search(SearchRequest(picture=PHOTO), EN)
    answer = search(SearchRequest("red", picture=PHOTO), EN)
    assert titles(answer) == ["Red shirt"]
    assert answer.notices == ("keywords-only: the encoder is not ready",)


def test_an_encoder_that_breaks_on_a_query_costs_its_legs_alone(
    shop: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: object, **kwargs: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(shop.encoder, "encode_texts", breaks)
    answer = search(SearchRequest("shirt"), EN)
    assert titles(answer) == ["Red shirt"]
    assert answer.notices == ("keywords-only: the encoder failed (RuntimeError)",)


def test_of_a_picture_that_lies_where_none_of_the_shops_do_only_itself_is_found(shop: Shelf) -> None:
    """The shop's pictures lie between the first two axes; this one mostly along the fourth, nearest to a mug all the
    same.
    """
    sold = np.eye(DIM, dtype=np.float32)[[0, 1, DIM - 1]]
    centre, axes = Span(np.zeros(DIM, dtype=np.float32), sold, 0.1).as_bytes()
    PictureSpan.objects.create(space=shop.space, centre=centre, axes=axes, level=0.1)
    shop.product("Car", pictures={"c": unit(0.8, 0, 0, 0.6)})
    shop.encoder.pictures[0, 0, 255] = unit(0.8, 0, 0, 0.6)
    shop.encoder.pictures[0, 255, 255] = unit(0.85, 0, 0, 0.53)
    shop.count_words()
    assert titles(search(SearchRequest(picture=PHOTO), EN))[0] == "Blue mug"
    answer = search(SearchRequest(picture=Image.new("RGB", (8, 8), (0, 0, 255))), EN)
    assert (titles(answer), answer.total) == (["Car"], 1)
    forest = Image.new("RGB", (8, 8), (0, 255, 255))
    answer = search(SearchRequest(picture=forest), EN)
    assert answer.total == 0
    assert [notice.partition(":")[0] for notice in answer.notices] == ["unfamiliar-picture"]
    assert search(SearchRequest("red", picture=forest), EN).notices == ()
    mug = Product.objects.get(name="Blue mug")
    assert any(
        "nothing that is sold" in detail
        for detail in why_not(SearchRequest(picture=forest), mug.pk, EN).details
    )
