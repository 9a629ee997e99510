"""What is offered for pictures: of what is known alone, in each language, again when what is known changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from catalog.models import Product
from product_search.alt_texts import is_due, run, write_pending
from product_search.alt_texts.queue import queue_written
from product_search.documents import Facet
from product_search.indexing.seams import Written
from product_search.models import AltText, Attribute, AttributeValue, Tag, Text, Undescribed
from product_search.tagging import tag_pending
from tests.integration.retrieval.shelf import ShelfDocument

from .conftest import Desk


class OwnColours(ShelfDocument):
    """The shop says itself what colour a thing is: in the SKU."""

    colour = Facet("sku")


class Wordy(ShelfDocument):
    """A shop with words of its own for some pictures."""

    def alt_texts(self, products: Any, language: str) -> dict[str, str]:
        return {"Shirt-1": "Mara in a shirt", "Shirt-2": " "} if language == "en" else {}


def document(settings: Any, of: type[ShelfDocument]) -> None:
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "DOCUMENT": f"{of.__module__}.{of.__qualname__}",
    }


def tag(product: Product, attribute: str, value: str, state: str = "suggested") -> None:
    Tag.objects.create(product=product.pk, attribute=attribute, value=value, probability=0.95, state=state)


def test_suggested_and_accepted_values_are_said_in_each_language(desk: Desk) -> None:
    shirt = desk.product("Shirt", "red", name_de="Hemd")
    tag(shirt, "colour", "red")
    tag(shirt, "pattern", "dotted", "accepted")
    desk.phrase("dotted red", "red")  # as near as "red" alone: then what says more
    assert desk.texts() == {"Shirt-0": "Shirt, red, dotted"}
    assert desk.texts("de") == {"Shirt-0": "Hemd, rot, gepunktet"}


def test_what_is_rejected_unsaid_or_without_words_in_the_language_is_not_said(desk: Desk) -> None:
    shirt = desk.product("Shirt", "red", name_de="Hemd")
    tag(shirt, "colour", "red", "rejected")
    tag(shirt, "pattern", "striped", "accepted")
    tag(shirt, "mood", "sad")  # no attribute of the vocabulary
    assert desk.texts() == {"Shirt-0": "Shirt, striped"}
    assert desk.texts("de") == {"Shirt-0": "Hemd"}


def test_a_title_that_says_another_value_silences_a_suggestion_but_no_decision(desk: Desk) -> None:
    guessed, decided = (desk.product(f"Blue shirt {number}", "red") for number in (1, 2))
    tag(guessed, "colour", "red")
    tag(decided, "colour", "red", "accepted")
    assert list(desk.texts().values()) == ["Blue shirt 1", "Blue shirt 2, red"]


def test_the_shops_own_facet_comes_before_tags(desk: Desk, settings: Any) -> None:
    document(settings, OwnColours)
    shirt = desk.product("Shirt", "red", sku="green")
    tag(shirt, "colour", "red", "accepted")
    assert list(desk.texts().values()) == ["Shirt, green"]


def test_sizes_and_counts_are_not_said(desk: Desk) -> None:
    shirt = desk.product("Shirt", "red")
    desk.office.attribute("fits", "42", "XL")
    tag(shirt, "fits", "42", "accepted")
    assert list(desk.texts().values()) == ["Shirt"]


def test_where_nothing_is_known_the_category_is_said(desk: Desk) -> None:
    desk.product("Dana", "other", category="kitchen/mugs")
    desk.product("Mug", "other", category="kitchen/mugs")
    assert list(desk.texts().values()) == ["Dana, Mugs", "Mug"]
    assert list(desk.texts("de").values()) == ["Dana, Mugs (de)", "Mug, Mugs (de)"]


def test_of_what_may_be_said_the_model_takes_what_is_nearest_to_the_picture(desk: Desk) -> None:
    shirt = desk.product("Shirt", "red", "dotted")
    tag(shirt, "colour", "red")
    tag(shirt, "pattern", "dotted")
    desk.phrase("dotted red", "red", "dotted")
    desk.phrase("red", "red")
    desk.phrase("dotted", "dotted")
    assert desk.texts() == {"Shirt-0": "Shirt, red", "Shirt-1": "Shirt, dotted"}


def test_no_two_pictures_of_a_product_are_called_the_same(desk: Desk, settings: Any) -> None:
    document(settings, Wordy)
    desk.product("Shirt", "red", "red", "red")
    assert desk.texts() == {"Shirt-0": "Shirt", "Shirt-2": "Shirt, picture 3 of 3"}
    assert len(desk.texts("de")) == 3


def test_a_phrase_is_embedded_once(desk: Desk) -> None:
    for number in range(3):
        tag(desk.product(f"Shirt {number}", "red"), "colour", "red", "accepted")
    desk.texts()
    assert desk.office.shelf.encoder.asked == 1
    tag(desk.product("Shirt 4", "red"), "colour", "red", "accepted")
    desk.texts()
    assert desk.office.shelf.encoder.asked == 1


class TestQueue:
    def test_tags_are_followed(self, desk: Desk) -> None:
        shirt = desk.product("Shirt", "red")
        tag_pending()
        assert is_due("default")
        assert desk.texts(again=False) == {"Shirt-0": "Shirt, red"}
        assert not is_due("default")
        with transaction.atomic():
            queue_written(Written("default", (shirt.pk,)))
        assert not Undescribed.objects.exists(), "tagging comes first, and tells"
        Text.objects.filter(language="en").update(fields={"title": "Red shirt"})
        tag_pending(again=True)
        assert desk.texts(again=False) == {"Shirt-0": "Red shirt"}

    def test_without_a_vocabulary_what_was_written_is_queued(self, desk: Desk) -> None:
        Attribute.objects.all().delete()
        shirt = desk.product("Shirt", "red")
        assert desk.texts(again=False) == {"Shirt-0": "Shirt"}
        Text.objects.filter(language="en").update(fields={"title": "Coat"})
        queue_written(Written("default", (shirt.pk,)))
        assert desk.texts(again=False) == {"Shirt-0": "Coat"}
        queue_written(Written("default", (), (shirt.pk,)))
        assert not AltText.objects.exists()

    def test_switched_off_nothing_is_queued_nor_written(self, desk: Desk, settings: Any) -> None:
        settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ALT_TEXTS": False}
        shirt = desk.product("Shirt", "red")
        tag_pending()
        queue_written(Written("default", (shirt.pk,)))
        assert not Undescribed.objects.exists()
        assert not is_due("default")
        assert desk.texts(again=False) == {}

    def test_another_word_for_a_value_has_everything_written_again(self, desk: Desk) -> None:
        tag(desk.product("Shirt", "red"), "colour", "red", "accepted")
        tag_pending()
        assert desk.texts("de", again=False) == {"Shirt-0": "Shirt, rot"}
        AttributeValue.objects.filter(value="red").update(translations={"de": "kirschrot"})
        assert is_due("default")
        assert desk.texts("de", again=False) == {"Shirt-0": "Shirt, kirschrot"}

    def test_a_pass_goes_on_where_it_was_stopped(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(5):
            desk.product(f"Shirt {number}", "red")
        tag_pending()
        Undescribed.objects.all().delete()
        monkeypatch.setattr(run, "PAGE", 2)
        seen: list[int] = []

        def stop(now: Any) -> None:
            seen.append(now.seen)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_pending(progress=stop)
        assert seen == [2]
        assert write_pending(progress=lambda now: seen.append(now.seen)).complete
        assert seen == [2, 4, 5]
        assert AltText.objects.count() == 10
        assert not is_due("default")

    def test_pictures_that_are_gone_take_their_suggestions_along(self, desk: Desk) -> None:
        from product_search.models import PictureVector

        desk.product("Shirt", "red", "red")
        desk.texts()
        PictureVector.objects.filter(picture="Shirt-1").update(product=None)
        write_pending(again=True)
        assert set(AltText.objects.values_list("picture", flat=True)) == {"Shirt-0"}
