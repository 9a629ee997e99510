"""Judging what is stored: by pictures, by texts, by both, and what becomes of what can't be judged."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Product
from product_search.documents import SearchScope, document, visible_products
from product_search.documents.reading import read_products as read_shop
from product_search.indexing.content import texts_of
from product_search.indexing.seams import Written
from product_search.models import Entry, Picture, Policy, Ruling, RulingChange, Text
from product_search.moderation import is_due, moderate_pending, run
from product_search.moderation.writing import hold_unjudged, judge_written
from tests.integration.retrieval.shelf import leaning

from .conftest import Court

EN = SearchScope(language="en")


def seen() -> set[str]:
    return set(visible_products(EN).values_list("name", flat=True))


def with_pictures(product: Any, *digests: str, **fields: Any) -> Any:
    """What indexing records of a product's pictures."""
    for digest in digests:
        Picture.objects.create(
            product=product.pk, picture=digest, name=f"{digest}.png", digest=digest, **fields
        )
    return product


def test_what_a_picture_shows_is_held_and_absent_at_once(court: Court) -> None:
    with_pictures(court.office.product("Shirt", "blue", "red"), "Shirt-0", "Shirt-1")
    with_pictures(court.office.product("Hat", "blue"), "Hat-0")
    assert is_due("default")
    found = moderate_pending()
    assert (found.complete, found.flagged, found.seen) == (True, 1, 2)
    assert court.states() == {"Shirt": "held"}
    ruling = Ruling.objects.get()
    assert (ruling.because, ruling.picture, ruling.detail) == ("picture", "Shirt-1", "red")
    assert ruling.probability == pytest.approx(1.0, abs=0.1)
    assert ruling.model.startswith("written (space")
    assert seen() == {"Hat"}
    assert list(Product.objects.held_back().values_list("name", flat=True)) == ["Shirt"]
    assert list(Product.objects.on_show().values_list("name", flat=True)) == ["Hat"]
    assert not is_due("default")


def test_words_may_be_read_in_names_alone(court: Court) -> None:
    court.policy("charts", concepts=[], counter_examples=[], words=["size chart"], words_in_names=True)
    for name, said in (("Shirt", "See our size chart."), ("Size charts, shirts", ""), ("Chart", "size")):
        court.office.product(name, "blue", description=said)
    moderate_pending()
    assert court.states() == {"Size charts, shirts (charts)": "held"}
    Policy.objects.filter(name="charts").update(words_in_names=False)
    moderate_pending()
    assert set(court.states()) == {"Size charts, shirts (charts)", "Shirt (charts)"}


def test_a_flagged_product_stays_where_it_is(court: Court) -> None:
    Policy.objects.update(action="flag")
    with_pictures(court.office.product("Shirt", "red"), "Shirt-0")
    moderate_pending()
    assert court.states() == {"Shirt": "flagged"}
    assert seen() == {"Shirt"}


def test_a_text_is_enough_where_there_is_no_picture(court: Court) -> None:
    shelf = court.office.shelf
    for name, axis in (("Shirt", 0), ("Hat", 1)):
        product = shelf.product(name, title_vector=leaning(axis, 0.9))
        Entry.objects.create(product=product.pk, wanted=1, done=1)
    moderate_pending()
    assert court.states() == {"Shirt": "held"}
    assert Ruling.objects.get().because == "text"


def test_two_doubts_add_up(court: Court) -> None:
    """Neither the picture nor the text alone is as likely as the policy asks for."""
    Policy.objects.update(threshold=0.95)
    shelf = court.office.shelf
    vector = [0.55, 0.35, 0, 0, 0, 0, 0, 0.758]
    for name, words in (("Both", vector), ("Picture", leaning(1, 0.4))):
        product = shelf.product(name, title_vector=words, pictures={f"{name}-0": vector})
        Entry.objects.create(product=product.pk, wanted=1, done=1)
        with_pictures(product, f"{name}-0")
    moderate_pending()
    assert court.states() == {"Both": "held"}
    assert Ruling.objects.get().because == "together"


