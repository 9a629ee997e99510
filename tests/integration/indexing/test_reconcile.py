"""One planted difference of every kind is found at the depth that promises it, not claimed at the other, and mended."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.documents import ProductDocument
from catalog.models import Product, ProductImage
from product_search.documents import Text as DeclaredText
from product_search.indexing import differences, index_pending, reconcile, sweep
from product_search.models import (
    Entry,
    Heartbeat,
    Mark,
    Picture,
    PictureVector,
    Space,
    Text,
    TextVector,
)
from product_search.testing import index_now

from .conftest import add_picture, png
from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db

PRODUCTS = 5
#: A key that no product has.
GONE = 999_999


class WithFunction(ProductDocument):
    """The shop's document with a text that only a function reads."""

    note = DeclaredText(lambda document, product: f"sold in {product.currency}")


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five products are three pages."""
    monkeypatch.setattr(reconcile, "PAGES", {"quick": 2, "deep": 2})


@pytest.fixture
def mug(make: Callable[..., Product], settings: Any) -> Product:
    """The product that something will happen to, in the middle of an indexed shop."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": f"{__name__}.WithFunction"}
    products = [make(f"Mug {n}", name_de=f"Tasse {n}") for n in range(PRODUCTS)]
    add_picture(products[2], png("red"))
    add_picture(products[2], png("blue"), position=1)
    index_now()
    return products[2]


def kinds(depth: differences.Depth) -> set[str]:
    return set(reconcile.reconcile(depth, repair=False).differences)


def text(product: Product) -> Any:
    return Text.objects.filter(product=product.pk, language="en")


def first_picture(product: Product) -> ProductImage:
    return product.images.order_by("position").first()


def picture_row(product: Product) -> Any:
    return Picture.objects.filter(product=product.pk, picture=str(first_picture(product).pk))


def picture_vector(product: Product) -> Any:
    return PictureVector.objects.filter(product=product.pk, picture=str(first_picture(product).pk))


def text_vector(product: Product) -> Any:
    return TextVector.objects.filter(product=product.pk, language="en")


def swap_file(product: Product, data: bytes) -> None:
    with open(first_picture(product).image.path, "wb") as file:
        file.write(data)


def another_picture_of_the_same_size(product: Product) -> bytes:
    path = first_picture(product).image.path
    size = os.path.getsize(path)
    other = png("lime", (7, 7))
    assert len(other) <= size + 40
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data[-5] ^= 1  # within the last checksum
    return bytes(data)


def again(row: Any, **changes: Any) -> None:
    """The same row once more, with other values."""
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def vector_again(row: Any, **changes: Any) -> None:
    row.id += 1_000_000
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def save_and_lose_the_mark(product: Product) -> None:
    product.name = "Cup"
    product.save()
    Mark.objects.all().delete()


@dataclass(frozen=True)
class Planted:
    """What somebody did to shop or index behind our back, and the kinds that each depth tells."""

    what: str
    plant: Callable[[Product], Any]
    quick: set[str]
    deep: set[str] | None = None  # as quick unless given


