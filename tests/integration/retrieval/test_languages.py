"""Shops of other languages than the reference shop's: their plurals, little words, prices, slips and compounds."""

from __future__ import annotations

from typing import Any

import pytest

from product_search.documents import SearchScope
from product_search.retrieval import SearchAnswer, SearchRequest, search

from .shelf import Shelf, ShelfDocument


class European(ShelfDocument):
    """A shop that sells in several languages."""

    class Meta(ShelfDocument.Meta):
        languages = ("fr", "nl", "es", "sv")  # type: ignore[assignment]  # the shop has two


@pytest.fixture
def sold(shelf: Shelf, settings: Any) -> Shelf:
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "DOCUMENT": f"{European.__module__}.{European.__qualname__}",
    }
    return shelf


def found(q: str, language: str) -> SearchAnswer:
    return search(SearchRequest(q, facets=()), SearchScope(language=language))


def titles(q: str, language: str) -> list[str]:
    return sorted(hit.card["title"] for hit in found(q, language).hits)


@pytest.fixture
def french(sold: Shelf) -> Shelf:
    sold.product("Chaussure de course légère", price=60)
    sold.product("Chaussures à lacets", price=90)
    sold.product("Nappe brodée bleue", price=25)
    sold.product("Coussin brodé bleu", price=45)
    sold.product("Chapeau d’été", price=20)
    sold.product("Eau de l’Oréal", price=35)
    sold.gather_words()
    return sold


@pytest.mark.parametrize(
    ("q", "wanted"),
    [
        ("chaussures", ["Chaussure de course légère", "Chaussures à lacets"]),
        ("chaussure", ["Chaussure de course légère", "Chaussures à lacets"]),
        ("brodées", ["Coussin brodé bleu", "Nappe brodée bleue"]),
        ("coussins", ["Coussin brodé bleu"]),
        ("chapeaux pour l'été", ["Chapeau d’été"]),
        ("Oréal", ["Eau de l’Oréal"]),
        ("je cherche un coussin", ["Coussin brodé bleu"]),
        ("chaussures sans lacets", ["Chaussure de course légère"]),
        ("chaussures à moins de 70 €", ["Chaussure de course légère"]),
        ("brodé entre 40 et 50", ["Coussin brodé bleu"]),
    ],
)
def test_french(french: Shelf, q: str, wanted: list[str]) -> None:
    assert titles(q, "fr") == wanted


@pytest.mark.parametrize(
    ("q", "corrected", "title"),
    [
        ("chapaeu", "chapeau", "Chapeau d’été"),
        ("legrée", "légère", "Chaussure de course légère"),
        ("orael", "oréal", "Eau de l’Oréal"),
    ],
)
def test_a_slip_is_mended_with_the_accents_of_the_shop(
    french: Shelf, q: str, corrected: str, title: str
) -> None:
    answer = found(q, "fr")
    assert [hit.card["title"] for hit in answer.hits] == [title]
    assert answer.corrected == corrected
    assert found(corrected, "fr").corrections == ()


def test_dutch_joins_words(sold: Shelf) -> None:
    sold.product("Leren winterjas")
    sold.product("Jas voor de winter")
    sold.product("Rode schoenen zonder veters")
    sold.gather_words()
    assert titles("winterjassen", "nl") == ["Jas voor de winter", "Leren winterjas"]
    assert titles("rood schoen", "nl") == ["Rode schoenen zonder veters"]
    assert titles("ik zoek een jas", "nl") == ["Jas voor de winter"]
    assert titles("schoenen zonder veters", "nl") == ["Rode schoenen zonder veters"], "it says so itself"


def test_spanish_and_swedish(sold: Shelf) -> None:
    sold.product("Zapato rojo de piel", price=40)
    sold.product("Lápices de colores", price=5)
    sold.product("Röd klänning", price=400)
    sold.gather_words()
    assert titles("zapatos rojos", "es") == ["Zapato rojo de piel"]
    assert titles("lapiz", "es") == ["Lápices de colores"]
    assert titles("zapatos por menos de 30", "es") == []
    assert titles("röda klänningar under 500 kr", "sv") == ["Röd klänning"]
    assert titles("jag söker en rod klanning", "sv") == ["Röd klänning"]
