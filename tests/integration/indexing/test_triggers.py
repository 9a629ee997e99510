"""The optional second way in: database triggers see what no signal tells, and never stand in the shop's way."""

from __future__ import annotations

import importlib
import threading
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections, transaction
from django.db.models import F

from catalog.documents import ProductDocument
from catalog.models import Brand, Collection, CollectionProduct, Product, ProductImage
from product_search import checks
from product_search.documents import Text as TextField
from product_search.indexing import index_pending, triggers
from product_search.indexing.triggers import TriggersNotInstalled
from product_search.models import Entry, Mark, Text
from tests.variants.models import Shelf

from .conftest import add_picture, png
from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db


class OnShelves(ProductDocument):
    shelves = TextField("shelf__name")


class WithoutBrand(ProductDocument):
    brand_name = TextField("sku")


@pytest.fixture
def installed(settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "TRIGGERS": True}
    triggers.install("default")


@pytest.fixture
def stocked(installed, space, make, brand):
    """Three products of one brand with a picture each, indexed, and no mark left."""
    products = [make(f"Mug {n}", brand=brand) for n in range(3)]
    for product, colour in zip(products, ("red", "green", "blue"), strict=True):
        add_picture(product, png(colour))
    index_pending()
    assert_index_matches_shop()
    assert not Mark.objects.exists()
    settle()
    return products


def settle() -> None:
    """A table with deferred checks outstanding can't be truncated or altered."""
    run("SET CONSTRAINTS ALL IMMEDIATE")


def run(statement: str, *parameters: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def marks() -> set[tuple[str, str]]:
    return set(Mark.objects.values_list("source", "key"))


def titles() -> set[str]:
    return set(Text.objects.filter(language="en").values_list("fields__title", flat=True))


def test_bulk_updates_raw_sql_and_copy_reach_the_index(stocked):
    first, second, third = stocked
    Product.objects.filter(pk__in=[first.pk, second.pk]).update(name="Updated")
    assert marks() == {("catalog.product", str(first.pk)), ("catalog.product", str(second.pk))}
    assert set(Mark.objects.values_list("bulk", flat=True)) == {True}
    index_pending()
    assert_index_matches_shop()

    Product.objects.bulk_create([Product(sku="B1", name="Made in bulk")])
    third.name = "Bulk update"
    Product.objects.bulk_update([third], ["name"])
    run("DELETE FROM catalog_productimage WHERE product_id = %s", second.pk)
    run("DELETE FROM catalog_product WHERE id = %s", second.pk)
    columns = (
        "sku, slug, name, name_de, description, description_de, currency, popularity, published, attributes,"
        " created_at, updated_at"
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY catalog_product ({columns}) FROM STDIN") as copy:
        copy.write_row(("C1", "c1", "Copied", "", "", "", "EUR", 0, True, "{}", "2026-01-01", "2026-01-01"))
    index_pending()
    assert_index_matches_shop()
    assert titles() >= {"Made in bulk", "Bulk update", "Copied"}


def test_a_column_that_is_not_read_marks_nothing(stocked):
    Product.objects.update(price=3, stock=7)
    Product.objects.update(name=F("name"))
    assert marks() == set()


def test_one_update_of_a_brand_is_one_mark_and_reaches_its_products(stocked):
    Brand.objects.update(name="Abendrot")
    assert marks() == {("catalog.brand", str(stocked[0].brand_id))}
    index_pending()
    assert set(Text.objects.values_list("fields__brand_name", flat=True)) == {"Abendrot"}


def test_a_row_that_moves_or_goes_concerns_its_old_owner_too(stocked):
    first, second, third = stocked
    ProductImage.objects.filter(product=first).update(product=second)
    assert ("catalog.product", str(first.pk)) in marks()
    index_pending()
    assert_index_matches_shop()
    ProductImage.objects.filter(product=third)._raw_delete("default")
    assert marks() == {("catalog.product", str(third.pk))}
    index_pending()
    assert_index_matches_shop()


def test_rows_of_a_through_table(stocked):
    first, second, _ = stocked
    summer = Collection.objects.create(name="Summer", slug="summer")
    CollectionProduct.objects.bulk_create([CollectionProduct(collection=summer, product=first)])
    index_pending()
    assert Text.objects.get(product=first.pk, language="en").fields["collection_names"] == "Summer"
    CollectionProduct.objects.update(product=second)
    index_pending()
    read = {text.product: text.fields["collection_names"] for text in Text.objects.filter(language="en")}
    assert (read[first.pk], read[second.pk]) == ("", "Summer")
    CollectionProduct.objects.all()._raw_delete("default")
    index_pending()
    assert Text.objects.get(product=second.pk, language="en").fields["collection_names"] == ""


def test_rows_of_a_many_to_many_table_without_a_model(space, make, settings):
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "DOCUMENT": f"{__name__}.OnShelves",
        "TRIGGERS": True,
    }
    triggers.install("default")
    first, second = make("First"), make("Second")
    shelf = Shelf.objects.create(name="Window")
    index_pending()
    rows = Shelf.products.through.objects

    def shelves() -> dict[str, str]:
        index_pending()
        newest = Text.objects.filter(language="en", fields__has_key="shelves")
        return {text.fields["title"]: text.fields["shelves"] for text in newest}

    rows.bulk_create([Shelf.products.through(shelf=shelf, product=first)])
    assert marks() == {("catalog.product", str(first.pk))}
    assert shelves() == {"First": "Window", "Second": ""}
    rows.update(product=second)
    assert shelves() == {"First": "", "Second": "Window"}
    rows.all()._raw_delete("default")
    assert shelves() == {"First": "", "Second": ""}


def test_truncate_is_one_mark_that_reaches_every_product(stocked):
    run("TRUNCATE catalog_productimage")
    assert marks() == {(Mark.EVERY, "")}
    index_pending()
    assert_index_matches_shop()
    run("TRUNCATE catalog_product CASCADE")
    index_pending()
    assert not Entry.objects.exists()
    assert_index_matches_shop()


def test_a_truncate_of_our_tables_too_leaves_no_mark(stocked):
    run("TRUNCATE catalog_product, product_search_mark CASCADE")
    assert marks() == set()


def test_what_is_taken_back_leaves_no_mark(stocked):
    try:
        with transaction.atomic():
            Product.objects.update(name="Never")
            raise ValueError
    except ValueError:
        assert marks() == set()


def test_a_role_that_may_not_touch_our_tables_can_still_write(stocked):
    run("CREATE ROLE product_search_till")
    run("GRANT ALL ON catalog_product TO product_search_till")
    run("SET LOCAL ROLE product_search_till")
    run("UPDATE catalog_product SET name = 'From the till'")
    run("RESET ROLE")
    assert len(marks()) == 3


def test_a_column_that_is_renamed_does_not_stop_the_shop(stocked):
    run("ALTER TABLE catalog_product RENAME COLUMN name_de TO title_de")
    run("UPDATE catalog_product SET price = 5")
    assert marks() == {(Mark.EVERY, "")}
    run("ALTER TABLE catalog_product RENAME COLUMN title_de TO name_de")
    index_pending()
    assert_index_matches_shop()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            "DROP TRIGGER product_search_update ON catalog_product",
            "catalog_product has no trigger for update",
        ),
        (
            "ALTER TABLE catalog_brand DISABLE TRIGGER ALL",
            "product_search_insert of catalog_brand is disabled",
        ),
        (
            "CREATE OR REPLACE FUNCTION product_search_catalog_product() RETURNS trigger LANGUAGE plpgsql"
            " SECURITY DEFINER AS 'BEGIN RETURN NULL; END'",
            "function product_search_catalog_product marks something else",
        ),
        (
            "CREATE OR REPLACE TRIGGER product_search_update AFTER UPDATE OF price ON catalog_product"
            " FOR EACH ROW EXECUTE FUNCTION product_search_catalog_product()",
            "product_search_update of catalog_product was changed",
        ),
        (
            "DROP FUNCTION product_search_catalog_productimage() CASCADE",
            "catalog_productimage has no trigger",
        ),
    ],
)
def test_the_check_names_what_is_out_of_step_and_the_command(installed, damage, said):
    assert found() == []
    assert "in step" in told("status")
    run(damage)
    (warning,) = found()
    assert warning.id == "product_search.W040"
    assert said in warning.msg
    assert "manage.py triggers install" in warning.hint
    with pytest.raises(CommandError, match="triggers install"):
        told("status")
    told("install")
    assert found() == []