PLANTED = [
    Planted("a bulk update", lambda p: Product.objects.filter(pk=p.pk).update(name="Cup"), {"changed_text"}),
    Planted("a mark lost", save_and_lose_the_mark, {"changed_text"}),
    Planted(
        "what only a function reads",
        lambda p: Product.objects.filter(pk=p.pk).update(currency="USD"),
        set(),
        {"changed_text"},
    ),
    Planted("a text deleted", lambda p: text(p).delete(), {"missing_text", "extra_vector"}),
    Planted(
        "a language lost",
        lambda p: Text.objects.filter(language="de").delete(),
        {"missing_text", "extra_vector"},
    ),
    Planted(
        "a text altered in the index",
        lambda p: text(p).update(fields={**text(p).get().fields, "title": "Cup"}),
        {"changed_text"},
    ),
    Planted(
        "a language that is not declared",
        lambda p: again(text(p).get(), language="fr"),
        {"extra_text", "missing_vector"},
    ),
    Planted("a text's digest", lambda p: text(p).update(digest="0" * 64), {"wrong_digest", "stale_vector"}),
    Planted("a text's words", lambda p: text(p).update(terms=["cup"]), set(), {"wrong_terms"}),
    Planted("an entry lost", lambda p: Entry.objects.filter(product=p.pk).delete(), {"missing_entry"}),
    Planted(
        "a product past the signals",
        lambda p: Product.objects.bulk_create([Product(sku="bulk", name="Bulk")]),
        {"missing_entry"},
    ),
    Planted(
        "a product deleted past the signals",
        lambda p: (
            p.images.all()._raw_delete("default"),
            Product.objects.filter(pk=p.pk)._raw_delete("default"),
        ),
        {"orphan_entry", "orphan_text", "orphan_picture", "orphan_vector"},
    ),
    Planted("an entry of nothing", lambda p: Entry.objects.create(product=GONE, done=1), {"orphan_entry"}),
    Planted("a text of nothing", lambda p: again(text(p).get(), product=GONE), {"orphan_text"}),
    Planted("a picture of nothing", lambda p: again(picture_row(p).get(), product=GONE), {"orphan_picture"}),
    Planted(
        "a text's vector of nothing",
        lambda p: vector_again(text_vector(p).get(), product=GONE),
        {"orphan_vector"},
    ),
    Planted(
        "a picture's vector of nothing",
        lambda p: vector_again(picture_vector(p).get(), product=GONE),
        {"orphan_vector"},
    ),
    Planted(
        "a vector of no generation",
        lambda p: vector_again(text_vector(p).get(), generation_id=GONE),
        {"orphan_vector"},
    ),
    Planted("a text's vector lost", lambda p: text_vector(p).delete(), {"missing_vector"}),
    Planted("a picture's vector lost", lambda p: picture_vector(p).delete(), {"missing_vector"}),
    Planted("a vector's digest", lambda p: text_vector(p).update(digest="0" * 64), {"stale_vector"}),
    Planted(
        "a vector of a picture that is none",
        lambda p: vector_again(picture_vector(p).get(), picture="no-such"),
        {"extra_vector"},
    ),
    Planted(
        "a vector in a language that is not declared",
        lambda p: vector_again(text_vector(p).get(), language="fr"),
        {"extra_vector"},
    ),
    Planted(
        "a picture added past the signals",
        lambda p: ProductImage.objects.bulk_create(
            [ProductImage(product=p, image=first_picture(p).image.name, position=2)]
        ),
        {"missing_picture"},
    ),
    Planted(
        "a picture deleted past the signals",
        lambda p: p.images.filter(pk=first_picture(p).pk)._raw_delete("default"),
        {"changed_picture", "extra_picture"},  # the other one moved to the first place
    ),
    Planted("a picture's row lost", lambda p: picture_row(p).delete(), {"missing_picture", "extra_vector"}),
    Planted("another order", lambda p: p.images.filter(position=0).update(position=5), {"changed_picture"}),
    Planted(
        "another file's name",
        lambda p: p.images.filter(position=0).update(image=p.images.get(position=1).image.name),
        {"changed_picture"},
    ),
    Planted(
        "a file of another size under the same name",
        lambda p: swap_file(p, png("lime", (40, 30))),
        {"changed_picture"},
    ),
    Planted(
        "a file of the same size under the same name",
        lambda p: swap_file(p, another_picture_of_the_same_size(p)),
        set(),
        {"changed_picture"},
    ),
    Planted("a file gone", lambda p: os.remove(first_picture(p).image.path), {"lost_file"}),
    Planted(
        "a picture's digest",
        lambda p: picture_row(p).update(digest="0" * 64),
        {"stale_vector"},
        {"stale_vector", "changed_picture"},
    ),
    Planted(
        "a picture's digest in both places",
        lambda p: (picture_row(p).update(digest="0" * 64), picture_vector(p).update(digest="0" * 64)),
        set(),
        {"changed_picture"},
    ),
    Planted(
        "a vector's numbers, which nothing can see",
        lambda p: text_vector(p).update(vector=np.eye(1, 64)[0]),
        set(),
    ),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.what)
def test_a_planted_difference_is_found_where_it_is_promised_and_mended(
    mug: Product, planted: Planted
) -> None:
    planted.plant(mug)
    deep = planted.quick if planted.deep is None else planted.deep
    assert (kinds("quick"), kinds("deep")) == (planted.quick, deep)
    reconcile.reconcile("deep")
    index_pending()
    assert kinds("deep") == set()
    if "nothing can see" not in planted.what and "file" not in planted.what:
        assert_index_matches_shop()
    assert not Text.objects.filter(product=GONE).exists()
    assert not TextVector.objects.filter(product=GONE).exists()


def test_every_kind_is_planted_at_the_least_depth_that_sees_it() -> None:
    quick = {kind for planted in PLANTED for kind in planted.quick}
    deep = {kind for planted in PLANTED if planted.deep for kind in planted.deep} - quick
    promised = {kind: depth for kind, (_, depth) in differences.KINDS.items()}
    assert {kind for kind, depth in promised.items() if depth == "quick"} == quick
    assert {kind for kind, depth in promised.items() if depth == "deep"} == deep


def test_nothing_planted_is_nothing_found(mug: Product) -> None:
    assert (kinds("quick"), kinds("deep")) == (set(), set())


