"""Tags as a facet: what a declaration may say, and what people call its values."""

from __future__ import annotations

from typing import Any

import pytest

from product_search.documents import SearchScope, TagFacet
from product_search.errors import ImproperDocument
from product_search.models import Attribute, AttributeValue, Tag
from product_search.retrieval import SearchRequest, facets, search
from tests.integration.retrieval.conftest import shelf, shelf_factory
from tests.integration.retrieval.shelf import Shelf, ShelfDocument

__all__ = ["shelf", "shelf_factory"]


def tag(product: Any, attribute: str, value: str, state: str = "accepted") -> None:
    Tag.objects.create(product=product.pk, attribute=attribute, value=value, probability=0.9, state=state)


def counted(name: str, language: str = "en", **asked: Any) -> list[tuple[str, str, int, bool]]:
    answer = search(SearchRequest(**asked), SearchScope(language=language))
    (facet,) = (each for each in answer.facets if each.name == name)
    return [(each.value, each.label, each.count, each.chosen) for each in facet.values]


@pytest.fixture
def chairs(shelf: Shelf) -> Shelf:
    style = Attribute.objects.create(name="style")
    for value, label, german in (("old", "Old", "Alt"), ("old/rustic", "", "Rustikal"), ("new", "", "")):
        translations = {"de": german} if german else {}
        AttributeValue.objects.create(attribute=style, value=value, label=label, translations=translations)
    tag(shelf.product("Chair one"), "style", "old/rustic")
    tag(shelf.product("Chair two"), "style", "old")
    tag(shelf.product("Chair three"), "style", "new", "suggested")
    tag(shelf.product("Chair four", published=False), "style", "new")
    tag(shelf.product("Chair five"), "mood", "calm", "suggested")
    shelf.gather_words()
    return shelf


def test_accepted_tags_count_by_their_names_in_each_language(chairs: Shelf) -> None:
    assert counted("style") == [("old", "Old", 2, False), ("old/rustic", "rustic", 1, False)]
    assert counted("style", "de") == [("old", "Alt", 2, False), ("old/rustic", "Rustikal", 1, False)]
    assert counted("mood") == [("calm", "calm", 1, False)]


@pytest.mark.parametrize("q", ["", "chair"])
def test_a_chosen_branch_takes_all_below_it(chairs: Shelf, q: str) -> None:
    answer = search(SearchRequest(q, filters={"style": ("old",)}), SearchScope(language="en"))
    assert {hit.card["title"] for hit in answer.hits} == {"Chair one", "Chair two"}
    assert counted("style", q=q, filters={"style": ("old/rustic",)}) == [
        ("old", "Old", 2, False),
        ("old/rustic", "rustic", 1, True),
    ]


@pytest.mark.parametrize("q", ["", "chair"])
def test_a_product_with_a_branch_and_what_lies_below_it_counts_once(chairs: Shelf, q: str) -> None:
    tag(chairs.product("Chair six"), "style", "old/rustic")
    tag(chairs.product("Chair seven"), "style", "new")
    before = counted("style", q=q)
    both = chairs.product("Chair eight")
    tag(both, "style", "old")
    tag(both, "style", "old/rustic")
    chairs.gather_words()
    assert dict(row[::2] for row in counted("style", q=q)) == {
        value: count + (value != "new") for value, _, count, _ in before
    }


def test_a_name_of_the_vocabulary_is_understood_in_its_language(chairs: Shelf) -> None:
    chairs.gather_words()
    answer = search(SearchRequest("rustikal"), SearchScope(language="de"))
    assert [(each.facet, each.value) for each in answer.understood] == [("style", "old/rustic")]
    assert [hit.card["title"] for hit in answer.hits] == ["Chair one"]


@pytest.mark.parametrize("q", ["", "chair"])
def test_of_very_many_products_a_sample_is_counted(
    chairs: Shelf, monkeypatch: pytest.MonkeyPatch, q: str
) -> None:
    for number in range(60):
        tag(chairs.product(f"Chair number {number}"), "style", "new")
    monkeypatch.setattr(facets, "SAMPLE_FROM", 20)
    found = {value: count for value, _, count, _ in counted("style", q=q)}
    assert 20 <= found["new"] <= 110, "about 60"
    assert found["new"] % 4 == 0, "every fourth is counted, for four"


def test_a_facet_of_tags_is_called_as_their_attribute() -> None:
    with pytest.raises(ImproperDocument, match='colour = TagFacet\\("colour"\\)'):
        type("Wrong", (ShelfDocument,), {"color": TagFacet("colour")})
