"""The queue between a save and its indexing: what goes first, what is merged, and what a backlog may cost."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import management, serializers
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import Collection, CollectionProduct, Product
from product_search import encoders
from product_search.documents.reading import read_products
from product_search.indexing import (
    claim,
    index_pending,
    mark_every,
    mark_stale,
    suspend_indexing,
    wake,
    work,
)
from product_search.indexing.write import record_failure
from product_search.models import Entry, Mark

from .conftest import add_picture, png
from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db


def expand_all() -> None:
    while claim.expand("default"):
        pass


def leased() -> list[list[object]]:
    """The batches that leases take, in order, until nothing is due."""
    batches = []
    while (lease := claim.lease("default")) is not None:
        batches.append(sorted(lease.wanted))
    return batches


def test_what_people_save_goes_first_and_shares_no_batch_with_an_import(make):
    with suspend_indexing():
        imported = [make(f"Imported {n}") for n in range(3)]
    expand_all()
    saved = make("Saved")
    imported[1].save()
    claim.expand("default")
    assert leased() == [[imported[1].pk, saved.pk], [imported[0].pk, imported[2].pk]]


def test_marks_of_people_are_taken_before_those_of_an_import(make, monkeypatch):
    monkeypatch.setattr(claim, "MARKS_AT_ONCE", 2)
    with suspend_indexing():
        for n in range(3):
            make(f"Imported {n}")
    saved = make("Saved")
    assert claim.expand("default") == 1
    assert list(Entry.objects.values_list("product", "bulk")) == [(saved.pk, False)]


def test_who_waits_longest_is_leased_first_though_it_is_saved_again(make):
    first, second, third = (make(name) for name in ("First", "Second", "Third"))
    expand_all()
    Entry.objects.filter(pk=first.pk).update(not_before=timezone.now() - timedelta(minutes=1))
    Entry.objects.filter(pk=third.pk).update(not_before=timezone.now() - timedelta(seconds=30))
    first.save()
    expand_all()
    order = [next(iter(claim.lease("default", limit=1).wanted)) for _ in range(3)]
    assert order == [first.pk, third.pk, second.pk]


def test_repeated_saves_are_embedded_once(space, make, monkeypatch):
    mug = make("Mug 0")
    for number in range(1, 30):
        mug.name = f"Mug {number}"
        mug.save()
    encoder, seen = type(encoders.get_encoder()), []
    original = encoder.encode_texts

    def counted(self, texts, **options):
        seen.extend(texts)
        return original(self, texts, **options)

    monkeypatch.setattr(encoder, "encode_texts", counted)
    assert index_pending().indexed == 1
    assert seen == ["Mug 29"]
    assert not Mark.objects.exists()
    assert Entry.objects.get().wanted == 1, "marks that are taken together count once"


def test_marks_of_many_pictures_are_taken_together(space, make, django_assert_max_num_queries):
    products = [make(f"Mug {n}") for n in range(20)]
    index_pending()
    for product in products:
        add_picture(product, png("red"))
    assert Mark.objects.count() == 20
    with django_assert_max_num_queries(10):
        assert claim.expand("default") == 20
    assert Entry.objects.filter(wanted=2).count() == 20


def test_as_many_marks_as_fit_a_page_go_together_and_the_rest_wait_in_bulk(make, monkeypatch):
    sets = [Collection.objects.create(name=f"Set {n}", slug=f"set-{n}") for n in range(4)]
    products = [make(f"Mug {n}") for n in range(8)]
    for number, product in enumerate(products):
        CollectionProduct.objects.create(collection=sets[number % 4], product=product)
    expand_all()
    Entry.objects.update(wanted=1)
    monkeypatch.setattr(claim, "PAGE", 5)
    for each in sets:
        each.save()
    assert claim.expand("default") == 2
    assert Entry.objects.filter(wanted=2, bulk=False).count() == 4
    assert list(Mark.objects.values_list("key", "bulk")) == [(str(each.pk), True) for each in sets[2:]]
    expand_all()
    assert Entry.objects.filter(wanted=2).count() == 8


def test_every_product_is_one_mark_and_several_are_followed_once(space, make, monkeypatch):
    for number in range(7):
        make(f"Mug {number}")
    index_pending()
    Product.objects.update(name="Renamed past the signals")
    monkeypatch.setattr(claim, "PAGE", 3)
    for _ in range(3):
        mark_every()
    assert Mark.objects.count() == 3
    expand_all()
    assert set(Entry.objects.values_list("wanted", flat=True)) == {2}
    index_pending()
    assert_index_matches_shop()


def test_mark_stale_takes_any_queryset_of_products(make):
    products = [make(f"Mug {n}") for n in range(4)]
    Mark.objects.all().delete()
    everything = Product.objects.order_by("pk")
    low, high = Product.objects.filter(pk=products[0].pk), Product.objects.filter(pk=products[3].pk)
    for queryset, expected in (
        (everything[1:3], products[1:3]),
        (low.union(high), [products[0], products[3]]),
        (everything.distinct(), products),
        (Product.objects.none(), []),
    ):
        assert mark_stale(queryset) == len(expected)
        assert set(Mark.objects.values_list("key", flat=True)) == {str(product.pk) for product in expected}
        assert not Mark.objects.filter(bulk=False).exists()
        Mark.objects.all().delete()


def test_loaddata_waits_behind_people(make, tmp_path):
    mug = make("Mug")
    Mark.objects.all().delete()
    fixture = tmp_path / "shop.json"
    fixture.write_text(serializers.serialize("json", [mug]))
    management.call_command("loaddata", str(fixture), verbosity=0)
    assert list(Mark.objects.values_list("bulk", flat=True)) == [True]


def test_the_whole_error_is_kept_with_where_it_came_from(space, make, monkeypatch, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_ATTEMPTS": 1}
    make("Broken")
    long = "x" * 5000 + "\x00\ud800 end"

    def reads(shop, keys):
        raise ValueError(long)

    monkeypatch.setattr("product_search.indexing.work.read_products", reads)
    index_pending()
    entry = Entry.objects.get()
    assert entry.parked
    first, *rest = entry.error.splitlines()
    assert first == "ValueError: " + "x" * 5000 + "\\x00\\ud800 end"
    assert any("test_queue.py" in line and "in reads" in line for line in rest)


def test_a_pause_stops_growing(space, make, settings):
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "MAX_ATTEMPTS": 5000,
        "RETRY_LONGEST_SECONDS": 40,
    }
    make("Mug")
    expand_all()
    lease = claim.lease("default")
    for attempts in (3, 2000):
        Entry.objects.update(attempts=attempts, lease=lease.token)
        before = timezone.now()
        record_failure("default", lease, next(iter(lease.wanted)), "no")
        assert before <= Entry.objects.get().not_before - timedelta(seconds=40) <= timezone.now()


def test_an_entry_given_up_because_workers_died_tells_what_went_wrong_before(space, make, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_ATTEMPTS": 2}
    make("Mug")
    expand_all()
    claim.lease("default")
    Entry.objects.update(attempts=1, error="ValueError: the first time", leased_until=None)
    claim.lease("default", "left")
    entry = Entry.objects.get()
    assert entry.parked
    assert entry.error == (
        "Its worker ended while it was indexed, at attempt 2 of 2.\nValueError: the first time"
    )


def test_what_failed_is_tried_again_in_batches(make, space):
    for number in range(3):
        make(f"Mug {number}")
    expand_all()
    lease = claim.lease("default")
    for key in lease.wanted:
        record_failure("default", lease, key, "The storage is away.")
    assert claim.lease("default", "failed") is None, "not before its pause is over"
    Entry.objects.update(not_before=timezone.now())
    assert claim.lease("default") is None
    assert claim.is_waiting("default")
    assert len(claim.lease("default", "failed").wanted) == 3


def test_a_batch_is_bounded_by_bytes(space, make, monkeypatch, settings):
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "BATCH_BYTES": 10_000,
        "BATCH_PRODUCTS": 16,
    }
    for number in range(60):
        make(f"Mug {number}", description="words " * (500 if 15 <= number < 45 else 1))
    batches = []

    def reads(shop, keys):
        contents = read_products(shop, keys)
        texts = [
            text for each in contents.values() for fields in each.texts.values() for text in fields.values()
        ]
        batches.append((len(contents), sum(map(len, texts))))
        return contents

    monkeypatch.setattr("product_search.indexing.work.read_products", reads)
    assert index_pending().indexed == 60
    sizes = [products for products, _ in batches]
    assert sizes[:2] == [8, 16], "light products: from few to BATCH_PRODUCTS"
    assert sizes[-1] > 1
    heavy = [(products, size) for products, size in batches[2:] if size > 6000]
    assert heavy
    assert all(products <= 3 for products, _ in heavy), "two of 3,000 bytes in two languages, or one"


def test_picture_files_are_held_in_pieces(space, make, monkeypatch, settings):
    picture = png("red", (64, 64))
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "BATCH_BYTES": len(picture)}
    mug = make("Mug")
    for position in range(3):
        add_picture(mug, png("red", (64, 64 + position)), position=position)
    held = []
    original = work.embed_pictures

    def embed(files, *arguments, **options):
        held.append(len(files))
        return original(files, *arguments, **options)

    monkeypatch.setattr(work, "embed_pictures", embed)
    index_pending()
    assert held == [1, 1, 1]
    assert_index_matches_shop()


@pytest.mark.parametrize("kind", ["new", "failed", "left"])
def test_a_lease_costs_the_same_whatever_waits(kind, space):
    """3,000 entries of every other kind wait: a lease still reads by its own index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO product_search_entry (product, attempts, not_before, lease, leased_until, bulk)"
            " SELECT n, CASE WHEN n % 3 = 1 THEN 1 ELSE 0 END,"
            " statement_timestamp() + CASE WHEN n % 3 = 1 THEN interval '1 hour' ELSE '0' END,"
            " CASE WHEN n % 3 = 2 THEN 7 END,"
            " CASE WHEN n % 3 = 2 THEN statement_timestamp() + interval '1 hour' END, true"
            " FROM generate_series(1, 9000) AS n"
        )
        cursor.execute("ANALYZE product_search_entry")
        condition = {"new": claim._NEW + " AND bulk = true", "failed": claim._FAILED, "left": claim._LEFT}[
            kind
        ]
        order = {"new": "not_before NULLS FIRST", "failed": "not_before", "left": "leased_until"}[kind]
        rows = f"SELECT product FROM product_search_entry WHERE {condition} ORDER BY {order} LIMIT 1"  # noqa: S608
        cursor.execute(f"EXPLAIN (FORMAT JSON) {rows}")
        plan = json.dumps(cursor.fetchone()[0])
    index = {"new": "entry_new", "failed": "entry_failed", "left": "entry_leased"}[kind]
    assert f"product_search_{index}" in plan
    assert "Seq Scan" not in plan
    assert '"Sort"' not in plan


