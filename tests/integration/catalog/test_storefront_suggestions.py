"""The options of the search box, and searches that are related, as the server renders them."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog.models import Product
from product_search.models import Completion

from .test_storefront import links, shop, titles

__all__ = ["shop"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def searched() -> None:
    for language, queries in {"en": ("blue mug", "red mug", "zorbling mug"), "de": ("blaue tasse",)}.items():
        for query in queries:
            Completion.objects.create(query=query, language=language, sessions=9)


def options(response) -> list[tuple[str, str]]:
    """What each option says, and where it leads."""
    found = re.findall(
        r'<a class="suggested[^>]*role="option"[^>]*href="([^"]*)"[^>]*>(.*?)</a>',
        response.content.decode(),
        re.DOTALL,
    )
    return [(" ".join(re.sub(r"<[^>]*>", " ", inner).split()), url) for url, inner in found]


def test_queries_categories_and_products_each_with_its_address(client, shop):
    response = client.get("/suggestions/", {"q": "mu"})

    red, green = Product.objects.get(sku="M-1"), Product.objects.get(sku="M-1-G")
    blue = Product.objects.get(sku="M-2")
    assert dict(options(response)[:3]) == {
        "blue mug": "/products/?q=blue+mug",
        "red mug": "/products/?q=red+mug",
        "Mugs Category": "/products/kitchen/mugs/",
    }
    products = dict(options(response)[3:])
    assert products["Blue Mug €12.00"] == blue.get_absolute_url()
    assert set(products.values()) < {each.get_absolute_url() for each in (red, green, blue)}
    assert len(products) == 2, "variants are one"
    assert response.content.decode().count("<img ") == 2
    assert 'data-count="5 suggestions"' in response.content.decode()
    assert "Hidden" not in response.content.decode()
    assert "zorbling" not in response.content.decode()


def test_every_option_leads_somewhere(client, shop):
    for q in ("", "mu", "tav", "pla"):
        for _, url in options(client.get("/suggestions/", {"q": q})):
            response = client.get(url)
            assert response.status_code == 200
            assert "/product/" in url or titles(response), url


def test_in_german(client, shop):
    response = client.get("/suggestions/", {"q": "tass"}, headers={"accept-language": "de"})

    assert [label for label, _ in options(response)][:2] == ["blaue tasse", "Tassen Kategorie"]
    page = response.content.decode()
    assert "Suchen</div>" in page
    assert "Kategorien</div>" in page
    assert 'data-count="4 Vorschläge"' in page


@pytest.mark.parametrize("q", ["", "   ", "q" * 2000, "word " * 200, "<script>", "\x00", "' OR 1=1"])
def test_what_has_no_suggestions_is_an_empty_list(client, shop, q):
    Completion.objects.all().delete()
    response = client.get("/suggestions/", {"q": q})

    assert response.status_code == 200
    assert options(response) == []


def test_no_shared_cache_keeps_them(client, shop):
    response = client.get("/suggestions/", {"q": "mu"})

    assert "private" in response["Cache-Control"]
    assert {"Accept-Language", "Cookie"} <= {each.strip() for each in response["Vary"].split(",")}
    assert client.post("/suggestions/", {"q": "mu"}).status_code == 405


def test_markup_in_a_query_is_text(client, shop):
    Product.objects.filter(sku="M-2").update(name="Mug <b>x</b>")
    Completion.objects.create(query='mug "><script>x</script>', language="en", sessions=9)
    page = client.get("/suggestions/", {"q": "mug"}).content.decode()

    assert "<b>x" not in page
    assert "<script>" not in page


def test_related_searches_below_the_results_and_where_nothing_is_found(client, shop):
    response = client.get("/products/", {"q": "Blue  MUG"})
    assert [parse_qs(urlsplit(url).query)["q"] for url in links(response, "red mug")] == [["red mug"]]
    assert links(response, "blue mug") == []
    nothing = client.get("/products/", {"q": "blue mug", "price": "5000.."})
    assert titles(nothing)[:1] != ["Blue Mug"] or "Nothing found" in nothing.content.decode()
    assert len(links(nothing, "red mug")) == 1
    assert "Related searches" not in client.get("/products/").content.decode()
    assert "Related searches" not in client.get("/products/", {"q": "plate"}).content.decode()


def test_related_to_the_words_as_they_were_corrected(client, shop):
    Completion.objects.create(query="plate", language="en", sessions=9)
    Completion.objects.create(query="plates", language="en", sessions=9)
    Completion.objects.create(query="nordhus plate", language="en", sessions=9)
    assert len(links(client.get("/products/", {"q": "plaet"}), "nordhus plate")) == 1
