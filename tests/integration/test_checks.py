from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, connections

from catalog.documents import ProductDocument
from product_search import checks
from product_search.documents import Text
from product_search.keys import make_key
from product_search.models import ApiKey

COMPLETE = {
    "PRODUCT_MODEL": "catalog.Product",
    "DOCUMENT": "catalog.documents.ProductDocument",
    "ENCODER": "hash:8",
}


class Leaking(ProductDocument.__mro__[1]):  # type: ignore[misc,name-defined]
    title = Text("name")


class Silent(ProductDocument.__mro__[1]):  # type: ignore[misc,name-defined]
    def visible(self, queryset, scope):
        return queryset


class Lost(ProductDocument):
    title = Text("nowhere")


class Misordered(ProductDocument):
    class Meta:
        sorts = {"cheap": ("cost",)}


class Unserialized(ProductDocument.__mro__[1]):  # type: ignore[misc,name-defined]
    title = Text("name")

    class Meta:
        hit_serializer = "catalog.nowhere.ProductSerializer"

    def visible(self, queryset, scope):
        return queryset


class Manifold(ProductDocument):
    class Meta:
        sorts = {"collection": ("collections__name",)}


def ids(messages):
    return [message.id.removeprefix("product_search.") for message in messages]


def test_the_reference_shop_is_in_order():
    call_command("check")


def test_check_stops_at_a_mistyped_key_and_says_which_was_meant(settings):
    settings.PRODUCT_SEARCH = {**COMPLETE, "ENCODR": "x"}
    with pytest.raises(SystemCheckError, match="Did you mean ENCODER"):
        call_command("check")


def test_a_product_model_that_is_not_installed(settings):
    settings.PRODUCT_SEARCH = {**COMPLETE, "PRODUCT_MODEL": "shop.Nothing"}
    assert ids(checks.check_settings(None)) == ["E005"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("catalog.nowhere.Document", "E010"),
        ("catalog.models.Product", "E010"),
        (f"{__name__}.Leaking", "E012"),
        (f"{__name__}.Silent", "E013"),
        (f"{__name__}.Lost", "E011"),
        (f"{__name__}.Misordered", "E014"),
        (f"{__name__}.Manifold", "E014"),
        (f"{__name__}.Unserialized", "E015"),
    ],
)
def test_a_document_that_can_not_work_is_named(settings, document, code):
    settings.PRODUCT_SEARCH = {**COMPLETE, "DOCUMENT": document}
    assert ids(checks.check_document(None)) == [code]


class Elsewhere:
    def db_for_write(self, model, **hints):
        return "other" if model._meta.app_label == "product_search" else None


def test_products_and_marks_in_two_databases_are_refused(settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.Elsewhere"]
    assert ids(checks.check_routers(None)) == ["E020"]


@pytest.mark.django_db
def test_a_product_key_whose_type_changed_is_noticed():
    assert list(checks.check_database(None, databases=["default"])) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE product_search_entry ALTER COLUMN product TYPE text")
    assert ids(checks.check_database(None, databases=["default"])) == ["E031"]


def test_requests_that_cant_be_counted_well_are_told(settings):
    def found(cache, proxies):
        settings.PRODUCT_SEARCH = {
            **COMPLETE,
            "CACHE": cache,
            "PROXIES": proxies,
            "RATE_PER_ADDRESS": 100,
        }
        return [message.id.partition(".")[2] for message in checks.check_counting(None)]

    shared = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://nowhere"}
    settings.CACHES = {**settings.CACHES, "shared": shared}
    assert found("shared", 1) == []
    assert found("default", 0) == ["W051"]
    assert found("shared", None) == ["W052"]
    assert found("nowhere", 1) == ["E050"]


def test_a_cache_of_queries_that_saves_nothing_is_told(settings):
    shared = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://nowhere"}
    settings.CACHES = {**settings.CACHES, "shared": shared}
    found = {}
    for name in ("", "shared", "default", "nowhere"):
        settings.PRODUCT_SEARCH = {**COMPLETE, "QUERY_CACHE": name}
        found[name] = [message.id.partition(".")[2] for message in checks.check_query_cache(None)]
    assert found == {"": [], "shared": [], "default": ["W055"], "nowhere": ["E054"]}


def test_thesauri_that_are_not_there_or_are_none(settings, tmp_path):
    found = {}
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "de.tsv.gz").write_bytes(b"nothing of the kind")
    for folder in ("", "nowhere", "empty", "bad"):
        settings.PRODUCT_SEARCH = {
            **settings.PRODUCT_SEARCH,
            "THESAURUS_DIR": folder and str(tmp_path / folder),
        }
        found[folder] = [message.id.partition(".")[2] for message in checks.check_thesauri(None)]
    assert found == {"": [], "nowhere": ["W056"], "empty": ["W056"], "bad": ["E056"]}


@pytest.mark.django_db
def test_a_key_that_shows_nothing_is_told():
    key, _ = make_key("page", filters={"brand": "acme"})
    make_key("other", filters={"brand": "acme"})
    assert list(checks.check_keys(None, databases=["default"])) == []
    ApiKey.objects.filter(pk=key.pk).update(filters={"tenant": ["acme"]})
    (warning,) = checks.check_keys(None, databases=["default"])
    assert warning.id == "product_search.W053"
    assert 'With the key "page" nothing is seen: There is no facet' in warning.msg
    assert list(checks.check_keys(None)) == []


@pytest.fixture
def with_replica(settings):
    """DATABASES with an alias `near`, and the router that sends searches there."""
    settings.DATABASE_ROUTERS = ["product_search.replicas.SearchRouter"]
    connections.settings["near"] = {**connections["default"].settings_dict, "OPTIONS": {"connect_timeout": 2}}

    def named(names):
        settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "REPLICAS": names}
        return connections.settings["near"]

    yield named
    del connections["near"], connections.settings["near"]


def test_a_replica_is_a_postgres_of_databases(with_replica):
    near = with_replica("near")
    assert ids(checks.check_replicas(None)) == []
    near["OPTIONS"] = {}
    assert ids(checks.check_replicas(None)) == ["W023"]
    near["ENGINE"] = "django.db.backends.sqlite3"
    del connections["near"]
    (message,) = checks.check_replicas(None)
    assert (message.id, "SQLite" in message.msg) == ("product_search.E021", True)


@pytest.mark.parametrize(
    ("names", "what"), [("far", "Known: near"), ("default", "is where products are written")]
)
def test_replicas_that_are_none(with_replica, names, what):
    with_replica(f"near, {names}")
    (message,) = checks.check_replicas(None)
    assert message.id == "product_search.E021"
    assert f'names "{names}"' in message.msg
    assert what in message.hint


def test_replicas_without_the_router(with_replica, settings):
    with_replica("near")
    settings.DATABASE_ROUTERS = []
    (message,) = checks.check_replicas(None)
    assert message.id == "product_search.E022"
    assert "product_search.replicas.SearchRouter" in message.hint
