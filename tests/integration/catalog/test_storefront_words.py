"""What the results page says of the words: corrections, and what was read from them as more than words."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog.models import Product
from product_search.testing import index_now

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


def test_what_matched_is_marked(client, shop):
    page = client.get("/products/", {"q": "tavola mugs"}).content.decode()

    assert '<span class="tile-title">Blue <mark>Mug</mark></span>' in page
    assert '<p class="quiet"><mark>Tavola</mark></p>' in page
    assert "<mark>" not in client.get("/products/").content.decode()


def write(sku: str, **texts: str) -> None:
    """Change a product's texts and index them."""
    product = Product.objects.get(sku=sku)
    for name, text in texts.items():
        setattr(product, name, text)
    product.save()
    index_now()


def test_words_of_the_description_are_shown_where_the_title_has_none(client, shop):
    text = "A mug that a potter in Höganäs turned by hand, glazed twice and fired for eleven hours at great heat."
    write("M-2", description=text)
    page = client.get("/products/", {"q": "glazed"}).content.decode()

    assert (
        '<p class="quiet">… a potter in Höganäs turned by hand, <mark>glazed</mark> twice and fired' in page
    )


def test_markup_in_what_matched_is_text(client, shop):
    write("M-2", name="<b onclick=x>Azure</b> Mug", description="<script>azure()</script>")
    page = client.get("/products/", {"q": "azure onclick script"}).content.decode()

    assert "&lt;b <mark>onclick</mark>=x&gt;<mark>Azure</mark>&lt;/b&gt; Mug" in page
    assert "<b onclick" not in page
    assert "<script>azure" not in page


def test_a_title_that_changed_since_it_was_indexed_is_not_marked(client, shop):
    Product.objects.filter(sku="M-2").update(name="Cup")
    page = client.get("/products/", {"q": "blue mug"}).content.decode()

    assert '<span class="tile-title">Cup</span>' in page


def test_nothing_found_says_which_words_to_leave_out_that_set_a_filter(client, shop):
    response = client.get("/products/", {"q": "tavola mug under 5", "in_stock": "true"})

    assert titles(response)[:1] != ["Blue Mug"]
    (url,) = links(response, "Without “Price: up to 5”")
    assert parse_qs(urlsplit(url).query) == {"q": ["tavola mug"], "in_stock": ["true"]}
    assert "1 product<" in response.content.decode()
    assert "1 product<" in client.get(url).content.decode()

    response = client.get("/products/", {"q": "tavola mug under 5", "brand": "nordhus"})
    (url,) = links(response, "Without any filter")
    found = client.get(url).content.decode()
    assert "2 products<" in found
    assert parse_qs(urlsplit(url).query)["q"] == ["tavola mug"]
