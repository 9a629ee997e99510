"""Embedding spaces: their partitions, a change of model without a gap, and the indexes they grow into."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from catalog.models import Product
from product_search.indexing import health, index_pending, spaces
from product_search.models import PictureVector, Space, State, TextVector
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
    from product_search import encoders

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
