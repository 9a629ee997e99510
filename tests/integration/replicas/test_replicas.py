"""Searches read a real streaming replica, and nobody notices when it lags, hangs or dies."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.urls import reverse

from catalog.models import Product
from product_search import replicas
from product_search.documents import SearchScope
from product_search.indexing.health import health
from product_search.models import Cursor
from product_search.replicas import fleet, on_primary
from product_search.retrieval import (
    SearchAnswer,
    SearchRequest,
    facet_values,
    recommend,
    related,
    search,
    similar,
    suggest,
    walk,
)
from product_search.testing import index_now

from .conftest import ALIAS
from .server import Standby, scans, wait_until

EN = SearchScope(language="en")
MUGS = SearchRequest("mug")
#: Asked over and over while something fails; each must be answered.
SEARCHERS = 3


def sent_to(alias: str, task: Callable[[], Any]) -> list[str]:
    """The statements that `task` sends to the database `alias`."""
    sent: list[str] = []

    def note(execute: Any, sql: str, *arguments: Any) -> Any:
        sent.append(sql)
        return execute(sql, *arguments)

    with connections[alias].execute_wrapper(note):
        task()
    return sent


def fault() -> str:
    (seen,) = fleet.fleet.states()
    return seen.fault


def add(name: str) -> None:
    """A product that is indexed on the primary."""
    Product.objects.create(sku=name, slug=name.lower(), name=name, price=5, published=True)
    index_now()


#: Whatever shoppers ask, by a name.
QUESTIONS: dict[str, Callable[[], Any]] = {
    "words": lambda: search(MUGS, EN),
    "explained": lambda: search(SearchRequest("red mug", explain=True, highlight=True), EN),
    "browsing": lambda: search(SearchRequest(), EN),
    "suggestions": lambda: suggest("mu", EN),
    "related": lambda: related("mug", EN),
    "facet": lambda: facet_values("brand", MUGS, EN),
    "similar": lambda: similar(search(MUGS, EN).hits[0].key, EN),
    "recommended": lambda: recommend([search(MUGS, EN).hits[0].key], EN),
}


def test_all_that_is_asked_is_read_from_the_replica(replica: Standby) -> None:
    before = {alias: scans(alias) for alias in ("default", ALIAS)}
    for name, question in QUESTIONS.items():
        assert (name, sent_to("default", question)) == (name, [])
        assert sent_to(ALIAS, question) != [], name
    # The servers' own statistics say so, too.
    assert scans("default") == before["default"]
    assert scans(ALIAS) > before[ALIAS]


def test_a_walk_is_kept_on_the_primary_and_read_from_the_replica(replica: Standby) -> None:
    request = SearchRequest(per_page=10)
    answer = walk(request, EN)
    found = [hit.key for hit in answer.hits]
    assert Cursor.objects.using("default").count() == 1
    while answer.next:
        assert any("catalog_product" in sql for sql in sent_to(ALIAS, lambda: walk(request, EN, answer.next)))  # noqa: B023
        answer = walk(request, EN, answer.next)
        found += [hit.key for hit in answer.hits]
    assert sorted(found) == sorted(Product.objects.filter(published=True).values_list("pk", flat=True))


def test_what_was_found_is_saved_on_the_primary(replica: Standby) -> None:
    product = search(MUGS, EN).hits[0].product
    assert product._state.db == ALIAS
    product.price = 77
    product.save()
    assert Product.objects.get(pk=product.pk).price == 77
    copied = Product(sku="copy", slug="copy", name="Copy", price=1, brand=product.brand)
    copied.save()
    assert copied._state.db == "default"


def test_a_transaction_sees_what_it_wrote(replica: Standby) -> None:
    with transaction.atomic():
        add("Zebrano")
        assert [hit.product.name for hit in search(SearchRequest("zebrano"), EN).hits] == ["Zebrano"]
        transaction.set_rollback(True)
    with transaction.atomic():  # of a host that wraps each request in one, and has written nothing
        assert search(MUGS, EN).hits[0].product._state.db == ALIAS


def test_whoever_asks_for_the_primary_reads_it(replica: Standby) -> None:
    with replica.paused():
        add("Zebrano")
        with on_primary():
            assert search(SearchRequest("zebrano"), EN).total == 1
            assert search(MUGS, EN).hits[0].product._state.db == "default"


def test_one_who_has_just_signed_in_is_known(replica: Standby, client: Any) -> None:
    with replica.paused():
        client.force_login(User.objects.create_user("someone", is_staff=True))
        answer = client.get("/search/v1/search?q=mug&explain=true")  # for staff alone
    assert answer.status_code == 200
    assert answer.json()["hits"]


def test_one_that_replays_nothing_is_left_out_until_it_is_back(replica: Standby) -> None:
    with replica.paused():
        began = time.monotonic()
        add("Zebrano")
        wait_until(lambda: fault() == "behind", "the replica to count as behind")
        assert 0.5 < time.monotonic() - began < 10
        (seen,) = fleet.fleet.states()
        assert seen.behind_s > 1
        assert seen.behind_bytes > 100
        assert search(SearchRequest("zebrano"), EN).total == 1
        assert sent_to(ALIAS, lambda: search(MUGS, EN)) == []
        (problem,) = [str(each) for each in health().problems if "replica" in str(each)]
        assert "further behind than MOST_BEHIND" in problem
    wait_until(lambda: fault() == "", "the replica to be back")
    assert search(SearchRequest("zebrano"), EN).hits[0].product._state.db == ALIAS


def test_a_shop_in_which_nobody_saves_is_not_behind(replica: Standby) -> None:
    time.sleep(1.5)  # more than MOST_BEHIND
    (seen,) = fleet.fleet.states()
    assert seen.fault == ""
    assert seen.behind_s < 1


def test_another_stage_of_the_index_is_not_searched(replica: Standby, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MOST_BEHIND": 3600}
    ways = {
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())":
        "DELETE FROM django_migrations WHERE app = 'x'",
        "UPDATE product_search_space SET state = 'standby'":
        "UPDATE product_search_space SET state = 'serving'",
    }  # fmt: skip
    for there, back in ways.items():
        with replica.paused(), connection.cursor() as cursor:
            cursor.execute(there)
            wait_until(lambda: fault() == "stage", "another stage to be seen")
            assert sent_to(ALIAS, lambda: search(MUGS, EN)) == []
            cursor.execute(back)
        wait_until(lambda: fault() == "", "the replica to be back")


def test_a_table_that_is_not_there_yet_is_read_on_the_primary(replica: Standby, monkeypatch: Any) -> None:
    """Between two looks, a deploy may bring code for a column that the replica has not replayed."""
    fleet.fleet.stop()
    monkeypatch.setattr(fleet, "EVERY_SECONDS", 60.0)
    wait_until(lambda: fleet.fleet.choose() == ALIAS, "the replica to be seen")
    with replica.paused():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE catalog_product ADD COLUMN ps_new integer NOT NULL DEFAULT 1")
        asked = lambda: [*Product.objects.raw("SELECT id, ps_new FROM catalog_product LIMIT 1")]  # noqa: E731
        try:
            found = replicas.reading.from_replica(asked)()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE catalog_product DROP COLUMN ps_new")
        assert found[0]._state.db == "default"
        assert not fleet.fleet.in_service(ALIAS)


def test_what_is_wrong_everywhere_is_no_fault_of_the_replica(replica: Standby) -> None:
    with pytest.raises(ValueError, match="of the shop's own"):
        replicas.reading.from_replica(lambda: (_ for _ in ()).throw(ValueError("of the shop's own")))()
    assert fleet.fleet.in_service(ALIAS)


class Load:
    """Threads that search over and over. `slowest` is the longest answer, in seconds."""

    def __init__(self) -> None:
        self.answers = 0
        self.errors: list[Exception] = []
        self.slowest = 0.0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(SEARCHERS)]

    def _run(self) -> None:
        while not self._over.is_set():
            begun = time.monotonic()
            try:
                found: SearchAnswer = search(MUGS, EN)
                assert found.total
            except Exception as error:
                self.errors.append(error)
            self.answers += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)
        connections.close_all()

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        self.goes_on()
        return self

    def __exit__(self, *failed: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def goes_on(self, answers: int = 6) -> None:
        """Wait for so many more answers."""
        wanted = self.answers + answers
        wait_until(lambda: self.answers >= wanted, "answers")


def test_one_that_dies_fails_no_search_and_is_used_again_when_it_is_back(replica: Standby) -> None:
    with Load() as load:
        replica.kill()
        load.goes_on()
        wait_until(lambda: fault() == "silent", "the replica to be missed")
        replica.start()
        wait_until(lambda: fault() == "", "the replica to be back")
        load.goes_on()
    assert load.errors == []
    assert search(MUGS, EN).hits[0].product._state.db == ALIAS


def test_one_that_hangs_holds_no_search_for_long(replica: Standby) -> None:
    with Load() as load:
        with replica.halted():
            wait_until(lambda: fault() == "silent", "the replica to be missed")
            load.goes_on()
        wait_until(lambda: fault() == "", "the replica to be back")
        load.goes_on()
    assert load.errors == []
    assert load.slowest < 10


def test_what_is_no_replica_is_left_out(replica: Standby) -> None:
    fleet.fleet.stop()
    own = connections["default"].settings_dict["OPTIONS"]
    connections.settings[ALIAS]["OPTIONS"] |= {"host": own["host"]}
    connections[ALIAS].close()
    wait_until(lambda: fleet.fleet.states() and fault() == "alone", "the primary to be known for one")
    assert sent_to(ALIAS, lambda: search(MUGS, EN)) == []


def test_how_they_stand_is_shown_to_people_and_monitors(replica: Standby, admin_client: Any) -> None:
    out = StringIO()
    call_command("index", "--status", stdout=out, no_color=True)
    assert re.search(r"^Replica replica in service, 0\.\d s, \d+ bytes behind$", out.getvalue(), re.MULTILINE)
    (told,) = json.loads(admin_client.get("/search/v1/health").content)["replicas"]
    assert (told["alias"], told["in_service"], told["fault"]) == (ALIAS, True, "")
    assert told["behind_s"] < 1
    assert told["behind_bytes"] >= 0
    assert 'replica_in_service{replica="replica"} 1.0' in admin_client.get("/search/v1/metrics").text
    page = admin_client.get(reverse("admin:product_search_index_changelist")).text
    assert "Replicas that searches read" in page
    replica.kill()
    wait_until(lambda: fault() == "silent", "the replica to be missed")
    page = admin_client.get(reverse("admin:product_search_index_changelist")).text
    assert "The replica replica does not answer." in page
    replica.start()


def test_a_shop_without_replicas_asks_nobody(db: None, settings: Any) -> None:
    settings.DATABASE_ROUTERS = ["product_search.replicas.SearchRouter"]
    search(MUGS, EN)
    assert fleet.fleet.states() == ()
    assert not any(thread.name == "product_search.replicas" for thread in threading.enumerate())
