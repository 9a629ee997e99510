from __future__ import annotations

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from product_search import text
from product_search.text import analysis, stemming, tokenising

# With surrogates: a lone one comes in from any JSON body.
ANY_TEXT = st.text(st.characters(), max_size=200)
LANGUAGES = st.sampled_from([*text.STEMMED_LANGUAGES, "de-AT", "et", "ja", ""])


@pytest.mark.parametrize(
    ("written", "language", "expected"),
    [
        ("Red striped Mugs", "en", ["red", "stripe", "mug"]),
        ("Rote gestreifte Becher", "de", ["rot", "gestreift", "bech"]),
        ("women's shoes", "en", ["woman", "shoe"]),
        ("women’s shoes", "en", ["woman", "shoe"]),
        ("L'Oréal", "en", ["loreal"]),
        ("Bookshelves and scarves", "en", ["bookshelf", "and", "scarf"]),
        ("gloves, olives, specimen", "en", ["glove", "oliv", "specimen"]),
        ("Ecksofas", "de", ["ecksofa"]),
        ("XJ-900", "en", ["xj900", "xj", "900"]),
        ("XJ900", "en", ["xj900", "xj", "900"]),
        ("T-Shirts", "en", ["tshirt", "t", "shirt"]),
        ("500ml", "en", ["500ml", "500", "ml"]),
        ("1.5 l", "en", ["1.5", "l"]),
        ("1,5 l", "de", ["1.5", "l"]),
        ("v1.2.3", "en", ["v1.2.3", "v", "1", "2", "3"]),
        ("red,blue", "en", ["red", "blue"]),
        ("10×20cm", "en", ["10x20cm", "10", "x", "20", "cm"]),
        ("10-12", "en", ["10-12", "10", "12"]),
        ("AT&T", "en", ["att", "at", "t"]),
        ("The Who", "en", ["the", "who"]),
        ("\uff2d\uff35\uff27", "en", ["mug"]),
        ("Kaffee\u00adtasse", "et", ["kaffeetasse"]),
        ("赤い傘", "ja", ["赤い", "い傘"]),
        ("傘", "ja", ["傘"]),
        ("ร่ม", "th", ["ร่", "่ม"]),
        ("हिन्दी", "mr", ["हिन्दी"]),
        ("\u0665\u0660\u0660", "ar", ["500"]),
        ("\ud800 a\udfffb \x00", "en", ["a", "b"]),
        ("-- ' . ,", "en", []),
        ("", "en", []),
    ],
)
def test_a_text_becomes_these_terms(written, language, expected):
    assert text.terms(written, language) == expected


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Schüssel", "Schuessel", "de"),
        ("Schüssel", "schussel", "de"),
        ("Schüssel", "SCHU\u0308SSELN", "de"),
        ("große Häuser", "grosse Haeuser", "de"),
        ("grüne", "gruenen", "de"),
        ("neu", "neue", "de"),
        ("Cafés", "cafe", "en"),
        ("Ærø", "aero", "en"),
        ("Łódź", "lodz", "en"),
        ("XJ-900", "xj/900", "en"),
        ("XJ\u2011900", "xj900", "en"),
        ("İstanbul", "istanbul", "en"),
    ],
)
def test_two_spellings_meet(one, other, language):
    assert text.terms(one, language) == text.terms(other, language)


@pytest.mark.parametrize(("one", "other"), [("Israel", "Isral"), ("neue", "nü"), ("й", "и"), ("が", "か")])
def test_folding_keeps_letters_that_differ_apart(one, other):
    assert text.fold(one) != text.fold(other)


def test_a_code_is_found_whole_and_in_parts():
    indexed = set(text.terms("Drill XJ-900 with case", "en"))
    for query in ("XJ900", "xj-900", "XJ 900", "900", "xj"):
        assert set(text.terms(query, "en")) <= indexed, query


