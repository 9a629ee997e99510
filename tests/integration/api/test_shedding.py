"""More searches at once than places: some wait, the rest are told so before any work is done for them, and all is well
after. The searches are slow because another session holds the products' table.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth import get_user_model
from django.core.asgi import get_asgi_application
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from product_search.api import shedding
from product_search.indexing import heartbeat
from product_search.testing import index_now
from tests.acceptance.indexing.conftest import database_url, wait_until

from .conftest import fill, picture_bytes
from .test_problems import Untouched, problem

PLACES = 2
CROWD = 6


@pytest.fixture
def small(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two places, next to no patience, and nobody refused so far."""
    monkeypatch.setattr(shedding, "_refused", shedding._Refused())
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "SEARCHES_AT_ONCE": PLACES,
        "BUSY_WAIT_MS": 50,
        "METRICS_TOKEN": "a-token-of-the-tests",
    }


@pytest.fixture
def address(
    live_server: Any, transactional_db: None, small: None, settings: Any, tmp_path: Any
) -> Iterator[str]:
    """A server that answers each request in a thread, with the eight products."""
    settings.MEDIA_ROOT = tmp_path
    fill()
    index_now()
    yield str(live_server.url)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE product_search_picturevector, product_search_textvector")


@contextlib.contextmanager
def halted() -> Iterator[Callable[[], int]]:
    """Nobody reads products while this holds; yields how many sessions wait for them."""
    with (
        psycopg.connect(database_url()) as session,
        psycopg.connect(database_url(), autocommit=True) as looking,
    ):
        session.execute("LOCK TABLE catalog_product IN ACCESS EXCLUSIVE MODE")

        def waiting() -> int:
            (found,) = looking.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'catalog_product'::regclass"
            ).fetchone()
            return int(found)

        yield waiting
        session.rollback()


def asked(url: str, data: bytes | None = None) -> tuple[int, Any, str]:
    """Status, body and Retry-After of an answer."""
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers["Retry-After"] or ""


def all_inside(pool: ThreadPoolExecutor, url: str, waiting: Callable[[], int]) -> list[Future[Any]]:
    """As many searches as there are places, all of which have begun."""
    begun = []
    for _ in range(PLACES):
        begun.append(pool.submit(asked, url))
        wait_until(lambda: waiting() >= len(begun))
    return begun


