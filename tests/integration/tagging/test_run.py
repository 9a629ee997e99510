"""Tags from stored vectors: what is said, what is left unsaid, and what a merchant decided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.db import transaction

from catalog.models import Category
from product_search.indexing.seams import Written
from product_search.models import Attribute, AttributeValue, Entry, PictureSpan, Tag, TagState, Untagged
from product_search.tagging import is_due, run, tag_pending
from product_search.tagging.queue import queue_written
from tests.integration.retrieval.shelf import DIM, leaning, unit

from .conftest import AXES, Office


def test_what_pictures_show_is_suggested_and_what_they_dont_is_not(tagged: Office) -> None:
    assert tagged.tags() == {"Shirt one": "colour: red", "Shirt two": "colour: blue"}
    probability = Tag.objects.get(value="red").probability
    assert 0.9 < probability < 1


def test_a_picture_of_nothing_that_is_sold_is_no_colour(office: Office) -> None:
    office.product("Receipt", "text")
    office.product("Shirt", "red")
    tag_pending()
    assert office.tags() == {"Shirt": "colour: red"}


def test_a_product_unlike_all_others_is_not_guessed_at(office: Office) -> None:
    office.product("Shirt", "red")
    office.product("Hat", "blue")
    axes = np.zeros((1, DIM), dtype=np.float16)
    axes[0, AXES["blue"]] = 1  # the shop's own pictures lie along it, but for few
    PictureSpan.objects.create(
        space=office.shelf.space,
        centre=np.zeros(DIM, dtype=np.float32).tobytes(),
        axes=axes.tobytes(),
        level=0.5,
    )
    tag_pending()
    assert office.tags() == {"Hat": "colour: blue"}


def test_between_two_values_nothing_is_said(office: Office) -> None:
    office.product("Shirt", "red", "blue")
    tag_pending()
    assert office.tags() == {}


def test_all_pictures_of_a_product_count(office: Office) -> None:
    office.product("Shirt", "red", "red", "blue", cosine=0.99)
    office.product("Hat", "blue", cosine=0.99)
    tag_pending()
    probabilities = dict(Tag.objects.values_list("value", "probability"))
    assert probabilities.get("red", 0) < probabilities["blue"]


def test_the_text_speaks_where_there_is_no_picture(office: Office) -> None:
    office.shelf.product("Shirt", title_vector=office.shelf.encoder.texts["green"])
    queue_of(office, "Shirt")
    tag_pending()
    assert office.tags() == {"Shirt": "colour: green"}


def test_tagging_asks_the_encoder_for_new_words_alone(tagged: Office) -> None:
    before = tagged.shelf.encoder.asked
    tagged.product("Shirt four", "green")
    tag_pending(again=True)
    assert tagged.shelf.encoder.asked == before
    AttributeValue.objects.create(attribute=Attribute.objects.get(), value="dotted")
    tagged.word("dotted")
    tag_pending()
    assert tagged.shelf.encoder.asked == before + 1


def test_a_new_label_is_found_on_what_is_there(office: Office) -> None:
    office.product("Shirt", "dotted")
    office.product("Hat", "red")
    tag_pending()
    assert office.tags() == {"Hat": "colour: red"}
    office.attribute("pattern", "dotted", "striped")
    assert is_due("default")
    tag_pending()
    assert office.tags() == {"Shirt": "pattern: dotted", "Hat": "colour: red"}
    assert not is_due("default")


def test_what_the_vocabulary_no_longer_has_is_no_longer_suggested(tagged: Office) -> None:
    Tag.objects.filter(value="blue").update(state=TagState.ACCEPTED)
    AttributeValue.objects.filter(value__in=["red", "blue"]).delete()
    tag_pending()
    assert tagged.tags() == {"Shirt two": "colour: blue (accepted)"}


class TestDecisions:
    """What a merchant said stands, whatever the model says later."""

    def test_a_rejected_value_is_not_suggested_again(self, tagged: Office) -> None:
        Tag.objects.filter(value="red").update(state=TagState.REJECTED)
        tag_pending(again=True)
        assert tagged.tags()["Shirt one"] == "colour: red (rejected)"

    def test_the_next_likely_value_takes_the_rejected_ones_share(self, office: Office) -> None:
        """Red lies nearest, and it is not red: then it is blue, which lies next."""
        vector = unit(0.8, 0.78)
        product = office.shelf.product("Shirt", pictures={"one": vector})
        Entry.objects.create(product=product.pk, wanted=1, done=1)
        tag_pending()
        assert office.tags() == {}
        Tag.objects.create(
            product=product.pk, attribute="colour", value="red", probability=0.8, state=TagState.REJECTED
        )
        tag_pending(again=True)
        assert office.tags() == {"Shirt": "colour: blue, colour: red (rejected)"}

    def test_an_accepted_value_stays_alone(self, tagged: Office) -> None:
        one = Tag.objects.get(value="red")
        Tag.objects.filter(pk=one.pk).update(value="green", state=TagState.ACCEPTED, probability=0.2)
        tag_pending(again=True)
        assert tagged.tags()["Shirt one"] == "colour: green (accepted)"
        assert Tag.objects.get(value="green").probability == 0.2

    def test_what_is_decided_while_a_page_is_scored_stays(
        self, tagged: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The merchant accepts another colour after the page's decisions were read."""
        Tag.objects.all().delete()
        one = {name: key for key, name in tagged.shelf_names()}["Shirt one"]
        read = run.tag_page

        def decide_meanwhile(*args: Any, **kwargs: Any) -> int:
            from product_search.tagging import page

            judged = page.judged

            def judged_late(*more: Any, **others: Any) -> Any:
                Tag.objects.get_or_create(
                    product=one,
                    attribute="colour",
                    value="green",
                    defaults={"probability": 1.0, "state": TagState.ACCEPTED},
                )
                return judged(*more, **others)

            with monkeypatch.context() as patch:
                patch.setattr(page, "judged", judged_late)
                return read(*args, **kwargs)

        monkeypatch.setattr(run, "tag_page", decide_meanwhile)
        tag_pending(again=True)
        assert tagged.tags()["Shirt one"] == "colour: green (accepted)"

    def test_of_several_values_each_is_decided_by_itself(self, office: Office) -> None:
        office.attribute("occasion", "dotted", "red", choice="multiple")
        office.product("Shirt", "dotted", cosine=0.99)
        office.product("Hat", "red", cosine=0.99)
        Attribute.objects.filter(name="colour").update(enabled=False)
        tag_pending()
        hat = {name: key for key, name in office.shelf_names()}["Hat"]
        Tag.objects.create(
            product=hat, attribute="occasion", value="dotted", probability=1.0, state=TagState.ACCEPTED
        )
        tag_pending(again=True)
        assert office.tags() == {
            "Shirt": "occasion: dotted",
            "Hat": "occasion: dotted (accepted), occasion: red",
        }


