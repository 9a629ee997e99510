"""Web and worker as a role that may write rows and change no table: everything but set-up works, and set-up says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from catalog.models import Product
from catalog.roles import Login, RoleFailed, grant_rows
from product_search.documents import SearchScope
from product_search.encoders import load
from product_search.indexing import index_pending, spaces, work
from product_search.indexing.rights import OwnerNeeded
from product_search.indexing.sweep import sweep
from product_search.models import Space
from product_search.retrieval import SearchRequest, search

pytestmark = pytest.mark.django_db

LOGIN = Login("rows_only_of_a_test", "not 'quoted' \\ nor plain")


@contextmanager
def as_role(name: str = LOGIN.name) -> Iterator[None]:
    """The test's connection as another role; the transaction that the test is in takes role and rights back."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {name}")
        try:
            yield
        finally:
            cursor.execute("RESET ROLE")


def test_the_role_indexes_and_searches_and_changes_no_table():
    work.prepare("default")
    assert grant_rows(connection, LOGIN) is True
    with as_role():
        mug = Product.objects.create(sku="A", name="Red mug", price=5)
        index_pending()
        sweep()
        found = search(SearchRequest(q="red mug"), SearchScope(language="en"))
        assert [hit.product for hit in found.hits] == [mug]
        mug.delete()
        index_pending()
        for statement in (
            "CREATE TABLE mine (id int)",
            "ALTER TABLE catalog_product ADD COLUMN mine int",
            "CREATE INDEX mine ON catalog_product (name)",
            "DROP TABLE product_search_mark",
            "TRUNCATE product_search_mark",
        ):
            with (
                pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


def test_what_the_owner_has_to_do_is_named():
    grant_rows(connection, LOGIN)
    with as_role(), pytest.raises(CommandError, match=r"Run `manage.py spaces create` as the role that ran"):
        call_command("index", verbosity=0)
    first = work.prepare("default")
    with as_role():
        call_command("index", verbosity=0, stdout=StringIO())
        with pytest.raises(OwnerNeeded, match=r"may write rows but make no tables.*spaces create"):
            spaces.create(load("hash:16").info, using="default")
        assert Space.objects.get() == first


def test_tables_that_are_made_later_carry_the_rights():
    grant_rows(connection, LOGIN)
    work.prepare("default")
    with as_role():
        Product.objects.create(sku="A", name="Red mug", price=5)
        assert index_pending().indexed == 1


def test_a_new_space_is_open_to_whom_the_old_ones_are_without_default_rights():
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {LOGIN.name}")
        cursor.execute(f"GRANT SELECT, INSERT ON product_search_picturevector TO {LOGIN.name}")
        cursor.execute("GRANT SELECT ON product_search_picturevector TO PUBLIC")
        name = spaces.partition("product_search_picturevector", work.prepare("default"))
        cursor.execute(
            "SELECT array_agg(privilege) FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege"
            " WHERE has_table_privilege(%s, %s, privilege)",
            [LOGIN.name, name],
        )
        assert cursor.fetchone() == (["SELECT", "INSERT"],)
        cursor.execute("SELECT relacl::text FROM pg_class WHERE oid = %s::regclass", [name])
        assert ",=r/" in cursor.fetchone()[0]


def test_it_is_safe_to_repeat():
    assert grant_rows(connection, LOGIN) is True
    assert grant_rows(connection, Login(LOGIN.name, "another")) is False


def test_a_role_that_may_do_more_is_refused():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (owner,) = cursor.fetchone()
        cursor.execute(f"CREATE ROLE {LOGIN.name} CREATEROLE")
    with pytest.raises(RoleFailed, match="web and worker need another role"):
        grant_rows(connection, Login(owner, ""))
    with pytest.raises(RoleFailed, match="may make roles"):
        grant_rows(connection, LOGIN)


def test_an_owner_who_may_not_make_roles_is_told_the_sql():
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE owner_of_a_test")
        cursor.execute("GRANT ALL ON SCHEMA public TO owner_of_a_test")
    with (
        as_role("owner_of_a_test"),
        pytest.raises(RoleFailed, match=r'CREATE ROLE "rows_only_of_a_test" LOGIN'),
    ):
        grant_rows(connection, LOGIN)


def test_the_url_must_be_there_and_name_a_role(monkeypatch):
    monkeypatch.delenv("APP_DATABASE_URL", raising=False)
    with pytest.raises(CommandError, match="Set APP_DATABASE_URL"):
        call_command("app_role")
    monkeypatch.setenv("APP_DATABASE_URL", "postgresql:///shop")
    with pytest.raises(CommandError, match="names no role"):
        call_command("app_role")
    assert Login.of("postgresql://a%40b:c%2Fd@host/shop") == Login("a@b", "c/d")
