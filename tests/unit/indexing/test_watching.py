"""What is watched follows from the document alone; no database is asked."""

from __future__ import annotations

import pytest

import product_search
from catalog.models import Brand, CollectionProduct, Product, ProductImage
from product_search import signals
from product_search.indexing.watching import Owner, watches
from product_search.models import Mark
from tests.variants.models import GiftCard, OutletProduct


def test_every_model_that_the_document_reads_is_watched_under_its_path():
    found = {label: watch.paths for label, watch in watches().by_label.items()}
    assert found == {
        "catalog.product": ("",),
        "catalog.brand": ("brand",),
        "catalog.category": ("category",),
        "catalog.collection": ("collections",),
        "catalog.collectionproduct": ("places",),
        "catalog.productimage": ("images",),
        "catalog.productvideo": ("videos",),
    }


def test_proxies_and_children_are_watched_as_their_product():
    by_sender = watches().by_sender
    for sender in (Product, OutletProduct, GiftCard):
        assert [watch.label for watch in by_sender[sender]] == ["catalog.product"]
    assert Mark not in by_sender


def test_a_child_is_known_by_its_products_key():
    (watch,) = watches().by_sender[GiftCard]
    assert watch.key(GiftCard(id=7, face_value=1)) == 7


def test_rows_that_belong_to_a_product_know_their_owner():
    (image,) = watches().by_sender[ProductImage]
    assert image.pictures
    assert image.owners == (Owner("catalog.product", "product__pk", "product_id"),)
    (place,) = watches().by_sender[CollectionProduct]
    assert not place.pictures
    (brand,) = watches().by_sender[Brand]
    assert brand.owners == ()


@pytest.mark.parametrize(
    ("update_fields", "concerned"),
    [
        (None, True),
        (["name"], True),
        (["name_de", "price"], True),
        (["brand_id"], True),
        (["price", "stock"], False),
        ([], False),
    ],
)
def test_only_declared_columns_of_a_partial_save_concern_the_index(update_fields, concerned):
    assert watches().by_label["catalog.product"].concerns(update_fields) is concerned


def test_both_sides_of_a_many_to_many_table_are_known():
    (link,) = watches().links[CollectionProduct]
    assert (link.near.label, link.near.column) == ("catalog.product", "product")
    assert (link.far.label, link.far.column) == ("catalog.collection", "collection")
    assert not link.near_is_forward


def test_a_document_that_cannot_be_read_connects_nothing_and_says_so(settings, caplog):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": "catalog.documents.NoSuch"}
    signals.connect()
    assert "catalog.documents.NoSuch" in caplog.text


def test_schedule_is_one_sweep():
    assert product_search.schedule(30) == {
        "product-search-sweep": {
            "task": "product_search.sweep",
            "schedule": 30,
            "options": {"expires": 90},
        }
    }
