"""What the results page says of the words: corrections, and what was read from them as more than words."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from .test_storefront import links, shop, titles

__all__ = ["shop"]

pytestmark = pytest.mark.django_db


def test_a_misspelt_word_is_corrected_and_the_original_one_click_away(client, shop):
    response = client.get("/products/", {"q": "plaet"})

    assert titles(response) == ["Plate"]
    assert "Showing results for <strong>plate</strong>." in response.content.decode()
    (url,) = links(response, "Search instead for “plaet”")
    original = client.get(url)
    assert "Showing results for" not in original.content.decode()
    assert 'value="plaet"' in original.content.decode()


def test_corrections_speak_german(client, shop):
    page = client.get("/products/", {"q": "Telller"}, headers={"accept-language": "de"}).content.decode()

    assert "Ergebnisse für <strong>teller</strong>." in page
    assert "Stattdessen nach „Telller“ suchen" in page


def test_what_was_read_from_the_words_is_a_chip_to_remove(client, shop):
    response = client.get("/products/", {"q": "tavola mug under 13"})

    assert titles(response) == ["Blue Mug"]
    (price,) = links(response, "Price: up to 13")
    assert parse_qs(urlsplit(price).query) == {"q": ["tavola mug under 13"], "plain": ["price"]}
    assert links(client.get(price), "Price: up to 13") == []
    assert re.search(r'id="price_to" name="price_to" value="13"', response.content.decode())

    response = client.get("/products/", {"q": "mug -blue"})
    assert "Blue Mug" not in titles(response)
    (url,) = links(response, "Without: blue")
    assert parse_qs(urlsplit(url).query) == {"q": ["mug"]}
    assert "Blue Mug" in titles(client.get(url))


def test_markup_in_a_corrected_query_is_text(client, shop):
    page = client.get("/products/", {"q": "plaet <script>x</script>"}).content.decode()

    assert "<script>x" not in page
    assert "<strong>plate &lt;script&gt;x&lt;/script&gt;</strong>" in page
