from __future__ import annotations

import pytest

from product_search import documents
from product_search.documents import Facet, Images, SearchScope, Text, Translated
from product_search.errors import ImproperDocument


class Shop(documents.ProductDocument):
    title = Text(Translated("name", de="name_de"), weight=3.0)
    brand = Text("brand__name")
    images = Images("images", file="image", order_by="position")
    price = Facet("price", kind="range")

    class Meta:
        languages = ("en", "de")
        browse_order = ("-popularity", "pk")


class Outlet(Shop):
    story = Text("story")
    brand = None


def test_declarations_are_collected_in_order():
    assert list(Shop.texts) == ["title", "brand"]
    assert list(Shop.facets) == ["price"]
    assert list(Shop.pictures) == ["images"]
    assert Shop.languages == ("en", "de")


def test_a_subclass_inherits_adds_and_removes():
    assert list(Outlet.texts) == ["title", "story"]
    assert Outlet.browse_order == ("-popularity", "pk")
    assert list(Shop.texts) == ["title", "brand"]


def test_a_new_weight_is_no_new_declaration_but_a_new_path_is():
    class Heavier(Shop):
        brand = Text("brand__name", weight=9.0)

    class Other(Shop):
        brand = Text("maker__name")

    assert Heavier.digest() == Shop.digest()
    assert Other.digest() != Shop.digest()


def test_an_unknown_meta_option_is_named():
    with pytest.raises(ImproperDocument, match=r"Meta\.langauges is unknown.*languages"):
        type("Typo", (Shop,), {"Meta": type("Meta", (), {"langauges": ("en",)})})


def test_a_string_where_a_tuple_belongs_is_named():
    with pytest.raises(ImproperDocument, match="write a tuple"):
        type("Typo", (Shop,), {"Meta": type("Meta", (), {"languages": "en"})})


@pytest.mark.parametrize(
    ("sorts", "said"),
    [({"price": "price"}, "write a tuple"), ({"relevance": ("-rating",)}, "the order without a sort")],
)
def test_a_sort_that_can_not_be_asked_for_is_named(sorts, said):
    with pytest.raises(ImproperDocument, match=said):
        type("Typo", (Shop,), {"Meta": type("Meta", (), {"sorts": sorts})})


def test_a_document_without_visible_refuses_to_answer():
    with pytest.raises(ImproperDocument, match="drafts"):
        Shop().visible(None, SearchScope())


@pytest.mark.parametrize(
    ("language", "column"), [("de", "name_de"), ("de-at", "name_de"), ("en", "name"), ("fr", "name")]
)
def test_a_translated_text_falls_back_to_its_default(language, column):
    assert Translated("name", de="name_de").column(language) == column


@pytest.mark.parametrize(("language", "searched"), [("de-AT", "de"), ("de", "de"), ("fr", "en"), ("", "en")])
def test_the_scope_chooses_a_language_that_the_document_has(language, searched):
    assert SearchScope(language=language).search_language(("en", "de")) == searched


def test_scopes_that_see_other_things_have_other_digests():
    scopes = [
        SearchScope(),
        SearchScope(language="de"),
        SearchScope(currency="EUR"),
        SearchScope(channel="b2b"),
        SearchScope(key="k"),
    ]
    assert len({scope.digest() for scope in scopes}) == len(scopes)
    assert SearchScope().digest("wholesale") != SearchScope().digest()