def test_a_crowd_is_served_or_told_to_come_again_and_then_everybody_is_served(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    search = f"{address}/search/v1/search?q=mug"
    assert asked(search)[0] == 200, "what is first done once is done"
    with ThreadPoolExecutor(CROWD + PLACES) as pool:
        with halted() as waiting:
            served = all_inside(pool, search, waiting)
            crowd = list(pool.map(asked, [search] * CROWD))
            assert [status for status, _, _ in crowd] == [503] * CROWD
            assert {json.loads(body)["code"] for _, body, _ in crowd} == {"busy"}
            assert {after for *_, after in crowd} <= {"1", "2", "3"}
            assert waiting() == PLACES, "nothing was asked for those who were refused"
            assert asked(f"{address}/search/v1/live")[0] == 200
            event = {"events": [{"kind": "view", "product": 1}]}
            assert asked(f"{address}/search/v1/events", json.dumps(event).encode())[0] == 202
            page, _, after = asked(f"{address}/products/?q=mug")
            assert (page, bool(after)) == (503, True), "the shop's own pages stand in the same line"
        assert [each.result()[0] for each in served] == [200] * PLACES
    with caplog.at_level(logging.WARNING, "product_search"):
        with override_settings(PRODUCT_SEARCH=patient()), ThreadPoolExecutor(CROWD) as pool:
            assert [status for status, _, _ in pool.map(asked, [search] * CROWD)] == [200] * CROWD
        metrics = Client(headers={"Authorization": "Bearer a-token-of-the-tests"})
        text = metrics.get(reverse("product_search:metrics")).text
    assert f"product_search_refused_searches_total {CROWD + 1}.0" in text
    assert heartbeat.age(shedding.REFUSED, using="default")[1] == {"count": CROWD + 1}


def patient() -> dict[str, Any]:
    from django.conf import settings

    return {**settings.PRODUCT_SEARCH, "BUSY_WAIT_MS": 20_000}


def test_who_waits_is_served_when_somebody_leaves(address: str, settings: Any) -> None:
    settings.PRODUCT_SEARCH = patient()
    search = f"{address}/search/v1/search?q=mug"
    with ThreadPoolExecutor(CROWD) as pool:
        with halted() as waiting:
            inside = all_inside(pool, search, waiting)
            line = [pool.submit(asked, search) for _ in range(CROWD - PLACES)]
            wait_until(lambda: len(shedding._gate._line) == len(line))
        assert [each.result()[0] for each in (*inside, *line)] == [200] * CROWD


def test_clients_that_went_away_and_sessions_that_died_leave_their_places(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with halted() as waiting:
        gone = [socket.create_connection((host, int(port))) for _ in range(PLACES)]
        for client in gone:
            client.sendall(b"GET /search/v1/search?q=mug HTTP/1.1\r\nHost: " + host.encode() + b"\r\n\r\n")
        wait_until(lambda: waiting() == PLACES)
        for client in gone:
            client.close()
        assert asked(f"{address}/search/v1/search?q=mug")[0] == 503
    wait_until(lambda: shedding._gate._inside == 0)
    with ThreadPoolExecutor(PLACES) as pool, halted() as waiting:
        inside = all_inside(pool, f"{address}/search/v1/search?q=mug", waiting)
        with psycopg.connect(database_url(), autocommit=True) as session:
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE NOT granted AND relation = 'catalog_product'::regclass"
            )
        assert {json.loads(each.result()[1])["code"] for each in inside} == {"database_unavailable"}
    assert asked(f"{address}/search/v1/search?q=mug")[0] == 200


# The connection of a thread whose client went away is closed by nobody but its end.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_under_asgi_places_are_taken_by_threads_and_given_back_for_who_went_away(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    app = get_asgi_application()
    path = "/search/v1/search"
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"q=mug",
        "headers": [(b"host", b"localhost")],
    }

    async def crowd() -> list[int]:
        with halted() as waiting:
            inside = []
            for _ in range(PLACES):
                inside.append(ApplicationCommunicator(app, scope))
                await inside[-1].send_input({"type": "http.request"})
                await asyncio.to_thread(wait_until, lambda: waiting() >= len(inside))
            late = ApplicationCommunicator(app, scope)
            await late.send_input({"type": "http.request"})
            statuses = [(await late.receive_output(10))["status"]]
            await inside[0].send_input({"type": "http.disconnect"})
        statuses.append((await inside[1].receive_output(10))["status"])
        await asyncio.to_thread(wait_until, lambda: shedding._gate._inside == 0)
        return statuses

    assert asyncio.run(crowd()) == [503, 200]
    assert asked(f"{address}{path}?q=mug")[0] == 200
    gc.collect()


@pytest.fixture
def full(small: None) -> Iterator[None]:
    """Nobody else is let in."""
    with contextlib.ExitStack() as stack:
        for _ in range(PLACES):
            stack.enter_context(shedding.place())
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
def test_an_error_inside_gives_the_place_back() -> None:
    for _ in range(PLACES + 1):
        with pytest.raises(ZeroDivisionError), shedding.place():
            raise ZeroDivisionError


#: Endpoints that cost next to nothing, or tell why the others are busy.
CHEAP = ("events", "health", "live", "ready", "metrics", "schema")


@pytest.mark.django_db
@pytest.mark.usefixtures("full")
def test_every_endpoint_but_the_cheap_ones_needs_a_place(client: Client) -> None:
    from product_search.urls import urlpatterns

    client.force_login(get_user_model().objects.create_superuser("ada"))  # who may ask for everything
    busy = set()
    for pattern in urlpatterns:
        parts = dict.fromkeys(pattern.pattern.converters, "1")
        view: Any = pattern.callback
        method = "get" if hasattr(view.cls, "get") else "post"
        answer = getattr(client, method)(reverse(f"product_search:{pattern.name}", kwargs=parts))
        if answer.status_code == 503 and answer.json().get("code") == "busy":
            busy.add(pattern.name)
        assert client.options(reverse(f"product_search:{pattern.name}", kwargs=parts)).status_code == 204
    assert busy == {pattern.name for pattern in urlpatterns} - set(CHEAP)


@pytest.mark.django_db
@pytest.mark.usefixtures("full")
def test_the_body_of_a_refused_upload_is_not_read(client: Client) -> None:
    environment: dict[str, Any] = {"wsgi.input": Untouched(), "CONTENT_LENGTH": str(len(picture_bytes()))}
    answer = client.generic(
        "POST",
        reverse("product_search:search"),
        content_type="multipart/form-data; boundary=b",
        **environment,
    )
    assert problem(answer, 503, "busy")
    assert answer.headers["Retry-After"] in ("1", "2", "3")