@pytest.mark.parametrize(("judged_by", "held"), [("pictures", "Picture"), ("text", "Text")])
def test_a_policy_looks_at_the_side_it_names(court: Court, judged_by: str, held: str) -> None:
    Policy.objects.update(judged_by=judged_by)
    shelf = court.office.shelf
    for name, picture, words in (("Picture", 0, 1), ("Text", 1, 0)):
        product = shelf.product(
            name, title_vector=leaning(words, 0.9), pictures={f"{name}-0": leaning(picture, 0.9)}
        )
        Entry.objects.create(product=product.pk, wanted=1, done=1)
        with_pictures(product, f"{name}-0")
    moderate_pending()
    assert court.states() == {held: "held"}


def test_words_and_contact_details_are_read(court: Court) -> None:
    Policy.objects.all().delete()
    court.policy("words", concepts=[], counter_examples=[], words=["candle"])
    court.policy("contacts", concepts=[], counter_examples=[], contacts=True)
    court.office.product("Candles")
    court.office.product("Hat, call +49 170 1234567")
    court.office.product("Scarf")
    moderate_pending()
    assert court.states() == {"Candles (words)": "held", "Hat, call +49 170 1234567 (contacts)": "held"}
    assert set(Ruling.objects.values_list("because", "detail")) == {
        ("words", "candle"),
        ("contacts", "call +49 170 1234567"),
    }


def test_lettering_counts_from_the_policys_probability_on(court: Court) -> None:
    Policy.objects.all().delete()
    court.policy("overlay", concepts=[], counter_examples=[], lettering=True, threshold=0.7)
    for name, likely in (("Sale", 0.8), ("Plain", 0.6)):
        with_pictures(court.office.product(name, "blue"), f"{name}-0", lettering=likely)
    moderate_pending()
    assert court.states() == {"Sale": "held"}


def test_categories_of_the_shop_are_what_else_it_may_be(court: Court) -> None:
    """Without a counter-example a lamp would be nearest to what is meant; the category of lamps is nearer still."""
    Policy.objects.update(counter_examples=["other"])
    shelf = court.office.shelf
    product = shelf.product("Lamp", category="lamps", pictures={"Lamp-0": [0.6, 0.7, 0, 0, 0, 0, 0, 0.387]})
    Entry.objects.create(product=product.pk, wanted=1, done=1)
    with_pictures(product, "Lamp-0")
    moderate_pending()
    assert court.states() == {"Lamp": "held"}
    for template in ("{}", "a photo of a {}", "a picture of a {}", "product photo of a {}"):
        shelf.encoder.texts[template.replace("{}", "Lamps")] = leaning(1, 1.0)
    shelf.gather_words()
    assert is_due("default")
    moderate_pending()
    assert court.states() == {"Lamp": "clear"}


class TestWithEachWrite:
    """Indexing judges within its own transaction, from stored vectors alone."""

    def test_a_write_is_judged_with_it(self, court: Court) -> None:
        moderate_pending()
        product = with_pictures(court.office.product("Shirt", "red"), "Shirt-0")
        asked = court.office.shelf.encoder.asked
        judge_written(Written("default", (product.pk,)))
        assert court.states() == {"Shirt": "held"}
        assert court.office.shelf.encoder.asked == asked, "no model within a write"

    def test_a_product_that_is_gone_has_no_ruling_and_keeps_its_trail(self, court: Court) -> None:
        product = with_pictures(court.office.product("Shirt", "red"), "Shirt-0")
        moderate_pending()
        key = product.pk
        product.delete()
        judge_written(Written("default", (), (key,)))
        assert not Ruling.objects.exists()
        assert RulingChange.objects.count() == 1

    @pytest.mark.parametrize(("setting", "shown"), [("hold", set()), ("pass", {"Shirt"})])
    def test_what_was_never_put_to_a_model_is_shown_or_held_as_the_policy_says(
        self, court: Court, setting: str, shown: set[str]
    ) -> None:
        Policy.objects.update(unjudged=setting, judged_by="pictures")
        product = with_pictures(court.office.product("Shirt", "blue"), "Shirt-0")
        judge_written(Written("default", (product.pk,)))  # the policy's sentences have no vectors yet
        assert seen() == shown
        moderate_pending()
        assert seen() == {"Shirt"}