def test_what_waits_or_fails_is_no_difference(mug: Product) -> None:
    mug.name = "Cup"
    mug.save()
    found = reconcile.reconcile("quick", repair=False)
    assert (dict(found.differences), found.waiting) == ({}, 1)
    index_pending()
    Product.objects.filter(pk=mug.pk).update(name="Jug")
    Entry.objects.filter(product=mug.pk).update(parked=True, error="broken")
    found = reconcile.reconcile("quick", repair=False)
    assert (dict(found.differences), found.failing) == ({}, 1)


def test_a_product_whose_function_fails_takes_no_other_along(mug: Product, monkeypatch: Any) -> None:
    reader: Any = WithFunction.texts["note"].source

    def broken(document: Any, product: Product) -> str:
        if product.pk == mug.pk:
            raise ValueError("no currency")
        return reader(document, product)

    broken.__qualname__ = reader.__qualname__  # the declaration names it
    Product.objects.exclude(pk=mug.pk).update(currency="USD")
    object.__setattr__(WithFunction.texts["note"], "source", broken)
    try:
        found = reconcile.reconcile("deep", repair=False)
    finally:
        object.__setattr__(WithFunction.texts["note"], "source", reader)
    assert (dict(found.differences), found.failing) == ({"changed_text": PRODUCTS - 1}, 1)


def test_the_command_tells_counts_and_examples_and_mends(mug: Product) -> None:
    Product.objects.filter(pk=mug.pk).update(name="Cup")
    out = StringIO()
    with pytest.raises(CommandError, match=r"`manage\.py reconcile`"):
        call_command("reconcile", "--dry-run", stdout=out, verbosity=0)
    assert f"Compared {PRODUCTS} products (quick)" in out.getvalue()
    assert f"1  changed_text     products whose texts differ: {mug.pk}" in out.getvalue()
    assert not Entry.objects.filter(done__lt=2, wanted=2).exists(), "a dry run raises nothing"
    out = StringIO()
    call_command("reconcile", "--deep", stdout=out, verbosity=0)
    assert "1 products wait for a worker" in out.getvalue()
    index_pending()
    out = StringIO()
    call_command("reconcile", stdout=out, verbosity=0)
    assert "Nothing differs." in out.getvalue()
    assert_index_matches_shop()


def test_what_a_person_asks_for_is_done_by_sweeps_in_slices(mug: Product, monkeypatch: Any) -> None:
    monkeypatch.setattr(reconcile, "ASKED_SECONDS", 0.0)
    monkeypatch.setattr(reconcile, "_slice", one_page(reconcile._slice))
    Product.objects.filter(pk=mug.pk).update(name="Cup")
    assert reconcile.last("deep") is None
    reconcile.ask("deep")
    shares = [reconcile.running("deep").share]
    while reconcile.running("deep") is not None:
        sweep.sweep()
        now = reconcile.running("deep")
        shares.append(1.0 if now is None else now.share)
        assert len(shares) < 30
    assert shares == sorted(shares)
    assert len(set(shares)) >= 3, "page by page"
    age, found = reconcile.last("deep")
    assert age < 60
    assert (found.finished, found.asked, found.checked, dict(found.differences)) == (
        True,
        True,
        PRODUCTS,
        {"changed_text": 1},
    )
    index_pending()
    assert_index_matches_shop()


def one_page(run: Any) -> Any:
    """A slice whose time is up after one page."""

    def sliced(using: str, now: Any, seconds: float) -> None:
        calls = iter([0.0, 0.0, 9.0])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reconcile.time, "monotonic", lambda: next(calls))
            run(using, now, 1.0)

    return sliced


def test_the_sweep_compares_by_itself_once_a_day(mug: Product, monkeypatch: Any) -> None:
    monkeypatch.setattr(reconcile, "SLICE_SECONDS", 60.0)
    sweep.sweep()
    assert reconcile.running("quick") is None, "the first is due a day after the first sweep"
    Heartbeat.objects.filter(name="reconciled:quick").update(beaten_at=timezone.now() - timedelta(hours=25))
    Product.objects.filter(pk=mug.pk).update(name="Cup")
    sweep.sweep()
    assert reconcile.last("quick")[1].differences == {"changed_text": 1}
    index_pending()
    assert_index_matches_shop()


def test_a_space_that_is_being_filled_or_without_its_model_is_not_missing_anything(mug: Product) -> None:
    space = Space.objects.get()
    text_vector(mug).delete()
    Heartbeat.objects.create(name=f"model-changed:{space.pk}")
    assert kinds("quick") == set()
    Heartbeat.objects.all().delete()
    assert kinds("quick") == {"missing_vector"}
