"""The shop's own words and names, gathered with the word statistics."""

from __future__ import annotations

from typing import Any

from catalog.models import Brand, Category
from product_search.indexing import corpus, generations, sweep
from product_search.models import Attribute, AttributeValue, FacetName, Tag, TermFrequency, Text, Word
from product_search.testing import index_now


def gathered(language: str = "en") -> dict[str, int]:
    return dict(Word.objects.filter(language=language).values_list("word", "documents"))


def test_words_are_those_of_the_texts_as_they_are_written(space: Any, make: Any) -> None:
    make("Striped mugs", description="Größe XL, “handmade” t-shirt-mug, XJ-900abc")
    make("A mug")
    index_now()
    found = gathered()
    assert {
        "striped": 1,
        "mugs": 1,
        "mug": 2,
        "grosse": 1,
        "handmade": 1,
        "shirt": 1,
    }.items() <= found.items()
    assert not {"xj", "abc", "xjabc", "xl", "a"} & set(found)
    assert Word.objects.get(language="en", word="striped").term == "stripe"


def test_a_rebuild_follows_the_texts(space: Any, make: Any) -> None:
    kept, changed = make("Blue teapot"), make("Green teapot")
    index_now()
    before = {row.word: row.pk for row in Word.objects.filter(language="en")}
    changed.name = "Green jug"
    changed.save()
    index_now()
    assert (gathered()["teapot"], gathered()["jug"]) == (1, 1)
    kept.delete()
    index_now()
    assert "teapot" not in gathered()
    assert (
        Word.objects.get(language="en", word="green").pk == before["green"]
    )  # what stays is not written again


def test_names_of_values_in_every_language(space: Any, make: Any) -> None:
    category = Category.objects.create(
        name="Winter Mugs", name_de="Wintertassen", slug="winter", path="winter"
    )
    brand = Brand.objects.create(name="Morgen & Licht", slug="ml")
    Brand.objects.create(name="Nobody's", slug="nobody")
    make("Mug", category=category, brand=brand)
    index_now()
    names = {(row.language, row.facet, row.value, row.label, row.terms) for row in FacetName.objects.all()}
    assert names == {
        ("en", "category", "winter", "Winter Mugs", "winter mug"),
        ("de", "category", "winter", "Wintertassen", "wintertass"),
        ("en", "brand", "ml", "Morgen & Licht", "morgen licht"),
        ("de", "brand", "ml", "Morgen & Licht", "morg licht"),
    }
    brand.name = "Abendlicht"
    brand.save()
    index_now()
    assert FacetName.objects.get(language="en", facet="brand").label == "Abendlicht"


def test_names_of_tags_are_gathered_though_no_text_changed(space: Any, make: Any) -> None:
    """They are made after their product's texts, by a task of their own."""
    product = make("Mug")
    index_now()
    assert not sweep.rebuild_corpora("default")
    tag = Tag.objects.create(product=product.pk, attribute="pattern", value="striped", probability=0.9)

    def names() -> set[tuple[str, str]]:
        return set(FacetName.objects.filter(facet="pattern").values_list("language", "label"))

    assert sweep.rebuild_corpora("default")
    assert names() == {("en", "striped"), ("de", "striped")}
    assert not sweep.rebuild_corpora("default"), "nothing is called otherwise since"
    attribute = Attribute.objects.create(name="pattern", label="Pattern")
    AttributeValue.objects.create(
        attribute=attribute, value="striped", label="Striped", translations={"de": "gestreift"}
    )
    assert sweep.rebuild_corpora("default")
    assert names() == {("en", "Striped"), ("de", "gestreift")}
    tag.delete()
    assert sweep.rebuild_corpora("default")
    assert names() == set()


def test_tags_that_say_what_a_facet_says_are_no_news(space: Any, make: Any) -> None:
    brand = Brand.objects.create(name="Morgen & Licht", slug="ml")
    product = make("Mug", brand=brand)
    index_now()
    Tag.objects.create(product=product.pk, attribute="brand", value="ml", probability=0.9)
    assert not sweep.rebuild_corpora("default"), "the facet's own label is what it is called"
    Tag.objects.create(product=product.pk, attribute="brand", value="***", probability=0.9)
    assert not sweep.rebuild_corpora("default"), "nobody can write that"
    Tag.objects.create(product=product.pk, attribute="brand", value="other", probability=0.9)
    assert sweep.rebuild_corpora("default")
    assert not sweep.rebuild_corpora("default")


def test_a_text_too_long_for_postgresqls_parser_holds_nothing_up(space: Any, make: Any) -> None:
    make("Mug")
    index_now()
    (text,) = Text.objects.filter(language="en")
    text.pk, text.product = None, text.product + 1
    text.fields = {"description": " ".join(f"word{number:x}" for number in range(200_000))}
    text.save()
    corpus.rebuild("default", generations.current("default"))
    assert gathered()["mug"] == 1


def test_words_go_with_their_generation(space: Any, make: Any) -> None:
    make("Mug")
    index_now()
    generation = generations.current("default")
    corpus.rebuild("default", generation)
    assert Word.objects.filter(generation=generation).exists()
    assert TermFrequency.objects.filter(generation=generation).exists()
