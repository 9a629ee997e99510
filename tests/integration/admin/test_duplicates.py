"""Pairs of products in the admin: side by side, dismissed, merged by the shop's own code, and all of it taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from catalog.documents import ProductDocument
from catalog.models import Product
from product_search.documents import ProductDocument as Plain
from product_search.models import Duplicate, PairState, Unexamined
from product_search.tagging import examine_pending, pairs
from product_search.testing import index_now
from tests.acceptance import copies
from tests.integration.tagging.test_duplicates import RNG, drawn, product

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(settings: Any, tmp_path: Path) -> Duplicate:
    """A mug, and its mirrored copy with a second picture under another name."""
    settings.MEDIA_ROOT = tmp_path
    mug = drawn("mug-1001-1.webp")
    product("Mug Dana", mug)
    product("Tumbler", copies.mirrored(mug, RNG), drawn("bac-1115-1.webp"))
    index_now()
    examine_pending()
    return Duplicate.objects.get()


def address(name: str, *args: Any) -> str:
    return reverse(f"admin:product_search_duplicate_{name}", args=args)


def decide(client: Client, pair: Duplicate, verdict: str, **data: Any) -> str:
    answer = client.post(address("decide", pair.pk), {"verdict": verdict, **data}, follow=True)
    assert answer.status_code == 200
    pair.refresh_from_db()
    return answer.content.decode()


def test_both_products_stand_side_by_side(admin_client: Client, pair: Duplicate) -> None:
    page = admin_client.get(address("review")).content.decode()
    for part in (
        "Mug Dana",
        "Tumbler",
        "1.00 EUR",
        "Same picture",
        'data-key="1"',
        'data-key="d"',
        "Shoppers see it.",
    ):
        assert part in page, part
    for picture in Product.objects.get(name="Tumbler").images.all():
        assert picture.image.url in page
    assert "<style" not in page
    assert "style=" not in page
    assert admin_client.get(address("change", pair.pk)).content.decode().count("ps-large") == 2
    assert "Decide on 1 that is open" in admin_client.get(address("changelist")).content.decode()


def test_a_dismissal_says_who_and_when_and_is_taken_back(admin_client: Client, pair: Duplicate) -> None:
    page = decide(admin_client, pair, "dismiss")
    assert "No pair is open" in page
    assert "You decided last" in page
    assert (pair.state, pair.decided_by) == (PairState.DISMISSED, "admin")
    assert pair.decided_at is not None
    assert "these are two products" in LogEntry.objects.get().change_message
    page = decide(admin_client, pair, "undo")
    assert pair.state == PairState.OPEN
    assert 'data-key="d"' in page
    assert LogEntry.objects.count() == 2


def test_merged_by_the_shop_and_taken_back(admin_client: Client, pair: Duplicate) -> None:
    mug, tumbler = Product.objects.get(name="Mug Dana"), Product.objects.get(name="Tumbler")
    before = list(tumbler.images.values_list("pk", "position"))
    decide(admin_client, pair, "merge", remove=tumbler.pk)
    assert (pair.state, pair.removed) == (PairState.MERGED, tumbler.pk)
    assert not Product.objects.get(pk=tumbler.pk).published
    assert [image.position for image in mug.images.all()] == [0, 1, 2]
    index_now()
    examine_pending()
    assert not Duplicate.objects.filter(state=PairState.OPEN).exists()
    decide(admin_client, pair, "undo")
    assert Product.objects.get(pk=tumbler.pk).published
    assert list(tumbler.images.values_list("pk", "position")) == before
    assert Duplicate.objects.get().state == PairState.OPEN
    assert Unexamined.objects.filter(product=tumbler.pk).exists()


def test_who_comes_second_is_told_and_changes_nothing(admin_client: Client, pair: Duplicate) -> None:
    pairs.dismiss(pair.pk, by="colleague", using="default")
    page = decide(admin_client, pair, "merge", remove=pair.other)
    assert "olleague was first: two products" in page, page[page.find("messagelist") :][:400]
    assert pair.state == PairState.DISMISSED
    assert Product.objects.filter(published=True).count() == 2
    Duplicate.objects.all().delete()
    answer = admin_client.post(address("decide", pair.pk), {"verdict": "dismiss"}, follow=True)
    assert f"There is no pair {pair.pk} any more" in answer.content.decode()


@pytest.mark.parametrize("remove", ["", "x", "999999"])
def test_a_product_that_is_not_of_the_pair_is_refused(
    admin_client: Client, pair: Duplicate, remove: str
) -> None:
    assert "The pair has no product" in decide(admin_client, pair, "merge", remove=remove)
    assert pair.state == PairState.OPEN


def test_a_merge_that_the_shop_breaks_off_changes_nothing(
    admin_client: Client, pair: Duplicate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def merge(self: Any, keep: Product, remove: Product) -> None:
        remove.delete()
        Product.objects.create(sku=keep.sku)

    monkeypatch.setattr(ProductDocument, "merge", merge)
    assert "Nothing was changed" in decide(admin_client, pair, "merge", remove=pair.other)
    assert pair.state == PairState.OPEN
    assert Product.objects.count() == 2


def test_a_shop_without_a_merge_is_told_how_to_have_one(
    admin_client: Client, pair: Duplicate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProductDocument, "merge", Plain.merge)
    page = admin_client.get(address("review")).content.decode()
    assert "merge(self, keep, remove)" in page
    assert 'value="merge"' not in page
    assert "has no merge" in decide(admin_client, pair, "merge", remove=pair.other)


def test_who_may_only_look_decides_nothing(client: Client, pair: Duplicate, django_user_model: Any) -> None:
    clerk = django_user_model.objects.create_user("clerk", password="x", is_staff=True)
    client.force_login(clerk)
    assert client.get(address("review")).status_code == 403
    from django.contrib.auth.models import Permission

    clerk.user_permissions.add(Permission.objects.get(codename="view_duplicate"))
    assert 'data-key="d"' not in client.get(address("review")).content.decode()
    for verdict in ("dismiss", "merge", "undo", "x"):
        assert client.post(address("decide", pair.pk), {"verdict": verdict}).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="change_duplicate"))
    assert client.post(address("decide", pair.pk), {"verdict": "merge"}).status_code == 403
    assert client.post(address("decide", pair.pk), {"verdict": "dismiss"}).status_code == 302
    assert client.get(address("decide", pair.pk)).status_code == 405


def test_the_next_one_comes_by_number_and_then_the_first_again(admin_client: Client, pair: Duplicate) -> None:
    second = Duplicate.objects.create(
        product=pair.other, other=pair.other + 1, picture="1", other_picture="2", kind="same_file"
    )
    for after, expected in ((pair.pk, second.pk), (second.pk, pair.pk), ("x", pair.pk), ("9" * 30, pair.pk)):
        answer = admin_client.get(address("review"), {"after": after})
        assert answer.context["row"].pk == expected
    assert "This picture is gone" in admin_client.get(address("change", second.pk)).content.decode()
