"""Contact details by their form, and a policy's words in any inflection."""

from __future__ import annotations

import pytest

from product_search.moderation.texts import contact_in, sought, word_in


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("Mug, call +49 170 1234567 now", "call +49 170 1234567"),
        ("Tasse. Tel. 0170/1234567", "Tel. 0170/1234567"),
        ("WhatsApp me: 555 123 4567", "WhatsApp me: 555 123 4567"),
        ("order at (212) 555-0199", "(212) 555-0199"),
        ("write to anna.b@example.com please", "anna.b@example.com"),
        ("anna (at) example (dot) com", "anna (at) example (dot) com"),
        ("anna [ät] beispiel [punkt] de", "anna [ät] beispiel [punkt] de"),
        ("cheaper at www.other-shop.example", "www.other-shop.example"),
        ("see https://other.example/mug?x=1", "https://other.example/mug?x=1"),
        ("find us on othershop.com/mugs", "othershop.com/mugs"),
        ("chat: t.me/othershop", "t.me/othershop"),
        ("0170 1234567 ruf an", "0170 1234567"),
    ],
)
def test_contact_details_are_found_as_they_are_written(text: str, contact: str) -> None:
    assert contact_in(text) == contact


@pytest.mark.parametrize(
    "text",
    [
        "A mug for every day, 330 ml, 8.5 x 9.5 cm",
        "XJ-900-2025",
        "0221-334455",
        "4006381333931",
        "0040 0638 1333 93",
        "Set of 4, from 12,99 to 1.299,00 EUR",
        "Delivered 24/7 since 1998-2024",
        "Fits sizes 36/38/40/42 and 44-46",
        "Model 100-200-3000 with 5.1.2 sound",
        "Nice.It fits. Schön.Der Becher hält warm.",
        "Ratio 16:9, 1920 x 1080 pixels, 0.5-1.5 kg",
        "Ringtone: bell. Call it a day.",
        "",
    ],
)
def test_what_a_shop_writes_of_its_products_is_none(text: str) -> None:
    assert contact_in(text) == ""


def test_words_are_found_in_any_inflection_and_phrases_in_their_order() -> None:
    words = ("candle", "replica watch")
    of = sought(words, "en")
    assert word_in({"title": "Two scented Candles"}, of) == "candle"
    assert word_in({"title": "Lamp", "description": "replica watches"}, of) == "replica watch"
    assert word_in({"title": "A watch, no replica"}, of) == ""
    assert word_in({"title": "Candlestick"}, of) == ""


def test_a_word_that_begins_with_a_star_is_the_end_of_many() -> None:
    words = ("*anleitung", "size chart")
    of = sought(words, "de")
    for title in ("Becher, Aufbauanleitungen", "Anleitung", "Pflege-Anleitung"):
        assert word_in({"title": title}, of) == "*anleitung", title
    assert word_in({"title": "Becher mit Leitungswasser"}, of) == ""
    assert word_in({"title": "*anleitungsheft"}, of) == ""
    assert word_in({"title": "Size charts"}, sought(words, "en")) == "size chart"