def test_what_the_shop_says_itself_is_never_said_otherwise(office: Office) -> None:
    """Its own facet has a value: no other is suggested, whatever the picture shows; nor is one that stood before."""
    Attribute.objects.update(enabled=False)
    office.attribute("brand", "red", "blue")
    own = office.product("Shirt", "red", brand="aubergine")
    office.product("Hat", "red")
    Tag.objects.create(product=own.pk, attribute="brand", value="red", probability=0.9)
    tag_pending()
    assert office.tags() == {"Hat": "brand: red"}
    assert own.brand.slug == "aubergine"


class TestLimits:
    """What an attribute is for, and what no picture tells."""

    def test_an_attribute_for_some_categories_says_nothing_of_others(self, office: Office) -> None:
        Attribute.objects.update(categories=["wear"])
        office.product("Shirt", "red", category="wear/shirts")
        office.product("Mug", "red", category="kitchen/mugs")
        office.product("Sweater", "red", category="wearable")
        tag_pending()
        assert office.tags() == {"Shirt": "colour: red"}
        assert Category.objects.filter(path="wear/shirts").exists()

    def test_sizes_and_numbers_are_read_and_never_guessed(self, office: Office) -> None:
        Attribute.objects.update(enabled=False)
        office.attribute("size", "42", "43", "XL", label="Size", translations={"de": "Größe"})
        for word, axis in (("42", 0), ("43", 1), ("XL", 2)):
            office.word(word, axis)
        office.product("Boots", "red")
        office.product("Boots size 43", "red")
        office.product("42 Boots", "blue")
        office.product("Stiefel", "green", name_de="Stiefel, Größe 42")
        tag_pending()
        assert office.tags() == {"Boots size 43": "size: 43", "Stiefel": "size: 42"}

    def test_in_a_hierarchy_the_lowest_is_said_that_is_sure(self, office: Office) -> None:
        Attribute.objects.update(enabled=False)
        office.attribute("kind", "shoes", "shoes/red", "shoes/blue", "green")
        office.word("shoes", 6)
        office.product("Boot", "red", cosine=0.99)
        office.product("Either", "red", "blue", cosine=0.99)
        office.product("Hat", "green", cosine=0.99)
        tag_pending()
        assert office.tags() == {"Boot": "kind: shoes/red", "Either": "kind: shoes", "Hat": "kind: green"}


