"""Workers and people on the same products: nobody waits for the other, and the last commit is what is found.

tests/acceptance/indexing/test_concurrency.py does the same with many more people and real workers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from catalog.models import Brand, Collection, Product
from product_search.indexing import claim, corpus, generations, index_pending, work
from product_search.models import Entry

from .crowd import deadlocks, no_longer_than, save_at_random, together
from .oracle import assert_index_matches_shop, assert_words_are_counted

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def elsewhere(what: Callable[[], object]) -> Iterator[None]:
    """While the body runs, another connection has done `what` in a transaction that stays open."""
    done, finished = threading.Event(), threading.Event()
    failures: list[Exception] = []

    def hold() -> None:
        try:
            with transaction.atomic():
                what()
                done.set()
                finished.wait(60)
        except Exception as error:
            failures.append(error)
            done.set()
        finally:
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert done.wait(60)
        yield
    finally:
        finished.set()
        thread.join()
    assert failures == []


def test_two_workers_and_ten_people_on_the_same_products(space, make):
    keys = [make(f"Mug {number}").pk for number in range(6)]
    summer = Collection.objects.create(name="Summer", slug="summer")
    saved = threading.Event()

    def worker() -> None:
        try:
            while not saved.wait(0.01):
                index_pending()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(worker) for _ in range(2)]
        try:
            assert together(10, lambda number: save_at_random(keys, summer, saves=4, seed=number)) == 40
        finally:
            saved.set()
        for each in workers:
            each.result(60)
    index_pending()
    assert_index_matches_shop()


def test_a_transaction_that_saved_holds_up_no_worker(space, make, brand):
    products = [make(f"Mug {number}", brand=brand) for number in range(5)]
    index_pending()

    def save_all() -> None:
        mine = Brand.objects.get(pk=brand.pk)
        mine.name = "Abendrot"
        mine.save()
        for product in Product.objects.order_by("-pk"):
            product.name = "Uncommitted"
            product.save()

    with elsewhere(save_all), no_longer_than(50):
        other = make("Other")
        assert index_pending().indexed == 1
        Product.objects.filter(pk=other.pk).delete()
    index_pending()
    assert_index_matches_shop()
    assert {product.name for product in Product.objects.all()} == {"Uncommitted"}
    assert len(products) == 5


@pytest.mark.parametrize("moment", ["raising", "leasing", "writing"])
def test_a_worker_in_the_middle_of_its_transaction_holds_up_no_save(space, make, brand, moment):
    products = [make(f"Mug {number}", brand=brand) for number in range(5)]
    index_pending()
    for product in products:
        product.save()

    def work_half() -> None:
        claim.expand("default")
        if moment == "raising":
            return
        lease = claim.lease("default")
        if moment == "writing":
            work.index_leased("default", lease, work.Report())

    with elsewhere(work_half), no_longer_than(50):
        brand.name = "Abendrot"
        brand.save()
        with transaction.atomic():
            for product in reversed(products):
                product.name = "Saved meanwhile"
                product.save()
        products[0].delete()
    Entry.objects.update(leased_until=None)  # this worker never comes back
    index_pending()
    assert_index_matches_shop()


def test_eight_workers_write_and_count_the_same_words(space, make):
    keys = [make("Red striped mug", description=f"A mug of stoneware, {n % 3} of 3").pk for n in range(16)]
    begun, written = deadlocks(), threading.Barrier(8)

    def work_and_count(number: int) -> int:
        for key in keys[number::8]:
            Product.objects.get(pk=key).save()
        index_pending()
        written.wait(60)
        corpus.rebuild("default", generations.current("default"))
        return 1

    assert together(8, work_and_count) == 8
    index_pending()
    corpus.rebuild("default", generations.current("default"))
    assert_words_are_counted()
    assert deadlocks() == begun


def raising(keys: list[int], wanted: dict[int, int]) -> None:
    claim.raise_entries("default", keys, bulk=True)


def holding_on(keys: list[int], wanted: dict[int, int]) -> None:
    claim.renew("default", claim.Lease(7, wanted))


def giving_back(keys: list[int], wanted: dict[int, int]) -> None:
    claim.release("default", claim.Lease(7, wanted))


@pytest.mark.parametrize("change", [raising, holding_on, giving_back])
def test_entries_are_locked_in_the_order_of_their_keys(space, make, change):
    """Whatever order they are given in: two workers that locked them in different orders would deadlock."""
    low, middle, high = (make(name).pk for name in ("Low", "Middle", "High"))
    claim.raise_entries("default", [low, middle, high], bulk=True)
    Entry.objects.update(lease=7)
    keys = [high, middle, low]
    with elsewhere(lambda: Entry.objects.select_for_update().get(pk=middle)):
        waiting = threading.Thread(target=in_a_thread, args=[change, keys])
        waiting.start()
        while not somebody_waits():
            assert waiting.is_alive()
            time.sleep(0.01)
        with transaction.atomic():
            free = list(Entry.objects.select_for_update(skip_locked=True).values_list("pk", flat=True))
    waiting.join()
    assert free == [high]


def in_a_thread(change: Callable[[list[int], dict[int, int]], None], keys: list[int]) -> None:
    try:
        change(keys, dict.fromkeys(keys, 1))
    finally:
        connections.close_all()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
