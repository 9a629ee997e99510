"""Several workers on the same entries: who may write, what is not lost, and what is given up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from catalog.models import Product
from product_search import encoders
from product_search.documents.reading import read_products
from product_search.encoders import EncoderUnavailable
from product_search.indexing import claim, index_pending, work
from product_search.indexing.marking import mark_stale
from product_search.indexing.write import record_failure
from product_search.models import Entry, Mark, Text
from product_search.testing import index_now

from .conftest import add_picture, png
from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db


def lease_all():
    while claim.expand("default"):
        pass
    return claim.lease("default")


def end_leases() -> None:
    Entry.objects.update(leased_until=timezone.now() - timedelta(seconds=5))


def test_a_token_that_was_taken_over_writes_nothing(space, make):
    make("Mug")
    lease = lease_all()
    Entry.objects.update(lease=lease.token + 1)
    report = work.Report()
    work.index_leased("default", lease, report)
    assert report.indexed == 0
    assert not Text.objects.exists()
    entry = Entry.objects.get()
    assert (entry.lease, entry.done) == (lease.token + 1, 0)


def test_an_expired_lease_is_taken_over_alone_and_counts_as_an_attempt(space, make):
    first, second = make("Mug"), make("Cup")
    lease = lease_all()
    assert set(lease.wanted) == {first.pk, second.pk}
    assert claim.lease("default", "left") is None
    end_leases()
    assert claim.lease("default") is None
    again = claim.lease("default", "left")
    assert len(again.wanted) == 1
    assert again.token > lease.token
    assert Entry.objects.get(pk=next(iter(again.wanted))).attempts == 1


def test_an_entry_whose_worker_dies_again_and_again_is_parked(space, make, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_ATTEMPTS": 3}
    make("Deadly")
    lease_all()
    for _ in range(3):
        end_leases()
        claim.lease("default", "left")
    entry = Entry.objects.get()
    assert entry.parked
    assert entry.lease is None
    assert "ended while it was indexed, at attempt 3 of 3" in entry.error


def test_a_mark_that_comes_while_its_product_is_embedded_is_not_lost(space, make, monkeypatch):
    mug = make("Old")
    encoder = type(encoders.get_encoder())
    original = encoder.encode_texts

    def saved_meanwhile(self, texts, **options):
        if "Old" in texts:
            Product.objects.filter(pk=mug.pk).update(name="New")
            mark_stale(Product.objects.filter(pk=mug.pk))
            claim.expand("default")
        return original(self, texts, **options)

    monkeypatch.setattr(encoder, "encode_texts", saved_meanwhile)
    lease = lease_all()
    work.index_leased("default", lease, work.Report())
    entry = Entry.objects.get()
    assert (entry.done, entry.wanted) == (1, 2)
    assert Text.objects.get(language="en").fields["title"] == "Old"
    index_pending()
    assert_index_matches_shop()


def test_one_broken_product_does_not_hold_back_its_batch(space, make, monkeypatch, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_ATTEMPTS": 2, "RETRY_SECONDS": 0}
    good, broken, other = make("Good"), make("Broken"), make("Other")

    def reads(shop, keys):
        if broken.pk in keys:
            raise ValueError("this product's function fails")
        return read_products(shop, keys)

    monkeypatch.setattr("product_search.indexing.work.read_products", reads)
    report = work.Report()
    work.index_leased("default", lease_all(), report)
    assert report.indexed == 2
    assert "this product's function fails" in report.failed[broken.pk]
    assert set(Text.objects.values_list("product", flat=True)) == {good.pk, other.pk}
    index_pending()
    entry = Entry.objects.get(product=broken.pk)
    assert entry.parked
    assert entry.attempts == 2
    assert "fails" in entry.error
    monkeypatch.undo()
    assert index_pending().products == 0, "a parked product is left alone"
    broken.save()
    index_pending()
    assert_index_matches_shop()


def test_a_failure_waits_longer_each_time(space, make):
    make("Mug")
    lease = lease_all()
    for pause in (5, 10, 20):
        before = timezone.now()
        record_failure("default", lease, next(iter(lease.wanted)), "no")
        again_at = Entry.objects.get().not_before
        assert before <= again_at - timedelta(seconds=pause) <= timezone.now()
        Entry.objects.update(lease=lease.token)


def test_an_encoder_that_does_not_load_gives_the_batch_back_untried(space, make, monkeypatch):
    make("Mug")

    def fails():
        raise FileNotFoundError("no weights here")

    monkeypatch.setattr(encoders, "get_encoder", fails)
    with pytest.raises(EncoderUnavailable, match="no weights here"):
        index_pending()
    entry = Entry.objects.get()
    assert (entry.lease, entry.attempts, entry.done) == (None, 0, 0)


def test_a_fan_out_goes_in_pages_and_lets_saves_go_first(space, make, brand, monkeypatch):
    monkeypatch.setattr(claim, "PAGE", 3)
    index_pending()  # takes the brand's own mark, while it has no products
    products = [make(f"Mug {n}", brand=brand) for n in range(8)]
    index_pending()
    brand.name = "Abendrot"
    brand.save()
    assert claim.expand("default")
    assert Entry.objects.filter(wanted=2).count() == 3
    rest = Mark.objects.get()
    assert (rest.source, rest.after, rest.bulk) == ("catalog.brand", str(products[2].pk), True)
    assert Entry.objects.filter(wanted=2, bulk=False).count() == 3
    while claim.expand("default"):
        pass
    assert Entry.objects.filter(wanted=2).count() == 8
    assert Entry.objects.filter(wanted=2, bulk=True).count() == 5
    products[7].save()
    claim.expand("default")
    assert Entry.objects.get(pk=products[7].pk).bulk is False
    index_pending()
    assert_index_matches_shop()


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work_and_lose_nothing(space, make, brand, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "BATCH_PRODUCTS": 4}
    products = [make(f"Mug {n}", brand=brand) for n in range(30)]
    for product in products[:5]:
        add_picture(product, png("red", (8, 8 + product.pk % 5)))
    saving = threading.Event()

    def worker() -> int:
        try:
            done = 0
            while not saving.is_set():
                done += index_pending().indexed
            return done + index_pending().indexed
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(worker) for _ in range(2)]
        for turn in range(3):
            brand.name = f"Brand {turn}"
            brand.save()
            for product in products[::3]:
                product.name = f"{product.name}!"
                product.save()
        saving.set()
        done = [each.result(timeout=60) for each in workers]
    assert sum(done) >= 30
    assert_index_matches_shop()
    assert {text.fields["brand_name"] for text in Text.objects.filter(product=products[3].pk)} == {"Brand 2"}


def test_index_now_twice_in_one_test_is_quiet(make):
    make("Mug")
    assert index_now().indexed == 1
    assert index_now().products == 0
