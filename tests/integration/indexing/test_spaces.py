"""Embedding spaces: their partitions, a change of model without a gap, and the indexes they grow into."""

from __future__ import annotations

import dataclasses
import time
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from catalog.models import Product
from product_search import encoders
from product_search.documents import SearchScope
from product_search.encoders import HashEncoder, loading
from product_search.indexing import filling, health, index_pending, missing, overlap, spaces
from product_search.indexing.embedding import EncoderUnavailable
from product_search.models import Entry, PictureVector, Space, State, TextVector
from product_search.retrieval import SearchRequest, encoding, search
from product_search.testing import index_now

from .conftest import add_picture, png
from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db


def command(*args: str) -> str:
    out = StringIO()
    call_command("spaces", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_partition_refuses_vectors_of_another_dimension(space):
    for model, columns in (
        (PictureVector, {"picture": "1"}),
        (TextVector, {"generation_id": 1, "language": "en"}),
    ):
        row = model(space_id=space.pk, id=1, product=1, digest="d", vector=np.ones(63), **columns)
        with pytest.raises(IntegrityError, match="_dim"), transaction.atomic():
            row.save(force_insert=True)


def test_making_a_space_again_gives_the_same_one(space):
    assert spaces.create(encoders.get_encoder().info, using="default").pk == space.pk
    assert Space.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_flushed_shop_is_indexed_anew(make):
    make("Red mug")
    index_now()
    first = Space.objects.get().pk
    for _ in range(2):
        # As `manage.py flush` and a TransactionTestCase do: our tables are emptied, and numbers begin anew.
        call_command("flush", interactive=False, verbosity=0)
        make("Blue mug")
        index_now()
        assert_index_matches_shop()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'product_search_picturevector'::regclass"
        )
        assert cursor.fetchone() == (1,)
    assert Space.objects.get().pk <= first


def test_the_model_is_changed_beside_the_serving_space(make, settings):
    mug = make("Red mug")
    add_picture(mug, png("red"))
    index_now()
    old = Space.objects.get()
    assert "hash:32" in command("create", "--encoder", "hash:32")
    new = Space.objects.get(state=State.FILLING)
    with pytest.raises(CommandError, match=f"spaces fill {new.pk}"):
        command("switch", str(new.pk))
    command("fill", str(new.pk))
    assert spaces.products_in(new, using="default") == 1
    mug.name = "Green mug"  # saved while both are live: written to both
    mug.save()
    index_pending()
    assert_index_matches_shop()
    command("switch", str(new.pk))
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": "hash:32"}
    assert {s.pk: s.state for s in Space.objects.all()} == {old.pk: State.STANDBY, new.pk: State.SERVING}
    assert_index_matches_shop()
    with pytest.raises(CommandError, match="serves searches"):
        command("drop", str(new.pk))
    assert "hash:64" in command("list")
    mug.name = "Blue mug"  # saved after the switch: the old space stands by, and is written to
    mug.save()
    index_pending()
    assert f"Space {old.pk}" in command("rollback")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": "hash:64"}
    assert_index_matches_shop()
    command("rollback")
    assert Space.objects.get(state=State.SERVING) == new, "and forth again"


def test_a_fill_brings_only_what_is_missing_and_mends_what_was_left_out(make, settings):
    products = [make(f"Mug {n}") for n in range(5)]
    index_now()
    command("create", "--encoder", "hash:32")
    new = Space.objects.get(state=State.FILLING)
    assert missing.coverage("default", new) == missing.Coverage(0, 5, 0)
    seen: list[filling.FillProgress] = []
    filling.fill(new, using="default", page=2, progress=seen.append)
    assert (seen[-1].seen, seen[-1].filled, seen[-1].remaining_s) == (5, 5, 0.0)
    assert missing.coverage("default", new).missing == 0
    TextVector.objects.filter(space_id=new.pk, product=products[1].pk, language="de").delete()
    TextVector.objects.filter(space_id=new.pk, product=products[3].pk).update(digest="another")
    with pytest.raises(CommandError, match="2 of 5 products are not in space"):
        command("switch", str(new.pk))
    assert filling.fill(new, using="default").filled == 2
    command("switch", str(new.pk))