def test_a_document_that_reads_something_else_is_out_of_step(installed, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": f"{__name__}.WithoutBrand"}
    (warning,) = found()
    assert "catalog_brand has triggers, but the document no longer reads it" in warning.msg
    told("install")
    assert found() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname = 'product_search_catalog_brand'")
        assert cursor.fetchone() == (0,)


def test_what_the_settings_say_and_what_is_there(settings):
    assert found() == []
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "TRIGGERS": True}
    assert [message.id for message in found()] == ["product_search.W040"]
    told("install")
    assert found() == []
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "TRIGGERS": False}
    (warning,) = found()
    assert warning.id == "product_search.W041"
    assert "manage.py triggers remove" in warning.hint
    assert "Removed the triggers of 7 tables" in told("remove")
    assert found() == []
    assert "No triggers are installed" in told("status")


def test_the_statements_can_be_run_by_somebody_else(settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "TRIGGERS": True}
    run(told("install", "--sql").replace("%", "%%"))
    assert found() == []


def test_uninstalling_takes_the_triggers_along(stocked):
    migration = importlib.import_module("product_search.migrations.0001_initial")
    with connection.schema_editor(atomic=False) as editor:
        migration.drop_triggers(None, editor)
    assert not triggers.is_installed("default")
    Product.objects.update(name="Without us")
    assert marks() == set()


@pytest.mark.django_db(transaction=True)
def test_a_table_that_is_in_use_is_waited_for_and_named(monkeypatch):
    monkeypatch.setattr(triggers, "LOCK_TIMEOUT_MS", 20)
    monkeypatch.setattr(triggers, "TRIES", 2)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE catalog_product IN ROW EXCLUSIVE MODE")
            held.set()
            done.wait(30)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(30)
        with pytest.raises(TriggersNotInstalled, match="catalog_product was locked"):
            triggers.install("default")
    finally:
        done.set()
        holder.join()
    triggers.install("default")
    assert triggers.differences("default") == []
    triggers.remove("default")


def found():
    return list(checks.check_triggers(None, databases=["default"]))


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("triggers", *arguments, stdout=out)
    return out.getvalue()