class TestWithoutTheModel:
    """While the encoder is down each policy says what becomes of products."""

    @pytest.mark.parametrize(
        ("setting", "shown"), [("hold", {"Old hat"}), ("pass", {"Old hat", "New shirt"})]
    )
    def test_new_products_are_held_or_shown_as_the_policy_says(
        self, court: Court, setting: str, shown: set[str]
    ) -> None:
        Policy.objects.update(unjudged=setting, judged_by="pictures")
        old = with_pictures(court.office.product("Old hat", "blue"), "Old hat-0")
        moderate_pending()
        new = court.office.shelf.product("New shirt", indexed=False)
        Picture.objects.filter(product=old.pk).delete()  # the shop has no file of it either
        for text in texts_of(read_shop(document(), [old.pk])[old.pk]):
            Text.objects.update_or_create(
                generation=court.office.shelf.generation,
                product=old.pk,
                language=text.language,
                defaults={"fields": dict(text.fields), "digest": text.digest},
            )
        hold_unjudged("default", [old.pk, new.pk])
        assert seen() == shown
        assert court.states() == ({"New shirt": "held"} if setting == "hold" else {})

    def test_a_picture_that_cant_be_read_can_t_be_judged(self, court: Court) -> None:
        Policy.objects.update(unjudged="hold", judged_by="pictures")
        product = court.office.product("Shirt", "blue")
        with_pictures(product, "Shirt-0")
        Picture.objects.create(product=product.pk, picture="b", name="b.png", reason="truncated")
        moderate_pending()
        assert court.states() == {"Shirt": "held"}
        assert Ruling.objects.get().because == "unjudged"

    def test_a_pass_without_the_model_says_so_and_is_made_up_for(
        self, court: Court, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_pictures(court.office.product("Shirt", "red"), "Shirt-0")
        encode = court.office.shelf.encoder.encode_texts
        monkeypatch.setattr(
            court.office.shelf.encoder, "encode_texts", lambda *_, **__: court.office.missing()
        )
        found = moderate_pending()
        assert "not here" in found.problem
        assert found.complete
        assert court.states() == {}
        monkeypatch.setattr(court.office.shelf.encoder, "encode_texts", encode)
        monkeypatch.setattr(run, "TRY_AGAIN_SECONDS", -1.0)
        assert is_due("default")
        moderate_pending()
        assert court.states() == {"Shirt": "held"}


def test_a_policy_that_is_no_longer_in_use_lets_go_of_what_it_held(court: Court) -> None:
    with_pictures(court.office.product("Shirt", "red"), "Shirt-0")
    moderate_pending()
    Policy.objects.update(enabled=False)
    assert is_due("default")
    moderate_pending()
    assert court.states() == {}
    last = RulingChange.objects.order_by("id").last()
    assert last is not None
    assert (last.before, last.after, last.why) == ("held", "clear", "The policy is not in use.")
    assert seen() == {"Shirt"}
    assert not is_due("default")


def test_a_pass_goes_on_where_it_was_stopped(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PAGE", 2)
    for name in ("A", "B", "C", "D", "E"):
        with_pictures(court.office.product(name, "red"), f"{name}-0")
    found = moderate_pending(seconds=0)
    assert (found.seen, found.complete) == (0, False)
    serving = run.Serving.now("default")
    assert serving is not None
    run._advance(serving)
    assert len(court.states()) == 2
    assert is_due("default")
    assert moderate_pending().complete
    assert len(court.states()) == 5
