"""What is read beside the words, in each language and by signs alone; and what must stay words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_search.documents.fields import Meaning
from product_search.retrieval.grammar import blanked, read
from product_search.retrieval.sayings import SAYINGS

ALL: tuple[Meaning, ...] = ("price", "size", "count")


def said(q: str, language: str = "en") -> list[tuple[str, str]]:
    return [(each.kind, each.value) for each in read(q, language, ALL)]


@pytest.mark.parametrize(
    ("q", "value"),
    [
        ("red mug under 20", "..20"),
        ("mug less than 19.99 red", "..19.99"),
        ("20-40 EUR lamp", "20..40"),
        ("lamp €20 – €40", "20..40"),
        ("from 20 to 40 euros", "20..40"),
        ("mug between 10 and 20", "10..20"),
        ("sofa cheaper than $1,299.50", "..1299.50"),
        ("mug <20€", "..20"),
        ("mug up to 20 €", "..20"),
        ("over 50 vase", "50.."),
        ("at least 5 eur", "5.."),
    ],
)
def test_prices(q: str, value: str) -> None:
    assert said(q) == [("price", value)]


@pytest.mark.parametrize(
    ("q", "value"),
    [
        ("Schuhe unter 50", "..50"),
        ("bis 1.299,00 € Sofa", "..1299.00"),
        ("von 20 bis 40 Euro", "20..40"),
        ("zwischen 20 und 40", "20..40"),
        ("ab 30 € Lampe", "30.."),
        ("günstiger als 10,50", "..10.50"),
        ("über 100 Teppich", "100.."),
        ("Sofa unter 1.500", "..1500"),
    ],
)
def test_german_prices(q: str, value: str) -> None:
    assert said(q, "de") == [("price", value)]


@pytest.mark.parametrize(
    ("language", "q", "found"),
    [
        ("fr", "lampe à moins de 50 €", [("price", "..50")]),
        ("fr", "robe entre 20 et 40", [("price", "20..40")]),
        ("fr", "sous 30 bottes sans lacets", [("price", "..30"), ("excluded", "lacets")]),
        ("fr", "lot de 4 tasses", [("count", "4")]),
        ("fr", "chaussures pointure 42 jusqu’à 80 €", [("size", "42"), ("price", "..80")]),
        ("fr", "photo d'une robe", []),
        ("fr", "photo de robe", [("frame", "photo de")]),
        ("es", "zapatos por menos de 50", [("price", "..50")]),
        ("es", "zapatos sin cordones talla 42", [("excluded", "cordones"), ("size", "42")]),
        ("es", "desde 20 hasta 40 €", [("price", "20..40")]),
        ("es", "más de 100 alfombra", [("price", "100..")]),
        ("it", "scarpe senza lacci sotto i 50", [("excluded", "lacci"), ("price", "..50")]),
        ("it", "tra 20 e 40 borsa", [("price", "20..40")]),
        ("it", "confezione da 6 bicchieri", [("count", "6")]),
        ("it", "vestito taglia M fino a 60 euro", [("size", "m"), ("price", "..60")]),
        ("nl", "schoenen zonder veters onder de 50", [("excluded", "veters"), ("price", "..50")]),
        ("nl", "lamp tussen 20 en 40", [("price", "20..40")]),
        ("nl", "jas maat 42 vanaf 30 €", [("size", "42"), ("price", "30..")]),
        ("pt", "sapatos sem cadarço até 50 €", [("excluded", "cadarço"), ("price", "..50")]),
        ("pt", "conjunto de 4 xícaras abaixo de 30", [("count", "4"), ("price", "..30")]),
        ("sv", "skor utan snören under 500 kr", [("excluded", "snören"), ("price", "..500")]),
        ("sv", "lampa mellan 200 och 400 kr", [("price", "200..400")]),
        ("da", "sko uden snørebånd under 500 kr", [("excluded", "snørebånd"), ("price", "..500")]),
        ("nb", "sko uten lisser under 500 kr", [("excluded", "lisser"), ("price", "..500")]),
        ("no", "bukse størrelse 42 fra 300 kr", [("size", "42"), ("price", "300..")]),
        ("pl", "buty bez sznurówek poniżej 200 zł", [("excluded", "sznurówek"), ("price", "..200")]),
        ("pl", "lampa od 50 do 100 zł", [("price", "50..100")]),
        ("fr", "livraison sous 2 jours", []),
        ("es", "menos de 20 cm", []),
        ("it", "orologio da 40 mm", []),
    ],
)
def test_other_languages_say_it_their_way(language: str, q: str, found: list[tuple[str, str]]) -> None:
    assert said(q, language) == found


@pytest.mark.parametrize(
    "q",
    [
        "lamp under 20 cm",
        "under 20cm",
        "up to 20",
        "over 18 years",
        "20-40",
        "between 40 and 20",
        "20 € to 30 $",
        "under",
        "iphone 12",
        "under 20%",
        "puzzle 500 pieces under",
        "set of many",
        'a 24" monitor, 27" wide',
        "XJ-900 -20",
        "t-shirt",
        "without",
        "blue - red",
        '""',
        '"?!"',
    ],
)
def test_what_is_not_surely_meant_stays_words(q: str) -> None:
    assert [kind for kind, _ in said(q) if kind != "count"] == []


@pytest.mark.parametrize(
    ("q", "language", "found"),
    [
        ('boots "rubber sole" -leather', "en", [("phrase", "rubber sole"), ("excluded", "leather")]),
        ("shoes without any laces", "en", [("excluded", "laces")]),
        ("Schuhe ohne Schnürsenkel", "de", [("excluded", "Schnürsenkel")]),
        ("robe sans manches < 30", "fr", [("excluded", "manches"), ("price", "..30")]),
        ('mug -"hand made"', "en", [("excluded", "hand made")]),
        ("Mug “Dana”", "en", [("phrase", "Dana")]),
        ("Tasse „Dana“", "de", [("phrase", "Dana")]),
        ("set of 4 mugs", "en", [("count", "4")]),
        ("Gläser 6er-Set", "de", [("count", "6")]),
        ("shoe size 42", "en", [("size", "42")]),
        ("Hemd Größe XL", "de", [("size", "xl")]),
        ("chaussures taille 42", "fr", [("size", "42")]),
        ("обувь размер 42", "ru", []),  # whose words nobody wrote down
    ],
)
def test_what_else_is_said(q: str, language: str, found: list[tuple[str, str]]) -> None:
    assert said(q, language) == found


def test_only_what_the_shop_has_is_read() -> None:
    assert read("size 42 under 20", "en", ()) == ()
    assert [each.kind for each in read("size 42 under 20", "en", ALL[:1])] == ["price"]


def test_the_rest_keeps_its_places() -> None:
    q = "Größe 42 Schuhe ohne Schnürsenkel unter 50 €"
    rest = blanked(q, read(q, "de", ALL))
    assert (rest.split(), rest.index("Schuhe"), len(rest)) == (["Schuhe"], q.index("Schuhe"), len(q))


@given(st.text(max_size=300), st.sampled_from([*SAYINGS, "ja", ""]))
def test_any_text_is_read_without_overlaps(q: str, language: str) -> None:
    found = read(q, language, ALL)
    assert all(0 <= each.start < each.end <= len(q) for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(
    st.lists(
        st.sampled_from(
            ["under", "20", "-", "€", "to", "from", "and", "between", '"', "9.9", ",", "<", "-a"]
        ),
        max_size=300,
    )
)
def test_its_own_words_in_any_order_are_read_in_no_time(pieces: list[str]) -> None:
    read(" ".join(pieces), "en", ALL)
    read("".join(pieces), "en", ALL)