@pytest.mark.django_db(transaction=True)
def test_a_transaction_of_many_saves_registers_one_wake_up(make, monkeypatch):
    woken = []
    monkeypatch.setattr(wake, "wake", lambda: woken.append(1))
    with transaction.atomic():
        for number in range(50):
            make(f"Mug {number}")
        assert len(connection.run_on_commit) == 1
        try:
            with transaction.atomic():
                make("Never")
                raise ValueError
        except ValueError:
            make("Mug")
    assert woken == [1]


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_of_a_savepoint_that_is_taken_back_does_not_stand_for_a_later_one(make, monkeypatch):
    woken = []
    monkeypatch.setattr(wake, "wake", lambda: woken.append(1))
    with transaction.atomic():
        try:
            with transaction.atomic():
                make("Never")
                raise ValueError
        except ValueError:
            make("Mug")
    assert woken == [1]


def test_a_process_that_saves_without_end_sends_fewer_wake_ups(monkeypatch):
    waker, now = wake._Waker(), 0.0
    monkeypatch.setattr(wake.time, "monotonic", lambda: now)
    sent = 0
    while now < 3600:
        now += waker._pause_seconds()
        sent += 1
    unread = wake.MANY + wake.EXPIRES_SECONDS / wake.LONG_PAUSE_SECONDS
    assert sent / (3600 / wake.EXPIRES_SECONDS) <= unread
    now += wake.EXPIRES_SECONDS
    assert waker._pause_seconds() == wake.PAUSE_SECONDS, "after a rest as quick as ever"


@pytest.mark.django_db(transaction=True)
def test_a_picture_made_outside_a_transaction_is_marked_before_it_is_there(space, make):
    mug = make("Mug")
    index_pending()
    Mark.objects.all().delete()
    add_picture(mug, png("red"))
    early = Mark.objects.get(source="catalog.product")
    assert early.key == str(mug.pk)
    assert early.not_before > timezone.now() + timedelta(seconds=30)
