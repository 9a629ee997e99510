"""An audit of a shop whose pictures are known: what is right, what is not, and what was planted to be found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from catalog.models import Brand, Product
from product_search.auditing import answers, audit_tags
from product_search.models import Attribute, AttributeValue, PictureVector, Tag
from product_search.tagging.scoring import scores
from tests.integration.retrieval.shelf import leaning
from tests.integration.tagging.conftest import AXES, Office

from .conftest import COLOURS, EACH


def darken(maker: str) -> None:
    """Two thirds of this maker's pictures show one and the same murk, nearest to green."""
    products = Product.objects.filter(brand__slug=maker).order_by("pk")
    for number, product in enumerate(products):
        if number % 3:
            rows = PictureVector.objects.filter(product=product.pk)
            rows.update(vector=leaning(AXES["green"], 0.5))


def test_what_is_right_is_counted(audited: Office) -> None:
    (found,) = audit_tags().attributes
    # Nine of ten pictures show what the title says; how sure an answer is says nothing of which.
    assert (found.known, found.source, found.shown_alone) == (9 * EACH, "words", True)
    assert found.macro_f1 == pytest.approx(0.9, abs=0.001)
    by_hand = {value: (value.known, value.recall) for value in found.values}
    assert {value.value for value in found.values} == set(COLOURS)
    assert all(known == 3 * EACH for known, _ in by_hand.values())
    assert found.confusions[0].count == 3 * EACH // 10
    assert {(each.value, each.taken_for) for each in found.confusions} == {
        ("red", "green"),
        ("blue", "red"),
        ("green", "blue"),
    }
    assert found.worse_groups == ()
    assert found.misleading == ()


def test_nothing_is_written(audited: Office) -> None:
    asked = list(Attribute.objects.values())
    vectors = list(PictureVector.objects.order_by("pk").values_list("pk", flat=True))
    audit_tags()
    assert list(Attribute.objects.values()) == asked
    assert list(PictureVector.objects.order_by("pk").values_list("pk", flat=True)) == vectors
    assert not Tag.objects.exists()


def test_a_maker_whose_pictures_are_dark_is_named_and_no_other(audited: Office) -> None:
    darken("birch")
    (found,) = audit_tags().attributes
    assert [(each.facet, each.value) for each in found.worse_groups] == [("brand", "birch")]
    (birch,) = found.worse_groups
    reds_and_blues = 2 / 3 * (1 - 2 / 3)
    assert birch.right == pytest.approx(0.9 / 3 + reds_and_blues, abs=0.15)
    assert birch.others_right == pytest.approx(0.9, abs=0.01)


def test_a_maker_of_hard_colours_alone_is_not_named(audited: Office) -> None:
    # All greens are hard, whoever makes them; one maker makes nothing else.
    greens = Product.objects.filter(name__startswith="green")
    PictureVector.objects.filter(product__in=list(greens.values_list("pk", flat=True)[::2])).update(
        vector=leaning(AXES["blue"], 0.7)
    )
    Product.objects.filter(name__contains="cedar").exclude(name__startswith="green").update(
        brand=Brand.objects.get(slug="ash")
    )
    (found,) = audit_tags(by=["brand"]).attributes
    assert found.worse_groups == ()
    (cedar,) = [each for each in found.groups if each.value == "cedar"]
    assert cedar.right < 0.6
    assert cedar.right == pytest.approx(cedar.others_right, abs=0.1)


def test_a_sentence_of_another_colour_is_named_and_no_other(audited: Office) -> None:
    red = AttributeValue.objects.get(value="red")
    red.prompts = ["red", "a photo of a red", "as good as blue"]
    red.save()
    audited.shelf.encoder.texts["as good as blue"] = leaning(AXES["blue"], 1.0)
    (found,) = audit_tags().attributes
    assert [(each.value, each.sentence) for each in found.misleading] == [("red", "as good as blue")]
    assert found.misleading[0].tells < 0.5 < 0.9 < found.misleading[0].plainly
    assert found.misleading[0].changes > 0.2


