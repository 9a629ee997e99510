from __future__ import annotations

from collections import Counter

from product_search.retrieval.highlights import highlights
from product_search.retrieval.understanding import Query
from product_search.text import terms


def marked(q: str, text: str, language: str = "en", **alternatives: tuple[tuple[str, ...], ...]) -> str:
    """`text` with the places that match `q` in brackets."""
    query = Query(q, language, Counter(terms(q, language)), None, alternatives=alternatives)
    for place in reversed(highlights({"title": text}, set(terms(text, language)), query)):
        assert text[place.start : place.end] == place.words
        text = f"{text[: place.start]}[{place.words}]{text[place.end :]}"
    return text


def test_words_are_marked_where_they_stand_in_whatever_inflection_case_and_accent() -> None:
    assert (
        marked("mug", "Two MUGS, a mug’s lid, and a smug cat") == "Two [MUGS], a [mug’s] lid, and a smug cat"
    )
    assert marked("schussel", "Große Schüssel, Schüsseln", "de") == "Große [Schüssel], [Schüsseln]"
    assert marked("cafe", "Ca\u0301fe\u0301 Latte") == "[Ca\u0301fe\u0301] Latte"


def test_a_code_is_marked_once_however_it_was_written() -> None:
    assert marked("XJ-900", "Case for XJ-900 (black)") == "Case for [XJ-900] (black)"
    assert marked("xj900", "Case for XJ-900") == "Case for [XJ-900]"
    assert marked("900", "Case for XJ-900") == "Case for XJ-[900]"


def test_pairs_of_characters_run_together() -> None:
    assert marked("トートバッグ", "黒いトートバッグです", "ja") == "黒い[トートバッグ]です"


def test_a_way_of_several_words_counts_where_all_of_them_are_there() -> None:
    (compound,) = terms("Sommerkleid", "de")
    ways = {compound: (tuple(terms("Sommer Kleid", "de")),)}
    assert marked("Sommerkleid", "Kleid für den Sommer", "de", **ways) == "[Kleid] für den [Sommer]"
    assert marked("Sommerkleid", "Kleid für den Winter", "de", **ways) == "Kleid für den Winter"


def test_synonyms_are_marked() -> None:
    assert marked("sofa", "A couch for two", sofa=(("couch",),)) == "A [couch] for two"


def test_nothing_is_marked_where_nothing_was_said() -> None:
    assert marked("mug", "A plate") == "A plate"
    assert marked("", "A plate") == "A plate"
    assert marked("mug", "") == ""
