"""Batches one behind the other: what goes on at once, what does not, and what a batch costs the database."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from product_search import encoders
from product_search.documents.reading import read_products
from product_search.encoders import EncoderUnavailable
from product_search.indexing import claim, content, embedding, index_pending, pace
from product_search.models import Entry, TextVector

from .conftest import add_picture, png
from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db

#: How long a test waits for what must go on beside something else.
PATIENCE_S = 20


@pytest.fixture
def encoder():
    return type(encoders.get_encoder())


@pytest.fixture
def four_at_once(settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "BATCH_PRODUCTS": 4}


def shades(make, count):
    """So many products, each with a picture of its own."""
    for number in range(count):
        add_picture(make(f"Mug {number}"), png(f"#{number:02x}0909"))


def test_the_next_batch_is_read_and_unpacked_while_the_model_runs(
    space, make, encoder, four_at_once, monkeypatch
):
    shades(make, 8)
    unpacked, fifth, went_on = set(), threading.Event(), []
    unpack, encode = embedding.unpack, encoder.encode_images

    def counted(*arguments):
        unpacked.add(arguments[0])
        if len(unpacked) > 4:
            fifth.set()
        return unpack(*arguments)

    def busy(self, pictures, **options):
        went_on.append(fifth.wait(PATIENCE_S))
        return encode(self, pictures, **options)

    monkeypatch.setattr(embedding, "unpack", counted)
    monkeypatch.setattr(encoder, "encode_images", busy)
    assert index_pending().indexed == 8
    assert went_on == [True, True]
    assert_index_matches_shop()


def test_many_pictures_of_one_product_go_to_the_model_in_pieces(space, make, encoder, monkeypatch, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "BATCH_PRODUCTS": 1}
    monkeypatch.setattr(content, "PICTURES_AT_ONCE", 2)
    mug = make("Mug")
    for position in range(8):
        add_picture(mug, png(f"#{position:02x}0909"), position=position)
    given = []
    encode = encoder.encode_images

    def counted(self, pictures, **options):
        given.append(len(pictures))
        return encode(self, pictures, **options)

    monkeypatch.setattr(encoder, "encode_images", counted)
    index_pending()
    assert given == [2, 2, 2, 2]
    assert_index_matches_shop()


def test_nothing_is_embedded_before_the_batch_ahead_is_written(
    space, make, encoder, four_at_once, monkeypatch
):
    """So what dies with a worker is one batch's vectors."""
    for number in range(12):
        make(f"Mug {number}")
    done = []
    encode = encoder.encode_texts

    def noted(self, texts, **options):
        done.append("embedded")
        return encode(self, texts, **options)

    monkeypatch.setattr(encoder, "encode_texts", noted)
    with statements() as sent:
        sent.listen(lambda sql: done.append("written") if "SET done = leased.wanted" in sql else None)
        index_pending()
    assert done == ["embedded", "written"] * 3


def test_what_the_batch_ahead_embeds_is_not_embedded_again(space, make, encoder, four_at_once, monkeypatch):
    for number in range(12):
        add_picture(make("The same mug"), png("red"), position=number)
    given = []
    for name in ("encode_texts", "encode_images"):
        encode = getattr(encoder, name)

        def counted(self, items, encode=encode, **options):
            given.append(len(items))
            return encode(self, items, **options)

        monkeypatch.setattr(encoder, name, counted)
    index_pending()
    assert given == [1, 1]
    assert TextVector.objects.values("vector").count() == 24
    assert_index_matches_shop()


def test_a_batch_costs_the_database_the_same_however_many_products_it_has(space, make, settings, monkeypatch):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "BATCH_PRODUCTS": 100}
    monkeypatch.setattr(pace, "FIRST_BATCH", 100)
    cost = []
    for count in (2, 40):
        shades(make, count)
        with statements() as sent:
            assert index_pending().indexed == count
        cost.append(sent.number)
    assert abs(cost[1] - cost[0]) < 10, "what failed may be looked for once more"


def test_an_encoder_that_fails_gives_all_batches_back_untried(
    space, make, encoder, four_at_once, monkeypatch
):
    for number in range(12):
        make(f"Mug {number}")

    def fails(self, texts, **options):
        raise EncoderUnavailable("no model")

    monkeypatch.setattr(encoder, "encode_texts", fails)
    with pytest.raises(EncoderUnavailable):
        index_pending()
    assert not Entry.objects.exclude(lease=None).exists()
    assert set(Entry.objects.values_list("attempts", "done")) == {(0, 0)}
    monkeypatch.undo()
    index_pending()
    assert_index_matches_shop()


def test_a_batch_that_fails_leaves_the_others_whole(space, make, four_at_once, monkeypatch):
    made = [make(f"Mug {number}") for number in range(12)]

    def reads(shop, keys):
        if made[5].pk in keys:
            raise ValueError("this product's function fails")
        return read_products(shop, keys)

    monkeypatch.setattr("product_search.indexing.work.read_products", reads)
    report = index_pending()
    assert report.indexed == 11
    assert set(report.failed) == {made[5].pk}
    monkeypatch.undo()
    Entry.objects.filter(attempts__gt=0).update(not_before=timezone.now())
    index_pending()
    assert_index_matches_shop()


def test_both_batches_under_way_are_held(space, make, encoder, four_at_once, monkeypatch, settings):
    """The one that is embedded and the one that was read behind it, as long as the model gets on."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEASE_SECONDS": 1}
    monkeypatch.setattr(content, "PICTURES_AT_ONCE", 1)
    shades(make, 8)
    held = []
    renew, encode = claim.renew, encoder.encode_images

    def noted(using, lease):
        held.append(lease.token)
        renew(using, lease)

    def slow(self, pictures, **options):
        threading.Event().wait(0.2)
        return encode(self, pictures, **options)

    monkeypatch.setattr(claim, "renew", noted)
    monkeypatch.setattr(encoder, "encode_images", slow)
    index_pending()
    assert len(set(held)) == 2
    assert_index_matches_shop()


class Sent:
    """What goes to the database; COPY is no statement that Django knows of."""

    def __init__(self):
        self.number = 0
        self.listeners = []

    def listen(self, listener):
        self.listeners.append(listener)

    def __call__(self, execute, sql, params, many, context):
        self.number += len(params) if many else 1
        for listener in self.listeners:
            listener(sql)
        return execute(sql, params, many, context)


@contextmanager
def statements():
    sent = Sent()
    with connection.execute_wrapper(sent):
        yield sent