class TestQueue:
    """What indexing writes is tagged; what is gone is not."""

    def test_what_was_written_is_tagged(self, tagged: Office) -> None:
        tagged.product("Shirt four", "green")
        assert not is_due("default")
        queue_of(tagged, "Shirt four")
        assert is_due("default")
        tag_pending()
        assert tagged.tags()["Shirt four"] == "colour: green"
        assert not Untagged.objects.exists()

    def test_without_a_vocabulary_nothing_is_queued(self, tagged: Office) -> None:
        Attribute.objects.update(enabled=False)
        queue_of(tagged, "Shirt one")
        assert not Untagged.objects.exists()
        assert not is_due("default")
        assert tag_pending().complete

    def test_suggestions_of_what_is_gone_go(self, tagged: Office) -> None:
        keys = {name: key for key, name in tagged.shelf_names()}
        Tag.objects.filter(product=keys["Shirt two"]).update(state=TagState.ACCEPTED)
        with transaction.atomic():
            queue_written(Written("default", (), (keys["Shirt one"], keys["Shirt two"])))
        assert tagged.tags() == {"Shirt two": "colour: blue (accepted)"}

    def test_a_pass_that_was_cut_off_goes_on_where_it_was(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run, "PAGE", 2)
        for number in range(7):
            office.product(f"Shirt {number}", "red")
        scored: list[int] = []
        page = run.tag_page

        def counted(keys: Any, *args: Any, **kwargs: Any) -> int:
            if len(scored) == 4:
                scored.append(0)
                raise KeyboardInterrupt
            scored.extend(keys)
            return page(keys, *args, **kwargs)

        monkeypatch.setattr(run, "tag_page", counted)
        with pytest.raises(KeyboardInterrupt):
            tag_pending()
        assert len(office.tags()) == 4
        scored.remove(0)
        scored.append(-1)
        done = tag_pending()
        assert (done.complete, done.seen, done.products) == (True, 7, 7)
        scored.remove(-1)
        assert sorted(scored) == sorted(key for key, _ in office.shelf_names())

    def test_a_catalogue_that_outgrew_its_fits_is_tagged_anew(
        self, tagged: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run, "FEWEST_KNOWN", 4)
        for number in range(3):
            tagged.product(f"Hat {number}", "green")
        assert is_due("default")
        assert tag_pending().seen == 6


def queue_of(office: Office, name: str) -> None:
    """As indexing does when it has written the product of this name."""
    key = {each: key for key, each in office.shelf_names()}[name]
    with transaction.atomic():
        queue_written(Written("default", (key,)))


def test_what_a_title_is_silent_about_is_seen_all_the_same(office: Office) -> None:
    for number in range(60):
        colour = ("red", "blue", "green")[number % 3]
        own = leaning(AXES[colour], 0.9)
        office.product(f"{colour} shirt {number}", colour, cosine=0.7 + 0.003 * number, title_vector=own)
    for number, colour in enumerate(("red", "blue", "green")):
        office.product(f"Scarf {number}", colour, title_vector=leaning(AXES["text"], 0.9))
    tag_pending()
    assert Attribute.objects.get().fitted_by == "words"
    assert {name: tags for name, tags in office.tags().items() if name.startswith("Scarf")} == {
        "Scarf 0": "colour: red",
        "Scarf 1": "colour: blue",
        "Scarf 2": "colour: green",
    }
