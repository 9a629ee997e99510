"""Words from a title and what is known: short, without what every listener knows, and no two alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from product_search.alt_texts.wording import (
    Fact,
    candidates,
    fitted,
    opens_badly,
    shortened,
    tidy,
    told_apart,
)

RED, STRIPED = Fact("red", "red"), Fact("striped", "striped")
LONG = "Hand-thrown porcelain mug with a wide handle and a foot that stands well on every table of the world"


def test_all_that_is_known_comes_first_and_then_all_but_one() -> None:
    found = candidates("Mug “Dana”", [Fact("mug", "mug"), RED, STRIPED], "en")
    assert [each.text for each in found] == [
        "Mug “Dana”, red, striped",
        "Mug “Dana”, red",
        "Mug “Dana”, striped",
    ]
    assert [each.phrase for each in found] == ["striped red mug", "red mug", "striped mug"]


def test_what_a_title_says_is_not_said_again() -> None:
    found = candidates("Rote Tasse, gestreift", [Fact("rot", "red"), Fact("gestreift", "striped")], "de")
    assert [each.text for each in found] == ["Rote Tasse, gestreift"]


def test_a_compound_says_its_noun_and_tired_is_not_red() -> None:
    assert candidates("Wanduhr Nova", [Fact("Uhr", "clock")], "de")[0].text == "Wanduhr Nova"
    assert candidates("Tired mug", [RED], "en")[0].text == "Tired mug, red"
    assert candidates("Uhrwerk", [Fact("Uhr", "clock")], "de")[0].text == "Uhrwerk, Uhr"


def test_without_a_title_the_facts_stand_alone() -> None:
    assert candidates("", [RED, STRIPED], "en")[0].text == "red, striped"
    assert candidates("", [], "en")[0].text == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Image of a red mug", "Red mug"),
        ("Photo d’une robe rouge", "Robe rouge"),
        ("Image du sac", "Sac"),
        ("Fotografía de unos zapatos", "Unos zapatos"),
        ("Immagine di una borsa", "Borsa"),
        ("Een foto van de jas", "Jas"),
        ("Imagem de uma xícara", "Xícara"),
        ("En bild av en röd klänning", "Röd klänning"),
        ("Photo album", "Photo album"),
        ("Cadre pour photo de famille", "Cadre pour photo de famille"),
        ("A photo of the red mug", "Red mug"),
        ("Product picture: red mug", "Red mug"),
        ("Ein Bild von einer roten Tasse", "Roten Tasse"),
        ("Bild von Tasse", "Tasse"),
        ("Foto: Tasse", "Tasse"),
        ("Bild von einem Foto von Tasse", "Tasse"),
        ("„Bild von“ Tasse", "Tasse"),
        ("Picture frame, red", "Picture frame, red"),
        ("Bilderrahmen", "Bilderrahmen"),
        ("Photo album of wood", "Photo album of wood"),
        ("Imagery of the sea", "Imagery of the sea"),
    ],
)
def test_what_every_listener_knows_is_left_out(text: str, words: str) -> None:
    assert tidy(text).strip("“„ ") == words
    assert not opens_badly(tidy(text))


def test_the_last_words_give_way_then_the_end_of_the_title() -> None:
    assert fitted("Mug", ["red", "striped"], 8) == "Mug, red"
    assert fitted(LONG, ["red"], 40) == "Hand-thrown porcelain mug with a wide…"
    assert shortened("x" * 200, 125) == "x" * 124 + "…"
    assert shortened("Mug, red and", 8) == "Mug…"


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    title=st.text(max_size=200),
    facts=st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=40), max_size=5),
    room=st.integers(60, 125),
)
def test_nothing_is_longer_than_its_room(title: str, facts: list[str], room: int) -> None:
    for each in candidates(title, [Fact(words, words) for words in facts], "en", room=room):
        assert len(each.text) <= room
        assert not opens_badly(each.text)


def test_pictures_that_would_be_called_the_same_are_counted() -> None:
    assert told_apart(["Mug, red"] * 3, [0, 1, 2], 3, "en") == [
        "Mug, red",
        "Mug, red, picture 2 of 3",
        "Mug, red, picture 3 of 3",
    ]
    assert told_apart(["Tasse", "Tasse, rot", "tasse"], [0, 1, 2], 3, "de") == [
        "Tasse",
        "Tasse, rot",
        "tasse, Bild 3 von 3",
    ]


def test_nor_is_one_called_as_the_shop_calls_another() -> None:
    taken = ["Mug", "mug, picture 1 of 2"]
    assert told_apart(["Mug"], [0], 2, "en", taken) == ["Mug, picture 2 of 2"]
    assert told_apart(["", ""], [0, 1], 2, "en") == ["picture 1 of 2", "picture 2 of 2"]


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(["", "Mug", "mug", "x" * 125, "Mug, picture 2 of 3"]), max_size=8))
def test_no_two_are_ever_the_same(texts: list[str]) -> None:
    told = told_apart(texts, list(range(len(texts))), len(texts), "en", ["MUG"])
    assert len({each.casefold() for each in told} | {"mug"}) == len(told) + 1
    assert all(0 < len(each) <= 125 for each in told)
