"""What merchants decide: kept in the shop's field, written down, taken back, and never overwritten."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from catalog.models import Product, ProductImage
from product_search.alt_texts import OwnWords, SameWords, accept, edit, reject, undo, write_pending
from product_search.models import AltText, AltTextDecision, Entry
from tests.integration.retrieval.shelf import ShelfDocument, leaning
from tests.pictures import picture_bytes

from .conftest import Desk


@pytest.fixture
def shirt(desk: Desk, settings: Any, tmp_path: Any) -> Product:
    """A product with two pictures that lie in the shop, and words for them."""
    settings.MEDIA_ROOT = tmp_path
    made = desk.office.shelf.product("Shirt", name_de="Hemd", indexed=False)
    Entry.objects.create(product=made.pk, wanted=1, done=1)
    pictures = [
        ProductImage.objects.create(
            product=made,
            position=at,
            image=SimpleUploadedFile(f"{at}.png", picture_bytes((at, 0, 0))),
        )
        for at in range(2)
    ]
    desk.office.shelf.write(made, None, {str(each.pk): leaning(0, 0.9) for each in pictures})
    write_pending(again=True)
    return made


def row(shirt: Product, position: int = 0, language: str = "en") -> AltText:
    return AltText.objects.get(product=shirt.pk, position=position, language=language)


def shown(shirt: Product) -> list[tuple[str, str]]:
    """What the shop has, in English and German."""
    return list(ProductImage.objects.filter(product=shirt).order_by("position").values_list("alt", "alt_de"))


def log() -> list[tuple[str, str, str]]:
    return list(AltTextDecision.objects.order_by("pk").values_list("who", "state", "text"))


def test_accepted_words_are_the_shops_in_their_language(shirt: Product) -> None:
    assert accept(row(shirt, 1, "de").pk, who="mara").state == "accepted"
    assert shown(shirt) == [("", ""), ("", "Hemd, Bild 2 von 2")]
    assert log() == [("mara", "accepted", "Hemd, Bild 2 von 2")]
    accept(row(shirt, 1, "de").pk, who="jon")
    assert len(log()) == 1, "two people said the same"


def test_other_words_are_kept_whatever_is_suggested_by_then(shirt: Product) -> None:
    edit(row(shirt).pk, "  A shirt\non a chair ", who="mara")
    assert shown(shirt)[0] == ("A shirt on a chair", "")
    write_pending(again=True)
    assert (row(shirt).text, row(shirt).state) == ("A shirt on a chair", "edited")
    assert row(shirt, 1).text == "Shirt"


def test_rejected_words_are_not_suggested_again(shirt: Product) -> None:
    reject(row(shirt).pk, who="mara")
    write_pending(again=True)
    assert row(shirt).state == "rejected"
    assert shown(shirt)[0] == ("", "")


def test_every_step_is_taken_back_in_turn(shirt: Product) -> None:
    first = row(shirt)
    edit(first.pk, "One", who="mara")
    edit(first.pk, "Two", who="jon")
    assert undo(first.pk, who="mara").text == "One"
    assert shown(shirt)[0][0] == "One"
    assert undo(first.pk, who="mara").state == "suggested"
    assert shown(shirt)[0][0] == ""
    assert undo(first.pk, who="mara") is None
    assert [text for _, _, text in log()] == ["One", "Two", "One", "Shirt"]
    accept(first.pk, who="jon")
    assert undo(first.pk, who="jon").state == "suggested"


def test_words_that_the_shop_wrote_meanwhile_stay(shirt: Product) -> None:
    accept(row(shirt).pk, who="mara")
    ProductImage.objects.filter(product=shirt, position=0).update(alt="Hers alone")
    for decide in (lambda: undo(row(shirt).pk, who="jon"), lambda: edit(row(shirt).pk, "Mine", who="jon")):
        with pytest.raises(OwnWords, match="Hers alone"):
            decide()
    assert shown(shirt)[0][0] == "Hers alone"
    assert row(shirt).state == "accepted"
    assert len(log()) == 1


def test_two_pictures_are_not_called_the_same(shirt: Product) -> None:
    accept(row(shirt).pk, who="mara")
    with pytest.raises(SameWords, match="say what differs"):
        edit(row(shirt, 1).pk, "SHIRT", who="mara")
    with pytest.raises(ValueError, match="1 to 300"):
        edit(row(shirt, 1).pk, " ", who="mara")
    assert shown(shirt)[1][0] == ""


def test_what_the_shops_field_refuses_was_never_decided(
    shirt: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("read only")

    monkeypatch.setattr(ShelfDocument, "keep_alt_text", refuse)
    with pytest.raises(RuntimeError):
        accept(row(shirt).pk, who="mara")
    assert row(shirt).state == "suggested"
    assert log() == []


def test_a_decision_is_neither_changed_nor_deleted(shirt: Product) -> None:
    accept(row(shirt).pk, who="mara")
    decision = AltTextDecision.objects.get()
    with pytest.raises(TypeError):
        decision.save()
    with pytest.raises(TypeError):
        decision.delete()
    for change in (lambda rows: rows.update(who="jon"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change(AltTextDecision.objects.all())


CAPTIONED: list[tuple[int, str]] = []


def captioner(pictures: Any, language: str) -> list[str]:
    CAPTIONED.append((len(pictures), language))
    return [f"Image of a chair {picture.getpixel((0, 0))[0]}" for picture in pictures]


def broken(pictures: Any, language: str) -> list[str]:
    raise RuntimeError("no memory")


def test_a_captioners_words_are_offered_and_no_more(shirt: Product, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "CAPTIONER": f"{__name__}.captioner"}
    CAPTIONED.clear()
    write_pending(again=True)
    assert CAPTIONED == [(2, "en"), (2, "de")]
    assert [(row(shirt, at).text, row(shirt, at).caption) for at in range(2)] == [
        ("Shirt", "Chair 0"),
        ("Shirt, picture 2 of 2", "Chair 1"),
    ]
    write_pending(again=True)
    assert len(CAPTIONED) == 2, "a file is looked at once"
    accept(row(shirt, 1).pk, who="mara", caption=True)
    assert shown(shirt)[1][0] == "Chair 1"
    assert row(shirt, 1).state == "accepted"


def test_a_captioner_that_fails_costs_its_own_words_alone(
    shirt: Product, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "CAPTIONER": f"{__name__}.broken"}
    assert write_pending(again=True).complete
    assert "The captioner failed" in caplog.text
    assert (row(shirt).text, row(shirt).caption) == ("Shirt", "")
