"""A demo whose kept database is another version's says so in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from catalog.demo import shop
from catalog.demo.errors import DemoFailed
from product_search.models import Attribute, AttributeValue

pytestmark = pytest.mark.django_db
HOME = Path("/somewhere/.demo")


def alter(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_tables_of_this_version_are_taken():
    assert shop.differing_tables() == []
    shop.make_tables(HOME)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE product_search_tally RENAME TO elsewhere",
        "ALTER TABLE product_search_tally DROP COLUMN seconds",
        "ALTER TABLE product_search_tally ADD COLUMN more text NOT NULL",
    ],
)
def test_tables_of_another_version_are_named_with_what_to_delete(statement):
    alter(statement)
    with pytest.raises(DemoFailed, match=r"product_search_tally.* rm -r /somewhere/\.demo$") as said:
        shop.make_tables(HOME)
    assert "\n" not in str(said.value)


def test_a_migration_that_fails_on_them_is_no_traceback_either():
    alter(
        "DELETE FROM django_migrations WHERE app = 'product_search'"
    )  # its tables are there: they can't be made
    with pytest.raises(DemoFailed, match="rm -r"):
        shop.make_tables(HOME)


def test_the_demo_has_a_vocabulary():
    shop.make_vocabulary()
    assert set(Attribute.objects.values_list("name", flat=True)) == {"type", "colour", "pattern", "material"}
    assert AttributeValue.objects.get(value="turquoise").label_in("de") == "türkis"
