"""Related searches, as the server renders them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from product_search.models import Completion

from .test_storefront import links, shop, titles

__all__ = ["shop"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def searched() -> None:
    for language, queries in {"en": ("blue mug", "red mug", "zorbling mug"), "de": ("blaue tasse",)}.items():
        for query in queries:
            Completion.objects.create(query=query, language=language, sessions=9)


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