def test_tokens_say_where_they_stood():
    written = "Café ﬁne XJ-900, größe"
    assert [(token.text, written[token.start : token.end], token.word) for token in text.tokens(written)] == [
        ("cafe", "Café", 0),
        ("fine", "ﬁne", 1),
        ("xj900", "XJ-900", 2),
        ("xj", "XJ", 2),
        ("900", "900", 2),
        ("grosse", "größe", 3),
    ]


def test_an_endless_word_is_cut():
    (term,) = text.terms("a" * 10_000, "th")
    assert len(term) == tokenising.MAX_TOKEN_LENGTH


@settings(max_examples=300)
@given(ANY_TEXT)
@example("か\u200d\u3099")
@example("ｶﾞ")
@example("\u1100\u1161\u11a8")
@example("ΐ\u0345")
def test_folding_twice_changes_nothing_more(written):
    folded = text.fold(written)
    assert text.fold(folded) == folded
    folded.encode()  # no lone surrogate is left


@settings(max_examples=300)
@given(ANY_TEXT, LANGUAGES)
@example("ｶﾞ", "ja")
def test_any_text_has_bounded_terms_that_folding_does_not_change(written, language):
    found = text.terms(written, language)
    folded = text.fold(written)
    assert found == text.terms(folded, language)
    assert len(found) <= 2 * len(folded)
    assert all(0 < len(term) <= tokenising.MAX_TOKEN_LENGTH for term in found)
    assert not any(character.isspace() for term in found for character in term)
    "".join(found).encode()


@settings(max_examples=200)
@given(ANY_TEXT)
def test_tokens_lie_inside_the_text_and_in_order(written):
    found = text.tokens(written)
    assert all(0 <= token.start < token.end <= len(written) for token in found)
    assert [token.word for token in found] == sorted(token.word for token in found)
    for token in found:
        if token.kind == "bigram":
            assert token.text in text.fold(written)


@given(st.lists(st.sampled_from(["Mug", "Größe", "XJ-900", "1,5", "women's", "傘"]), max_size=6), LANGUAGES)
def test_words_apart_have_the_terms_of_each(words, language):
    assert text.terms(" ".join(words), language) == [
        term for word in words for term in text.terms(word, language)
    ]


@settings(max_examples=500)
@given(st.lists(ANY_TEXT, max_size=4).map(" ".join), LANGUAGES)
@example("a \u0301b \u3099c \u1161\u11a8 d\u00ade \u00ad \u1160f", "en")
@example("1, 5 T -Shirt l' Or\x1ce\u2003al", "en")
def test_words_that_are_kept_have_the_terms_of_the_whole_text(written, language):
    assert text.terms(written, language) == [term for term, _ in analysis.located_terms(written, language)]


def test_threads_that_stem_at_once_agree_with_one_alone():
    words = [
        f"{begin}{end}" for begin in ("walk", "talk", "schön", "haus", "strip") for end in ("ing", "ed", "es")
    ]
    expected = {word: stemming.stem.__wrapped__(word, "en") for word in words}
    shuffled = words * 200
    random.Random(7).shuffle(shuffled)
    with ThreadPoolExecutor(8) as pool:
        # Past the cache: the stemmers themselves are what is on trial.
        found = list(pool.map(lambda word: stemming.stem.__wrapped__(word, "en"), shuffled))
    assert found == [expected[word] for word in shuffled]


def test_the_digest_follows_the_analysis_and_its_libraries(monkeypatch):
    today = text.analysis_digest()
    assert len(today) == 64
    compute = analysis.analysis_digest.__wrapped__
    assert compute() == today
    monkeypatch.setattr(analysis, "VERSION", analysis.VERSION + 1)
    other_version = compute()
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99")
    assert len({today, other_version, compute()}) == 3


def test_the_digest_is_the_same_in_another_process():
    found = subprocess.run(
        [sys.executable, "-c", "from product_search import text; print(text.analysis_digest())"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == text.analysis_digest()
