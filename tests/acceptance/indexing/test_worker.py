"""Saves reach the index through a real worker, whatever becomes of messages, brokers and workers."""

from __future__ import annotations

import os
import signal
from functools import partial

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from catalog.celery import app
from catalog.models import Product, ProductImage
from product_search.indexing import wake
from product_search.models import Entry, Text
from tests.integration.indexing.conftest import png, save_and_take_back
from tests.integration.indexing.oracle import assert_index_matches_shop

from .conftest import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def is_indexed(product: Product, title: str) -> bool:
    return Text.objects.filter(product=product.pk, language="en", fields__title=title).exists()


def nothing_waits() -> bool:
    return Entry.objects.exists() and all(entry.done == entry.wanted for entry in Entry.objects.all())


def test_a_save_is_indexed_within_two_seconds_and_a_rolled_back_one_never(worker):
    mug = Product.objects.create(sku="A", name="Red mug")
    wait_until(lambda: is_indexed(mug, "Red mug"))
    taken = []
    for number, colour in enumerate(("blue", "yellow", "black")):
        with transaction.atomic():
            mug.name = f"{colour} mug"
            mug.save()
            ProductImage.objects.create(product=mug, image=ContentFile(png(colour), name=f"{number}.png"))
        taken.append(wait_until(partial(is_indexed, mug, mug.name)))
    assert min(taken) < 2
    wait_until(nothing_waits)
    assert_index_matches_shop()
    save_and_take_back(mug, "Never")
    with transaction.atomic():
        save_and_take_back(mug, "Never either")
        mug.name = "Green mug"
        mug.save()
    wait_until(lambda: is_indexed(mug, "Green mug"))
    wait_until(nothing_waits)
    assert_index_matches_shop()


def test_a_save_with_the_broker_away_is_indexed_by_the_sweep(worker, celery, monkeypatch, tmp_path):
    def refused(task: str) -> None:
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr(wake, "send", refused)
    mug = Product.objects.create(sku="A", name="Unannounced mug")
    celery("beat", "--schedule", str(tmp_path / "beat"), "--loglevel=INFO")
    wait_until(lambda: is_indexed(mug, "Unannounced mug"))
    wait_until(nothing_waits)
    assert_index_matches_shop()


def test_a_killed_worker_loses_nothing(worker, celery, monkeypatch):
    with transaction.atomic():
        products = [Product.objects.create(sku=f"K{n}", name=f"Mug {n}") for n in range(60)]
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(10)
    products[0].name = "Saved meanwhile"
    products[0].save()
    # What it had leased is free again when its lease ends; here at once, instead of after LEASE_SECONDS.
    Entry.objects.filter(lease__isnull=False).update(leased_until=None)
    celery("worker", "--pool=solo", "--loglevel=INFO", "--without-gossip", "--without-mingle")
    app.send_task("product_search.sweep")
    wait_until(lambda: is_indexed(products[0], "Saved meanwhile"))
    wait_until(lambda: nothing_waits() and Entry.objects.count() == 60)
    assert_index_matches_shop()