def test_a_value_s_only_sentence_is_held_against_plain_words(audited: Office) -> None:
    AttributeValue.objects.filter(value="red").update(prompts=["as good as blue"])
    audited.shelf.encoder.texts["as good as blue"] = leaning(AXES["blue"], 1.0)
    (found,) = audit_tags().attributes
    assert [each.sentence for each in found.misleading] == ["as good as blue"]


def test_a_facet_says_what_is_right_where_the_shop_has_one(audited: Office) -> None:
    Attribute.objects.filter(name="colour").update(name="brand")
    for colour, maker in zip(COLOURS, ("ash", "birch", "cedar"), strict=True):
        AttributeValue.objects.filter(value=colour).update(value=maker, label=colour)
    (found,) = audit_tags().attributes
    assert (found.source, found.shown_alone) == ("facet", False)
    assert all(each.facet != "brand" for each in found.groups)
    assert found.macro_f1 < 0.5  # colours say nothing of the maker


def test_with_too_few_known_products_nothing_is_claimed(office: Office) -> None:
    office.product("red shirt", "red")
    (found,) = audit_tags().attributes
    assert (found.known, found.bins) == (0, ())
    call_command("audit_tags", verbosity=0)


def test_each_product_is_judged_by_a_fit_that_never_met_it(audited: Office, monkeypatch: Any) -> None:
    fitted: list[set[bytes]] = []
    judged: list[set[bytes]] = []
    # Every picture differs from all others by a touch, so that its scores tell which it is.
    for number, row in enumerate(PictureVector.objects.order_by("pk")):
        row.vector = [*row.vector[:5], 0.0005 * number, *row.vector[6:]]
        row.save()

    def fit(head: Any, pictures: Any, *args: Any) -> Any:
        fitted.append({row.tobytes() for row in pictures})
        return real_fit(head, pictures, *args)

    def judge(head: Any, page: Any, *args: Any) -> Any:
        judged.append({row.tobytes() for row in scores(head, page.pictures)})
        return real_judge(head, page, *args)

    real_fit, real_judge = answers.fit, answers.judged
    monkeypatch.setattr(answers, "fit", fit)
    monkeypatch.setattr(answers, "judged", judge)
    (found,) = audit_tags().attributes
    assert len(fitted) == len(judged) > 1
    assert len(set().union(*judged)) == found.known == 9 * EACH
    assert all(not (learnt & asked) for learnt, asked in zip(fitted, judged, strict=True))


def test_bins_agree_with_counting_by_hand(audited: Office) -> None:
    (found,) = audit_tags().attributes
    assert sum(each.count for each in found.bins) == found.known
    right = sum(each.right * each.count for each in found.bins)
    assert right == pytest.approx(0.9 * found.known)
    by_hand = sum(each.count * abs(each.right - each.sure) for each in found.bins) / found.known
    assert found.calibration_error == pytest.approx(by_hand)


def test_the_command_tells_what_is_wrong_and_writes_a_page(
    audited: Office, tmp_path: Path, capsys: Any
) -> None:
    darken("birch")
    page = tmp_path / "audit.html"
    with pytest.raises(SystemExit) as ended:
        call_command("audit_tags", by=["brand"], page=page, strict=True, verbosity=0)
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert "brand 'birch' is seen worse" in told
    html = page.read_text()
    assert html.count("<svg") == 2
    assert "brand birch" in html
    assert "http://" not in html.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )
    call_command("audit_tags", json=True, verbosity=0)
    (colour,) = json.loads(capsys.readouterr().out)["attributes"]
    assert colour["name"] == "colour"
    assert np.isfinite(colour["calibration_error"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"attribute": ["neck"]}, "No attribute 'neck' is in use; there is colour"),
        ({"by": ["maker"]}, "No facet 'maker' to group products by; there is category, brand"),
    ],
)
def test_what_is_asked_wrongly_is_said(audited: Office, options: Any, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("audit_tags", verbosity=0, **options)


def test_without_a_vocabulary_it_says_what_to_do(shelf: Any) -> None:
    with pytest.raises(CommandError, match="No attribute is in use"):
        call_command("audit_tags", verbosity=0)