def test_a_fill_can_be_paused_and_slowed_down(make):
    for n in range(4):
        make(f"Mug {n}")
    index_now()
    command("create", "--encoder", "hash:32")
    new = Space.objects.get(state=State.FILLING)
    command("pause", str(new.pk))
    seen = []

    def go_on_at_last(now):
        seen.append(now)
        if len(seen) == 2:
            assert not TextVector.objects.filter(space_id=new.pk).exists()
            assert f"{new.pk}  paused" in command("list")
            command("resume", str(new.pk))

    begun = time.monotonic()
    filling.fill(new, using="default", rate=8, progress=go_on_at_last)
    assert [now.paused for now in seen[:2]] == [True, True]
    assert time.monotonic() - begun >= 4 / 8
    assert missing.coverage("default", new).missing == 0
    with pytest.raises(CommandError, match="above 0"):
        command("fill", str(new.pk), "--rate", "0")


def test_a_product_that_fails_by_itself_does_not_hold_up_a_fill_or_a_switch(make):
    make("Mug")
    broken = make("Broken")
    index_now()
    command("create", "--encoder", "hash:32")
    new = Space.objects.get(state=State.FILLING)
    Entry.objects.filter(product=broken.pk).update(parked=True, error="broken", wanted=9)
    assert "Space" in command("fill", str(new.pk))
    assert missing.coverage("default", new) == missing.Coverage(1, 2, 1)
    command("switch", str(new.pk))


def test_a_model_that_changed_under_its_name_is_named_and_replaced(make, monkeypatch, settings):
    mug = make("Red mug")
    index_now()
    old = Space.objects.get()

    class Retrained(HashEncoder):
        def __init__(self, dim):
            super().__init__(dim)
            self.info = dataclasses.replace(self.info, digest="retrained", weights_digest="retrained")

        def encode_texts(self, texts, **options):
            return super().encode_texts([f"retrained {text}" for text in texts], **options)

    monkeypatch.setattr(loading, "HashEncoder", Retrained)
    encoders.forget()
    mug.name = "Green mug"
    mug.save()
    with pytest.raises(EncoderUnavailable, match="other weights"):
        index_pending()
    said = "\n".join(str(problem) for problem in health.health().problems)
    assert "other weights or preprocessing" in said
    assert "`manage.py spaces create`, `fill`, `switch`" in said
    command("create")
    new = Space.objects.get(state=State.FILLING)
    assert new.name == old.name
    index_pending()  # the texts no longer wait for the model that is gone
    assert not TextVector.objects.filter(space_id=old.pk, product=mug.pk).exists(), (
        "rather none than a wrong one"
    )
    command("fill", str(new.pk))
    command("switch", str(new.pk))
    assert_index_matches_shop()
    encoders.forget()


def test_comparing_tells_how_much_two_models_find_alike(make, monkeypatch):
    for n in range(30):
        add_picture(make(f"Mug {n}"), png("red", (8, 8 + n)))
    index_now()
    command("create", "--encoder", "hash:32")
    old, new = Space.objects.order_by("pk")
    with pytest.raises(CommandError, match="no titles in common"):
        command("compare", str(new.pk))
    command("fill", str(new.pk))
    same = overlap.compare(old, old, using="default", sample=10)
    assert (same.titles, same.among_titles, same.among_pictures) == (10, 1.0, 1.0)
    unlike = overlap.compare(old, new, using="default", sample=10)
    assert 0 < unlike.among_titles < 0.7
    assert unlike.least_alike[0][1] <= unlike.least_alike[-1][1]
    assert "in common" in command("compare", str(new.pk), str(old.pk))


