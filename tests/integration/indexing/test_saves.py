"""Which of a shop's writes reach the index: every way that Django offers, and none that was taken back."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core import management, serializers
from django.core.files.base import ContentFile
from django.db import DataError, connection, transaction
from django.utils import timezone

from catalog.models import Category, Collection, CollectionProduct, Product, ProductImage
from product_search.indexing import mark_stale, marking, suspend_indexing
from product_search.models import Entry, Mark, Text
from product_search.testing import index_now
from tests.variants.models import GiftCard, OutletProduct

from .conftest import add_picture, png, save_and_take_back
from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db


def texts(product: Product, field: str = "title", language: str = "en") -> str:
    return str(Text.objects.get(product=product.pk, language=language).fields[field])


@pytest.fixture
def indexed(make):
    """A product whose index entry is up to date, with no mark left."""
    product = make("Old mug")
    add_picture(product, png("red"))
    index_now()
    assert not Mark.objects.exists()
    return product


def marks() -> list[tuple[str, str]]:
    return list(Mark.objects.order_by("id").values_list("source", "key"))


def test_a_save_is_one_insert_and_no_other_statement(indexed, django_assert_num_queries):
    indexed.name = "New mug"
    with django_assert_num_queries(2) as statements:
        indexed.save()
    assert statements.captured_queries[1]["sql"].count("INSERT INTO product_search_mark") == 1
    index_now()
    assert_index_matches_shop()


def test_whoever_looks_on_at_statements_sees_the_mark(indexed):
    seen: list[str] = []

    def look(execute, sql, parameters, many, context):
        seen.append(sql)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(look):
        indexed.save()
    assert sum("INSERT INTO product_search_mark" in sql for sql in seen) == 1
    indexed.save()
    assert marks() == [("catalog.product", str(indexed.pk))] * 2
    with pytest.raises(DataError):
        marking.insert("default", "catalog.product", ["no column holds a \0"])


def test_a_rolled_back_save_leaves_nothing(indexed):
    save_and_take_back(indexed, "Never")
    assert marks() == []
    index_now()
    assert texts(indexed) == "Old mug"


def test_a_savepoint_rolled_back_and_the_product_saved_again_is_indexed(indexed):
    with transaction.atomic():
        save_and_take_back(indexed, "Never")
        indexed.name = "Final mug"
        indexed.save()
    index_now()
    assert texts(indexed) == "Final mug"
    assert_index_matches_shop()


def test_a_save_of_undeclared_columns_alone_is_not_marked(indexed):
    indexed.price = 3
    indexed.save(update_fields=["price", "updated_at"])
    assert marks() == []
    indexed.brand_id = None
    indexed.save(update_fields=["brand"])
    assert marks() == [("catalog.product", str(indexed.pk))]


def test_a_proxy_and_a_multi_table_child_mark_their_product(indexed):
    outlet = OutletProduct.objects.get(pk=indexed.pk)
    outlet.name = "Outlet mug"
    outlet.save()
    card = GiftCard.objects.create(sku="GC", name="Gift card", face_value=20)
    assert set(marks()) == {("catalog.product", str(indexed.pk)), ("catalog.product", str(card.pk))}
    index_now()
    assert (texts(indexed), texts(card)) == ("Outlet mug", "Gift card")
    card.name = "Better card"
    card.save()
    index_now()
    assert texts(card) == "Better card"
    GiftCard.objects.get(pk=card.pk).delete()
    index_now()
    assert_index_matches_shop()


def test_a_related_save_is_one_mark_that_reaches_every_product(make, brand, django_assert_num_queries):
    products = [make(f"Mug {n}", brand=brand) for n in range(3)]
    index_now()
    brand.name = "Abendrot"
    with django_assert_num_queries(2):
        brand.save()
    assert marks() == [("catalog.brand", str(brand.pk))]
    index_now()
    assert {texts(product, "brand_name") for product in products} == {"Abendrot"}


def test_a_deleted_related_row_marks_its_products_before_it_goes(make, brand):
    products = [make(f"Mug {n}", brand=brand) for n in range(3)]
    index_now()
    brand.delete()
    assert set(marks()) >= {("catalog.product", str(product.pk)) for product in products}
    index_now()
    assert {texts(product, "brand_name") for product in products} == {""}


def test_rows_of_an_explicit_through_table_count_saved_moved_and_deleted(make):
    first, second = make("First"), make("Second")
    summer = Collection.objects.create(name="Summer", slug="summer")
    place = CollectionProduct.objects.create(collection=summer, product=first)
    index_now()
    assert texts(first, "collection_names") == "Summer"
    place.product = second
    place.save()
    index_now()
    assert (texts(first, "collection_names"), texts(second, "collection_names")) == ("", "Summer")
    place.delete()
    index_now()
    assert texts(second, "collection_names") == ""


def test_changes_of_a_many_to_many_set_from_both_sides(make):
    mug = make("Mug")
    summer = Collection.objects.create(name="Summer", slug="summer")
    index_now()
    for change, expected in (
        (lambda: summer.products.add(mug), "Summer"),
        (lambda: summer.products.clear(), ""),
        (lambda: mug.collections.add(summer), "Summer"),
        (lambda: mug.collections.remove(summer), ""),
        (lambda: mug.collections.set([summer]), "Summer"),
        (lambda: mug.collections.clear(), ""),
    ):
        change()
        index_now()
        assert texts(mug, "collection_names") == expected


def test_loaddata_is_marked(indexed, tmp_path):
    indexed.name = "Loaded mug"
    fixture = tmp_path / "shop.json"
    fixture.write_text(serializers.serialize("json", [indexed]))
    management.call_command("loaddata", str(fixture), stdout=StringIO())
    index_now()
    assert texts(indexed) == "Loaded mug"


def test_a_moved_picture_reaches_its_old_and_its_new_product(indexed, make):
    other = make("Other")
    index_now()
    picture = ProductImage.objects.get(product=indexed)
    picture.product = other
    picture.save()
    assert marks() == [("catalog.productimage", str(picture.pk))]
    assert index_now().indexed == 2
    assert_index_matches_shop()


def test_a_changed_and_a_deleted_picture(indexed):
    picture = ProductImage.objects.get(product=indexed)
    picture.image = ContentFile(png("blue"), name="new.png")
    picture.save()
    index_now()
    assert_index_matches_shop()
    picture.delete()
    index_now()
    assert_index_matches_shop()


def test_cascades_reach_the_index(make):
    mug = make("Mug")
    add_picture(mug, png("red"))
    index_now()
    Product.objects.filter(pk=mug.pk).delete()
    index_now()
    assert_index_matches_shop()


def test_writes_past_the_signals_are_found_or_marked_by_hand(indexed):
    Product.objects.bulk_create([Product(sku="B1", name="Bulk"), Product(sku="B2", name="Bulk too")])
    Product.objects.filter(pk=indexed.pk).update(name="Updated")
    assert marks() == []
    index_now()
    assert texts(indexed) == "Old mug"  # an update() sends no signal
    assert mark_stale(Product.objects.filter(pk=indexed.pk)) == 1
    index_now()
    assert_index_matches_shop()


def test_mark_stale_refuses_other_models(make):
    with pytest.raises(TypeError, match=r"takes products \(catalog.Product\).*catalog.Category"):
        mark_stale(Category.objects.all())


def test_an_import_is_marked_in_bulk(make):
    with suspend_indexing():
        make("Imported")
    make("Saved by hand")
    assert list(Mark.objects.order_by("id").values_list("bulk", flat=True)) == [True, False]
    index_now()
    assert_index_matches_shop()


def test_enabled_false_marks_nothing(indexed, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    indexed.save()
    indexed.delete()
    assert marks() == []


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_a_mark_is_there_before_the_write(make):
    mug = make("Mug")
    index_now()
    Mark.objects.all().delete()
    seen = []

    def watch(execute, sql, *rest):
        seen.append("mark" if "product_search_mark" in sql else sql.split()[0])
        return execute(sql, *rest)

    before = timezone.now()
    with connection.execute_wrapper(watch):
        mug.name = "New"
        mug.save()
    assert seen == ["mark", "UPDATE", "mark"]
    early, late = (mark.not_before for mark in Mark.objects.order_by("id"))
    assert before <= early - timedelta(seconds=marking.EARLY_MARK_SECONDS) <= late <= timezone.now()
    index_now()
    assert texts(mug) == "New"
    assert Mark.objects.count() == 1, "the early mark stays until it is due"


@pytest.mark.django_db(transaction=True)
def test_a_create_whose_mark_was_lost_is_found(make):
    mug = make("Mug")
    Mark.objects.all().delete()  # the process died between the commit and the mark
    assert not Entry.objects.exists()
    index_now()
    assert texts(mug) == "Mug"
