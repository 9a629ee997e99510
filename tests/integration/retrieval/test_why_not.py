"""Each step that can drop a product, caused, and named as the first."""

from __future__ import annotations

import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import translation

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.indexing import spaces
from product_search.models import Entry, PictureVector, Text
from product_search.retrieval import Example, SearchRequest, WhyNot, engine, search, selectivity, why_not

from .asking import DE, EN
from .shelf import DIM, Shelf, leaning


def ask(q: str, product: Product | Any, scope: SearchScope = EN, **asked: Any) -> WhyNot:
    key = product.pk if isinstance(product, Product) else product
    return why_not(SearchRequest(q, **asked), key, scope)


def named(name: str) -> Product:
    return Product.objects.get(name=name)


def test_a_product_that_never_was(shop: Shelf) -> None:
    for key in (10**9, "no-number", 2**80, None, "\ud800"):
        assert ask("mug", key).step == "unknown"
    assert ask("mug", "x" * 500).reason == f"There is no product {'x' * 80}."


def test_a_draft(shop: Shelf) -> None:
    draft = shop.product("Secret mug", published=False)
    assert ask("mug", draft).step == "hidden"


def test_what_waits_fails_or_is_parked(shop: Shelf) -> None:
    new = shop.product("New mug", indexed=False)
    Entry.objects.filter(product=new.pk).delete()
    assert (ask("mug", new).step, "no worker has heard of it" in ask("mug", new).reason) == (
        "unindexed",
        True,
    )
    entry = Entry.objects.create(product=new.pk)
    assert "it waits for a worker" in ask("mug", new).reason
    Entry.objects.filter(pk=entry.pk).update(attempts=2, error="OSError: disk\nTraceback: ...")
    assert ask("mug", new).reason == "Indexing it failed, and is tried again: OSError: disk"
    Entry.objects.filter(pk=entry.pk).update(parked=True)
    assert ask("mug", new).reason.startswith("Indexing it failed, and is not tried again until")
    assert ask("", new).step == "shown", "browsing needs no index"


def test_before_anything_is_indexed(db: None) -> None:
    product = Product.objects.create(sku="A", name="Mug", price=1)
    assert ask("mug", product).step == "unindexed"


