from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from product_search import encoders
from product_search.documents import SearchScope
from product_search.errors import ProductSearchError
from product_search.models import TermFrequency
from product_search.retrieval import SearchRequest, search
from product_search.retrieval.lexical import KEPT_SNAPSHOTS

from .shelf import Shelf, leaning

EN = SearchScope(language="en")


def found(q: str, *, scope: SearchScope = EN, **asked: Any) -> list[str]:
    return [hit.card["title"] for hit in search(SearchRequest(q, **asked), scope).hits]


@pytest.fixture
def mugs(shelf: Shelf) -> Shelf:
    """Titles name the type; one of two colours is told by the pictures alone."""
    shelf.encoder.texts["red striped mug"] = leaning(0, 1.0)
    shelf.product("Plain mug", title_vector=leaning(0, 0.5), pictures={"plain": leaning(0, 0.4)})
    shelf.product("Breakfast mug", title_vector=leaning(0, 0.5), pictures={"red stripes": leaning(0, 0.9)})
    shelf.product("Teapot", title_vector=leaning(0, 0.1), pictures={"tea": leaning(0, 0.2)})
    shelf.product("Red striped mug", sku="RS-900", title_vector=leaning(0, 0.7))
    shelf.product("Morning cup", title_vector=leaning(0, 0.5), pictures={"cup": leaning(0, 0.85)})
    shelf.count_words()
    return shelf


def test_words_lead_and_pictures_order_what_words_leave_open(mugs: Shelf) -> None:
    assert found("red striped mug") == ["Red striped mug", "Breakfast mug", "Morning cup"]


def test_a_hit_names_its_legs_and_its_picture(mugs: Shelf) -> None:
    answer = search(SearchRequest("red striped mug"), EN)
    second = answer.hits[1]
    assert second.picture == "red stripes"
    assert second.legs["text-picture"].rank == 1
    assert second.legs["text-picture"].raw == pytest.approx(0.9, abs=1e-3)
    assert second.legs["text-picture"].value == pytest.approx(0.982, abs=1e-2)
    assert second.legs["text-text"].value == pytest.approx(0.5, abs=1e-2)
    assert 0 < second.legs["keywords"].value < 1
    assert answer.hits[0].picture is None
    assert set(answer.hits[2].legs) == {"text-text", "text-picture"}


def test_a_sku_and_a_whole_title_come_first(mugs: Shelf) -> None:
    assert found("rs-900") == ["Red striped mug"]
    assert found("RS 900") == ["Red striped mug"]
    mugs.encoder.texts["plain mug"] = leaning(0, 1.0)
    assert found("plain mug")[0] == "Plain mug"


def test_a_product_with_all_words_belongs_whatever_the_vectors_say(mugs: Shelf) -> None:
    assert found("teapot") == ["Teapot"]
    assert sorted(found("mug")) == ["Breakfast mug", "Plain mug", "Red striped mug"]


def test_a_word_in_no_title_is_found_by_what_pictures_show(mugs: Shelf) -> None:
    mugs.encoder.texts["crimson"] = leaning(0, 1.0)
    assert set(found("crimson")) == {"Breakfast mug", "Morning cup", "Red striped mug"}


@pytest.mark.parametrize(
    "nonsense", ["qwxv zzkj", "???", "the of and", "'; DROP TABLE catalog_product; --", "%", "\\"]
)
def test_nothing_fits_means_nothing_is_shown(mugs: Shelf, nonsense: str) -> None:
    answer = search(SearchRequest(nonsense), EN)
    assert (answer.hits, answer.total, answer.pages, answer.relation) == ((), 0, 0, "eq")
    assert all(value.count == 0 for facet in answer.facets for value in facet.values)


def test_belonging_does_not_depend_on_filters_or_other_hits(mugs: Shelf) -> None:
    everything = found("red striped mug")
    for name in everything:
        assert name in found("red striped mug", filters={"price": ("10..10",)})
    mugs.product("Red striped mug, large", title_vector=leaning(0, 1.0), pictures={"best": leaning(0, 1.0)})
    assert set(found("red striped mug")) == {*everything, "Red striped mug, large"}


def test_the_scope_decides_the_language(shelf: Shelf) -> None:
    shelf.product("Umbrella", name_de="Regenschirm")
    assert found("Regenschirm", scope=SearchScope(language="de-AT")) == [
        "Regenschirm"
    ]  # its card speaks German
    assert found("Regenschirm") == []
    assert found("umbrella", scope=SearchScope(language="fr")) == ["Umbrella"]


def test_without_word_statistics_every_word_counts_the_same(shelf: Shelf) -> None:
    shelf.product("Blue wool hat")
    shelf.product("Blue hat")
    assert found("blue wool hat") == ["Blue wool hat", "Blue hat"]
    assert found("wool scarf") == ["Blue wool hat"]


def test_how_many_texts_say_a_word_is_read_once_of_a_snapshot(shelf: Shelf) -> None:
    """However many snapshots there were before it."""
    shelf.product("Blue wool hat")
    for _ in range(2 * KEPT_SNAPSHOTS):
        shelf.count_words()
        for read in (1, 0):
            with CaptureQueriesContext(connection) as asked:
                assert found("wool hat") == ["Blue wool hat"]
            assert sum(TermFrequency._meta.db_table in each["sql"] for each in asked) == read


def test_accents_and_case_do_not_matter(shelf: Shelf) -> None:
    shelf.product("Crème brûlée torch")
    assert found("CREME BRULEE") == ["Crème brûlée torch"]
    assert found("cre\u0300me\x00 bru\u0302le\u0301e\ud800") == ["Crème brûlée torch"]


def test_a_missing_encoder_costs_its_legs_and_says_so(mugs: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ProductSearchError("no weights")

    monkeypatch.setattr(encoders, "get_encoder", fails)
    answer = search(SearchRequest("mug"), EN)
    assert answer.total == 3
    assert answer.notices == ("keywords-only: the encoder is not ready",)


def test_an_encoder_of_another_space_is_not_used(mugs: Shelf) -> None:
    mugs.encoder.info = replace(mugs.encoder.info, digest="another")
    answer = search(SearchRequest("mug"), EN)
    assert answer.total == 3
    assert answer.notices == (
        "keywords-only: the model loaded here is not the one that made the serving vectors",
    )


def test_a_query_seen_before_is_not_encoded_again(mugs: Shelf) -> None:
    for _ in range(3):
        found("red striped mug")
    found("red  striped mug")
    assert mugs.encoder.asked == 1


def test_a_saved_product_without_vectors_is_found_by_its_words(mugs: Shelf) -> None:
    mugs.product("Enamel mug", indexed=True)
    assert "Enamel mug" in found("enamel mug")


def test_a_deleted_product_is_gone_at_once(mugs: Shelf) -> None:
    from catalog.models import Product

    Product.objects.get(name="Teapot").delete()
    assert found("teapot") == []
