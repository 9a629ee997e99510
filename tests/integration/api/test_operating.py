"""What operators' machines ask: is the process alive, is it ready, and the index in numbers."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError
from django.test import Client
from django.urls import reverse
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from catalog.models import Product
from product_search import encoders
from product_search.api import readiness
from product_search.conf import Conf
from product_search.indexing import throughput
from product_search.models import Entry, Generation, Heartbeat, Mark, Space, State
from product_search.retrieval import warming

from .conftest import Ask
from .test_problems import problem

TOKEN = "a-token-that-nobody-guesses"


def test_live_asks_no_database(get: Ask) -> None:
    """Without pytest's mark any query fails the test."""
    response = get("live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.headers["Cache-Control"] == "no-store"


def test_ready_while_an_index_serves(shop: list[Product], get: Ask) -> None:
    assert (get("ready").status_code, get("ready").json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_names_what_to_run_before_anything_serves(get: Ask) -> None:
    said = problem(get("ready"), 503, "index_not_ready")
    assert "`manage.py index`" in said["detail"]
    assert get("ready").headers["Retry-After"] == "10"


@pytest.mark.parametrize("model", [Space, Generation])
def test_not_ready_while_one_half_of_the_index_does_not_serve(
    shop: list[Product], get: Ask, model: Any
) -> None:
    model.objects.update(state=State.FILLING)
    problem(get("ready"), 503, "index_not_ready")


def test_not_ready_while_search_is_switched_off(shop: list[Product], get: Ask, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    assert "ENABLED" in problem(get("ready"), 503, "disabled")["detail"]


def test_not_ready_before_a_migration_is_applied(shop: list[Product], get: Ask) -> None:
    MigrationRecorder.Migration.objects.filter(app="product_search").delete()
    said = problem(get("ready"), 503, "not_migrated")
    assert "0001_initial" in said["detail"]
    assert "`manage.py migrate product_search`" in said["detail"]


def test_not_ready_where_the_tables_are_gone_all_the_same(shop: list[Product], get: Ask) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE product_search_space RENAME TO elsewhere")
    problem(get("ready"), 503, "not_migrated")


def test_not_ready_while_the_database_is_away(
    shop: list[Product], get: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("connection to host 10.0.0.5 refused")

    with monkeypatch.context() as broken:
        broken.setattr(connections["default"], "cursor", away)
        said = problem(get("ready"), 503, "database_unavailable")
    assert 'DATABASES["default"]' in said["detail"]
    assert "10.0.0.5" not in said["detail"]


def test_not_ready_before_the_encoder_has_answered_and_ready_from_then_on(
    shop: list[Product], get: Ask, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(warming, "_answered", set())
    here, away = (
        settings.PRODUCT_SEARCH,
        {**settings.PRODUCT_SEARCH, "ENCODER_SOCKET": str(tmp_path / "none")},
    )
    settings.PRODUCT_SEARCH = away
    assert "`manage.py encoder serve`" in problem(get("ready"), 503, "encoder_not_ready")["detail"]
    assert get("live").status_code == 200
    settings.PRODUCT_SEARCH = here
    assert get("ready").status_code == 200
    settings.PRODUCT_SEARCH = away
    assert get("ready").status_code == 200, "an answer by words is better than none"


def test_a_model_that_loads_for_long_holds_up_no_probe_and_is_loaded_once(
    shop: list[Product], get: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "_answered", set())
    monkeypatch.setattr(readiness, "WARMING_SECONDS", 0.05)
    go_on, loads, load = threading.Event(), [], encoders.get_encoder

    def slow(name: str | None = None) -> Any:
        loads.append(name)
        go_on.wait(20)
        return load(name)

    monkeypatch.setattr(encoders, "get_encoder", slow)
    for _ in range(3):
        said = problem(get("ready"), 503, "encoder_not_ready")
        assert "`manage.py encoder info`" in said["detail"]
    go_on.set()
    monkeypatch.setattr(readiness, "WARMING_SECONDS", 20.0)
    assert get("ready").status_code == 200
    assert len(loads) == 1


@pytest.fixture
def token(settings: Any) -> str:
    """METRICS_TOKEN, set."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "METRICS_TOKEN": TOKEN}
    return TOKEN


@pytest.mark.django_db
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ä"],
)
def test_metrics_are_never_open(get: Ask, token: str, authorization: str) -> None:
    response = get("metrics", headers={"Authorization": authorization} if authorization else None)
    problem(response, 401, "not_authorized")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert TOKEN not in response.text


@pytest.mark.django_db
def test_without_a_token_in_the_settings_no_token_opens_them(get: Ask) -> None:
    for given in ("", "x", "None"):
        problem(get("metrics", headers={"Authorization": f"Bearer {given}"}), 401, "not_authorized")


@pytest.mark.django_db
def test_metrics_are_for_staff_and_no_other_user(client: Client) -> None:
    users = get_user_model().objects
    client.force_login(users.create_user("ada"))
    problem(client.get(reverse("product_search:metrics")), 401, "not_authorized")
    client.force_login(users.create_user("boss", is_staff=True))
    assert client.get(reverse("product_search:metrics")).status_code == 200


@pytest.mark.django_db
def test_without_the_extra_the_answer_names_it(get: Ask, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "prometheus_client", None)
    said = problem(get("metrics", headers={"Authorization": f"Bearer {token}"}), 501, "metrics_not_installed")
    assert "django-product-search[metrics]" in said["detail"]


@pytest.fixture
def scrape(get: Ask, token: str) -> Any:
    """The samples by name and labels, as Prometheus' own parser reads them."""

    def read(accept: str = "") -> dict[Any, float]:
        response = get("metrics", headers={"Authorization": f"bearer {token}", "Accept": accept})
        assert response.status_code == 200, response.text
        parse = (
            openmetrics.text_string_to_metric_families
            if response.headers["Content-Type"].startswith("application/openmetrics-text")
            else text_string_to_metric_families
        )
        return {
            (sample.name.removeprefix("product_search_"), *sorted(sample.labels.items())): sample.value
            for family in parse(response.text)
            for sample in family.samples
        }

    return read


def test_the_metrics_are_those_of_the_database(shop: list[Product], scrape: Any) -> None:
    Entry.objects.filter(product=shop[0].pk).update(wanted=9)
    Entry.objects.filter(product=shop[1].pk).update(wanted=9, attempts=2)
    Entry.objects.filter(product=shop[2].pk).update(wanted=9, attempts=6, parked=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO product_search_mark (source, key, not_before) VALUES"
            " ('catalog.product', '1', statement_timestamp() - interval '90 seconds')"
        )
    Heartbeat.objects.create(name="worker:celery@here")
    throughput.note("default", 30, 2, 1, seconds=3.0)
    found = scrape()
    states = {
        state: found["products", ("state", state)] for state in ("fresh", "waiting", "failing", "parked")
    }
    assert states == {"fresh": 5, "waiting": 1, "failing": 1, "parked": 1}
    assert found["marks",] == Mark.objects.count() == 1
    assert 90 <= found["oldest_mark_age_seconds",] < 100
    assert found["serving",] == 1
    outcomes = {
        name: found["processed_products_total", ("outcome", name)]
        for name in ("indexed", "removed", "failed")
    }
    assert outcomes == {"indexed": 38, "removed": 2, "failed": 1}, "the shop's eight came before"
    space = str(Space.objects.get().pk)
    assert found["space_info", ("name", "hash:64"), ("space", space), ("state", "serving")] == 1
    assert found["space_vectors", ("kind", "picture"), ("space", space)] >= 0
    assert ("last_seen_timestamp_seconds", ("name", "celery@here"), ("process", "worker")) in found
    assert found["table_size_bytes", ("table", "product_search_entry")] > 0
    assert found["problems", ("stops", "true")] >= 1, "nothing sweeps here"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text; version=1.0.0", "text/plain;version=0.0.4", "*/*", "text/html"]
)
def test_an_index_that_is_not_there_yet_has_metrics_too(scrape: Any, accept: str) -> None:
    found = scrape(accept)
    assert found["serving",] == 0
    assert found["oldest_mark_age_seconds",] == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text; version=x", "text/plain; version=;", ",;=,", "é"]
)
def test_no_accept_header_breaks_them(scrape: Any, accept: str) -> None:
    assert scrape(accept)


def test_the_names_follow_prometheus_conventions(shop: list[Product], get: Ask, token: str) -> None:
    text = get("metrics", headers={"Authorization": f"Bearer {token}"}).text
    families = list(text_string_to_metric_families(text))
    assert all(re.fullmatch(r"product_search_[a-z_]+", family.name) for family in families)
    assert all(family.documentation.endswith(".") for family in families)
    assert not [family.name for family in families if re.search(r"_(ms|minutes|mb|kb|percent)$", family.name)]


def test_the_token_stands_in_no_message(settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "METRICS_TOKEN": "short"}
    with pytest.raises(Exception, match="METRICS_TOKEN") as refused:
        call_command("check")
    assert "short'" not in str(refused.value)
    conf = Conf(product_model="a.B", document="a.b", encoder="hash:8", metrics_token=TOKEN)
    assert TOKEN not in repr(conf)