def test_switched_off(shop: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    assert ask("mug", named("Red striped mug")).step == "disabled"


def test_an_excluded_word(shop: Shelf) -> None:
    found = ask("boots -leather", named("Leather boots"))
    assert (found.step, found.reason) == ("excluded", "It says or is “leather”, which the query excludes.")
    assert ask("sneakers without laces", named("Running sneakers")).step == "excluded"
    assert ask("sneakers without laces", named("Canvas sneakers without laces")).found


def test_a_phrase_in_another_order(shop: Shelf) -> None:
    found = ask('"rubber sole"', named("Felt slippers"))
    assert found.step == "phrase"
    assert found.reason == "None of its texts has the words “rubber sole” in just this order."
    assert ask('"rubber sole"', named("Rain boots")).found


def test_a_filter_chosen_by_hand_or_read_from_words(shop: Shelf) -> None:
    mug = named("Blue ceramic mugs, set of 4")
    by_hand = ask("mug", mug, filters={"price": ("..20",)})
    assert (by_hand.step, by_hand.facet) == ("filter", "price")
    assert by_hand.reason == "It does not pass the filter price: ..20."
    by_words = ask("mug under 20", mug)
    assert (by_words.step, by_words.facet) == ("filter", "price")
    assert by_words.reason == "“under 20” was read as the filter price: ..20, and it does not pass that."
    assert ask("mug under 20", mug, plain=("price",)).step != "filter"


def test_what_should_be_alike_is_not_shown_itself(shelf: Shelf) -> None:
    made = [shelf.product(f"Mug {number}", pictures={f"{number}": leaning(0, 0.9)}) for number in range(2)]
    variant = shelf.product("Mug in red", parent=made[0])
    examples = (Example(product=made[0].pk),)
    assert ask("", made[0], examples=examples).step == "example"
    assert ask("", variant, examples=examples).step == "example"
    assert ask("", made[1], examples=examples).found


def test_relevant_but_not_among_the_nearest(
    shelf: Shelf, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an index that is read because the shop is taken for a large one, and gives four rows."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 4}
    shelf.encoder.texts["crimson"] = leaning(0, 1.0)
    made = [
        shelf.product(f"Mug {number}", pictures={f"{number}": leaning(0, 0.99 - number / 100)})
        for number in range(20)
    ]
    table = spaces.partition(PictureVector._meta.db_table, shelf.space)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX ON {table} USING hnsw ((vector::halfvec({DIM})) halfvec_ip_ops)")
        cursor.execute("ANALYZE")
    monkeypatch.setattr(selectivity, "LOOKED_UP", 0)
    assert ask("crimson", made[0]).found
    found = ask("crimson", made[15])
    assert found.step == "nearest"
    assert found.explanation is not None
    assert found.explanation.margin > 0
    assert "larger LEG_SIZE" in found.reason


def test_the_first_step_is_named(shop: Shelf) -> None:
    boots = named("Leather boots")
    assert ask("boots -leather under 20", boots).step == "excluded"
    assert ask("mug under 20", boots).step == "filter"
    boots.published = False
    boots.save()
    assert ask("boots -leather under 20", boots).step == "hidden"


def test_below_the_floor_with_what_every_side_says(shelf: Shelf) -> None:
    shelf.encoder.texts["red woollen hat"] = leaning(0, 1.0)
    hat = shelf.product("Hat", title_vector=leaning(0, 0.35), pictures={"a": leaning(0, 0.45)})
    shelf.product("Mug")
    shelf.gather_words()
    found = ask("red woollen hat", hat, spelling=False)
    assert found.step == "floor"
    assert found.explanation is not None
    assert found.explanation.value < found.explanation.floor == 0.5
    assert found.explanation.found_by == ()
    assert found.details[:2] == ("It lacks: red, woollen.", "It has: hat.")
    assert set(found.legs) == {"keywords", "text-text", "text-picture"}
    assert found.legs["text-picture"] == pytest.approx(0.378, abs=1e-2)
    assert f"its words {found.legs['keywords']:.2f}" in found.details[2]
    assert ask("hat", hat).found


def test_what_nearly_fits_is_shown_apart(shop: Shelf) -> None:
    apart = search(SearchRequest("mug helicopter"), EN).near
    assert apart
    found = why_not(SearchRequest("mug helicopter"), apart[0].key, EN)
    assert found.step == "floor"
    assert "It is shown apart, among what nearly fits." in found.details


def test_what_is_searched_may_not_be_what_it_says_now(shop: Shelf) -> None:
    mug = named("Red striped mug")
    Entry.objects.filter(product=mug.pk).delete()
    Entry.objects.create(product=mug.pk, wanted=2, done=1)
    assert ask("plate", mug).details[-1] == "Its last change is not indexed yet."
    Entry.objects.filter(product=mug.pk).update(attempts=6, parked=True, error="ValueError: no")
    assert ask("plate", mug).details[-1] == "Its last change could not be indexed: ValueError: no"


def test_a_variant_that_fits_better(shelf: Shelf) -> None:
    parent = shelf.product("Mug with a red handle and much else to say of it")
    red = shelf.product("Mug in red", parent=parent)
    shelf.product("Plate")
    shelf.gather_words()
    found = ask("red mug", parent)
    assert (found.step, found.instead) == ("variant", red.pk)
    assert ask("red mug", red).found
    assert ask("", red).step == "variant"


def test_on_another_page(shelf: Shelf) -> None:
    made = [shelf.product(f"Mug {number}") for number in range(7)]
    shelf.count_words()
    for q in ("", "mug"):
        found = ask(q, made[4], per_page=2)
        assert (found.step, found.page, found.place) == ("page", 3, 5)
        assert found.reason == "It is on page 3: it is number 5."
        assert ask(q, made[4], per_page=2, page=3).step == "shown"
        assert ask(q, made[0], per_page=2).place == 1


def test_after_all_that_is_ranked(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [shelf.product(f"Mug {number}") for number in range(4)]
    monkeypatch.setattr(engine, "MOST_WALKED", 3)
    assert [ask("", product).step for product in made] == ["shown", "shown", "shown", "beyond"]


def test_deeper_than_pages_go(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [shelf.product(f"Mug {number}") for number in range(5)]
    monkeypatch.setattr(sys.modules[why_not.__module__], "MAX_DEPTH", 3)
    found = ask("", made[4], per_page=1)
    assert found.reason == "It is number 5, and pages end after 3: a cursor goes on."


def test_it_agrees_with_the_search(shop: Shelf) -> None:
    """Whatever is asked, what is found is what the search shows."""
    queries = [
        "",
        "mug",
        "sneakers",
        "boots -leather",
        '"rubber sole"',
        "nord",
        "mug under 20",
        "sneekers",
        "zzz",
    ]
    for q in queries:
        shown = {hit.key for hit in search(SearchRequest(q), EN).hits}
        for product in Product.objects.all():
            found = ask(q, product)
            assert found.found is (product.pk in shown), (q, product, found)


def test_reasons_are_in_the_language_that_is_active(shop: Shelf) -> None:
    with translation.override("de"):
        found = ask("boots -leather", named("Leather boots"), DE)
    assert found.reason == "Es sagt oder ist „leather“, und das schließt die Suche aus."


def test_the_command(shop: Shelf) -> None:
    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("why_not", *arguments, stdout=out, no_color=True)
        return out.getvalue()

    mug = str(named("Blue ceramic mugs, set of 4").pk)
    assert run("mug", mug) == "shown: It is shown: it is number 2.\n"
    assert run("mug", mug, "--filter", "price=..20").startswith("filter: It does not pass")
    assert "It lacks: plate." in run("plate", mug, "--language", "en", "--no-spelling")
    with pytest.raises(CommandError, match="FACET=VALUE"):
        run("mug", mug, "--filter", "price")
    with pytest.raises(CommandError, match="no facet 'colour'"):
        run("mug", mug, "--filter", "colour=red")
    with pytest.raises(CommandError, match="no user 'nobody'"):
        run("mug", mug, "--user", "nobody")


@override_settings(LANGUAGE_CODE="en")
def test_a_text_of_another_language_is_not_enough(shelf: Shelf) -> None:
    mug = shelf.product("Mug")
    Text.objects.filter(product=mug.pk, language="en").delete()
    assert ask("mug", mug).step == "unindexed"
    assert ask("mug", mug, DE).found