@pytest.mark.django_db(transaction=True)
def test_a_locked_space_holds_up_no_other_and_is_mended_by_a_fill(make):
    mug = make("Mug")
    index_now()
    command("create", "--encoder", "hash:32")
    new = Space.objects.get(state=State.FILLING)
    command("fill", str(new.pk))
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:  # as CREATE INDEX holds it
            cursor.execute(f"LOCK TABLE product_search_textvector_{new.pk} IN SHARE MODE")
        with connection.cursor() as cursor:
            cursor.execute(
                "SET lock_timeout = '5s'"
            )  # a worker that waits is told apart from one that goes on
        mug.name = "Cup"
        mug.save()
        index_pending()
        assert_index_matches_shop()
        assert missing.coverage("default", new).missing == 1
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        other.rollback()
    finally:
        other.close()
    command("fill", str(new.pk))
    assert missing.coverage("default", new).missing == 0
    drop_serving()


def test_searching_processes_load_the_next_model_beside_the_one_in_use(make, monkeypatch, settings):
    make("Red mug")
    index_now()
    command("create", "--encoder", "hash:32")
    command("fill", str(Space.objects.get(state=State.FILLING).pk))
    command("switch", str(Space.objects.get(state=State.FILLING).pk))
    monkeypatch.setattr(encoding, "_looked_at", 0.0)
    monkeypatch.setattr(spaces, "note_ready", lambda space, using: None)  # it has a connection of its own
    encoders.forget()
    encoders.get_encoder()
    scope = SearchScope(language="en")
    late = search(SearchRequest("red mug"), scope)
    assert [note.partition(":")[0] for note in late.notices] == ["keywords-only"]
    assert late.total == 1
    encoding._loads.thread.join()
    ready = search(SearchRequest("red mug"), scope)
    assert ready.notices == ()
    assert ready.total == 1
    encoders.forget()


def test_another_encoder_in_the_settings_is_named_by_index_and_health(make, settings):
    make("Mug")
    index_now()
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": "hash:16"}
    errors = StringIO()
    call_command("index", stdout=StringIO(), stderr=errors, verbosity=0)
    assert 'ENCODER is "hash:16"' in errors.getvalue()
    assert any("spaces create" in problem.fix for problem in health.health().problems)
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": "hash:64"}
    assert_index_matches_shop()


@pytest.mark.django_db(transaction=True)
def test_a_space_is_dropped_while_the_other_serves(make):
    make("Mug")
    index_now()
    command("create", "--encoder", "hash:32")
    other = Space.objects.get(state=State.FILLING)
    command("drop", str(other.pk))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE %s", [f"%vector_{other.pk}"])
        assert cursor.fetchone() == (0,)
    assert_index_matches_shop()
    drop_serving()


@pytest.mark.django_db(transaction=True)
def test_each_kind_and_language_gets_an_index_of_its_own_once_the_rows_justify_it(make):
    for n in range(4):
        add_picture(make(f"Mug {n}"), png("red", (8, 8 + n)))
    index_now()
    space = Space.objects.get()
    assert spaces.build_indexes(space, ("en", "de"), using="default") == []
    built = spaces.build_indexes(space, ("en", "de"), using="default", threshold=4)
    assert [name.partition(f"_{space.pk}_")[2] for name in built] == ["hnsw", "hnsw_en", "hnsw_de"]
    assert spaces.build_indexes(space, ("en", "de"), using="default", threshold=4) == []
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT product FROM product_search_picturevector"
            " WHERE space_id = %s AND product IS NOT NULL"
            " ORDER BY vector::halfvec(64) <#> %s::halfvec(64) LIMIT 3",
            [space.pk, str([1.0] * 64)],
        )
        assert built[0] in "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan; RESET enable_sort")
    Product.objects.all().delete()
    drop_serving()


def drop_serving() -> None:
    """Leave no partition behind: a transactional test's tables are emptied, not dropped."""
    for space in Space.objects.all():
        space.state = State.RETIRED
        space.save()
        spaces.drop(space, using="default")
