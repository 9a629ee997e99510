"""Pictures that don't fit their product are doubted from stored vectors, until somebody says what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from catalog.models import Category, Product
from product_search.indexing.seams import Written, after_write
from product_search.models import Doubt, DoubtState, Entry, PictureVector, TextVector, Unexamined
from product_search.tagging import doubts, examine_pending, must_examine
from product_search.tagging.deciding import AlreadyDecided
from product_search.tagging.doubting import decide
from tests.integration.retrieval.conftest import shelf, shelf_factory
from tests.integration.retrieval.shelf import DIM, Shelf

__all__ = ["shelf", "shelf_factory"]
pytestmark = pytest.mark.django_db
KINDS, OF_EACH = 6, 30
USING = "default"


def near(axis: int, rng: np.random.Generator) -> list[float]:
    """A unit vector near to an axis."""
    vector = 0.12 * rng.normal(size=DIM)
    vector[axis] += 1.0
    return list(vector / np.linalg.norm(vector))


@pytest.fixture
def shop(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> list[Product]:
    """Products of six kinds, each kind along an axis, with a picture each; the first picture is of the next kind."""
    monkeypatch.setattr(doubts, "FEWEST", 100)
    rng = np.random.default_rng(4)
    kinds = [
        Category.objects.create(path=f"k{kind}", slug=f"k{kind}", name=f"Kind {kind}")
        for kind in range(KINDS)
    ]
    products = Product.objects.bulk_create(
        Product(
            sku=f"{number}", name=f"Thing {number}", slug="thing", category=kinds[number % KINDS], price=1
        )
        for number in range(KINDS * OF_EACH)
    )
    for number, product in enumerate(products):
        kind = number % KINDS
        shown = (kind + 1) % KINDS if number == 0 else kind
        write(shelf, product, near(kind, rng), near(shown, rng), f"digest {number}")
    Entry.objects.bulk_create(Entry(product=product.pk, wanted=1, done=1) for product in products)
    return products


def write(shelf: Shelf, product: Product, title: list[float], picture: list[float], digest: str) -> None:
    of: dict[str, Any] = {"space_id": shelf.space.pk, "product": product.pk, "digest": digest}
    TextVector.objects.create(
        **of, id=shelf._next_id(), generation_id=shelf.generation.pk, language="en", vector=title
    )
    PictureVector.objects.create(
        **of, id=shelf._next_id(), picture=f"p{product.pk}", position=0, vector=picture
    )


def replace(shelf: Shelf, product: Product, kind: int, digest: str) -> None:
    """Another picture under the same id, and what indexing says of it."""
    rows = PictureVector.objects.filter(space_id=shelf.space.pk, product=product.pk)
    rows.update(vector=near(kind, np.random.default_rng(9)), digest=digest)
    for step in after_write:
        step(Written(USING, (product.pk,), (), (product.pk,)))


def doubted() -> set[int]:
    return set(Doubt.objects.filter(state="open").values_list("product", flat=True))


def test_a_picture_of_another_kind_is_doubted_and_shown_beside_what_it_is_like(shop: list[Product]) -> None:
    assert must_examine(USING)
    assert examine_pending()
    assert not must_examine(USING)
    assert doubted() == {shop[0].pk}
    doubt = Doubt.objects.get()
    assert doubt.sure >= doubts.PROMISED
    assert doubt.kind == "other"
    assert Product.objects.get(pk=doubt.like).category.path == "k1"


def test_what_is_written_is_judged_by_what_was_learnt(shop: list[Product], shelf: Shelf) -> None:
    examine_pending()
    replace(shelf, shop[7], 4, "new")
    assert list(Unexamined.objects.values_list("product", flat=True)) == [shop[7].pk]
    examine_pending()
    assert doubted() == {shop[0].pk, shop[7].pk}
    replace(shelf, shop[7], 1, "mended")
    replace(shelf, shop[0], 0, "mended too")
    examine_pending()
    assert doubted() == set()


def test_a_picture_that_is_right_is_never_doubted_again_but_another_in_its_place_is(
    shop: list[Product], shelf: Shelf
) -> None:
    examine_pending()
    decide(Doubt.objects.get().pk, DoubtState.DISMISSED, by="ann", using=USING)
    doubts.begin(shelf.space, shelf.generation, using=USING)
    examine_pending()
    assert doubted() == set()
    with pytest.raises(AlreadyDecided, match="ann was first"):
        decide(Doubt.objects.get().pk, DoubtState.WRONG, by="bob", using=USING)
    replace(shelf, shop[0], 3, "another")
    examine_pending()
    assert doubted() == {shop[0].pk}


def test_the_command_judges_everything_and_lists_what_it_doubts(
    shop: list[Product], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("doubts", verbosity=0)
    said = capsys.readouterr().out
    assert f"looks like another product     {shop[0].pk}" in said
    assert "1 pictures are doubted" in said
    monkeypatch.setattr(doubts, "FEWEST", 1_000)
    with pytest.raises(CommandError, match="say too little"):
        call_command("doubts", verbosity=0)


def test_a_doubt_goes_with_its_product(shop: list[Product]) -> None:
    examine_pending()
    for step in after_write:
        step(Written(USING, (), (shop[0].pk,)))
    assert not Doubt.objects.exists()


def test_few_pictures_say_nothing_and_a_shop_that_grew_is_learnt_anew(
    shop: list[Product], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubts, "FEWEST", 1_000)
    assert not must_examine(USING)
    assert examine_pending()
    assert not Doubt.objects.exists()
    monkeypatch.setattr(doubts, "FEWEST", 100)
    examine_pending()
    monkeypatch.setattr(doubts, "COUNT_EVERY_SECONDS", 0.0)
    monkeypatch.setattr("product_search.indexing.heartbeat.REST", 0)
    assert not doubts.must_begin(shelf.space, using=USING)
    Entry.objects.bulk_create(Entry(product=10_000_000 + number, wanted=1, done=1) for number in range(60))
    assert doubts.must_begin(shelf.space, using=USING)


def test_the_admin_shows_the_surest_first_and_keeps_who_decided(
    shop: list[Product], admin_client: Client
) -> None:
    examine_pending()
    Doubt.objects.update(sure=0.95)
    doubt = Doubt.objects.get()
    surer = Doubt.objects.create(
        product=shop[3].pk, picture="p", digest="x", kind="unfamiliar", sure=1.0, like=shop[4].pk
    )
    page = admin_client.get(reverse("admin:product_search_doubt_review"))
    assert page.context["row"].pk == surer.pk
    content = page.content.decode()
    for part in ("Thing 3", "Thing 4", "100 of 100", "Like nothing else in the shop", 'data-key="w"'):
        assert part in content, part
    assert "100%" in admin_client.get(reverse("admin:product_search_doubt_changelist")).content.decode()
    address = reverse("admin:product_search_doubt_decide", args=[surer.pk])
    page = admin_client.post(address, {"verdict": "dismiss"}, follow=True)
    assert page.context["row"].pk == doubt.pk
    surer.refresh_from_db()
    assert (surer.state, surer.decided_by) == ("dismissed", "admin")
    admin_client.post(address, {"verdict": "undo"})
    surer.refresh_from_db()
    assert surer.state == "open"
    wrong = reverse("admin:product_search_doubt_decide", args=[doubt.pk])
    admin_client.post(wrong, {"verdict": "wrong"})
    assert Doubt.objects.get(pk=doubt.pk).get_state_display() == "to be mended"
    surer.delete()
    assert (
        "No picture is doubted"
        in admin_client.get(reverse("admin:product_search_doubt_review")).content.decode()
    )
