"""A host whose REST framework settings break every view that takes them over: ours answer there as anywhere.

REST framework reads half of its settings when a class is made, so the host runs in a process of its own and is asked
over HTTP.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.test import Client, override_settings

from catalog.models import Product
from tests.acceptance.shops import with_this_repository
from tests.integration.api.conftest import fill, picture_bytes

ROOT = Path(__file__).resolve().parents[2]
FORM = "multipart/form-data; boundary=b"


def form(picture: bytes) -> bytes:
    """A form that holds one picture and the word "mug"."""
    return (
        b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\nmug\r\n'
        b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
        + picture
        + b"\r\n--b--\r\n"
    )


@dataclass(frozen=True)
class Answer:
    """A response, as far as the host could have changed it."""

    status: int
    content_type: str
    body: Any


@dataclass(frozen=True)
class Host:
    """A running host."""

    port: int

    def ask(
        self, method: str, path: str, body: bytes = b"", content_type: str = "", **headers: str
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        if content_type:
            headers["Content-Type"] = content_type
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            return answer(response.status, response.headers["Content-Type"] or "", response.read())
        finally:
            connection.close()


def answer(status: int, content_type: str, body: bytes) -> Answer:
    if "json" not in content_type:
        return Answer(status, content_type, body)
    members = json.loads(body)
    for name in ("took_ms", "instance"):
        members.pop(name, None)
    return Answer(status, content_type, members)


def plain(method: str, path: str, body: bytes = b"", content_type: str = "", **headers: str) -> Answer:
    """The same request to the host of these tests, which sets nothing."""
    response = Client(raise_request_exception=False).generic(
        method, path, body, content_type=content_type or "application/octet-stream", headers=headers
    )
    return answer(response.status_code, response.headers.get("Content-Type", ""), response.content)


@pytest.fixture
def indexed(transactional_db: None, tmp_path: Path) -> Iterator[Path]:
    """Products that another process sees; the folder with their pictures."""
    from product_search.testing import index_now

    with override_settings(MEDIA_ROOT=tmp_path):
        fill()
        index_now()
        yield tmp_path


@pytest.fixture
def host(indexed: Path) -> Iterator[Host]:
    """The hostile host, running on a port of its own over the same products."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = urlunsplit(
        urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    )
    environment = {
        **with_this_repository(),
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "tests.acceptance.hostile_settings",
        "SHOP_MEDIA_ROOT": str(indexed),
    }
    log = indexed / "host.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "runserver", "--noreload", "--nothreading", f"127.0.0.1:{port}"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, port, log)
            yield Host(port)
        finally:
            process.terminate()
            process.wait(60)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"The host did not come up: {log.read_text()}")


def test_our_answers_are_the_same_and_the_hosts_settings_hold_for_the_host(host: Host) -> None:
    mug = Product.objects.get(sku="P0")
    requests: list[tuple[Any, ...]] = [
        ("GET", "/search/v1/search?q=mug"),
        ("GET", "/search/v1/search?q=Becher&language=de&filter.price=5..50&filter.in_stock=true"),
        ("GET", "/search/v1/search?per_page=3&page=2&facets=brand"),
        ("GET", f"/search/v1/products/{mug.pk}/similar"),
        ("GET", f"/search/v1/recommend?for={mug.pk}"),
        ("GET", "/search/v1/facets/brand?matching=ac&where=%5B%22-category:none%22%5D"),
        (
            "POST",
            "/search/v1/searches",
            json.dumps({"searches": [{"q": "mug", "fields": ["hits.id", "total"]}]}).encode(),
            "application/json",
        ),
        ("GET", "/search/v1/schema"),
        ("OPTIONS", "/search/v1/search"),
        ("POST", "/search/v1/search", json.dumps({"q": "red mug"}).encode(), "application/json"),
        ("POST", "/search/v1/search", form(picture_bytes("red")), FORM),
        # and what goes wrong
        ("GET", "/search/v1/search?page=-1"),
        ("GET", "/search/v1/search?filter.weight=1"),
        ("GET", "/search/v1/products/0/similar"),
        ("PUT", "/search/v1/search"),
        ("POST", "/search/v1/search", b"{", "application/json"),
        ("POST", "/search/v1/search", b"q=mug", "text/plain"),
        ("POST", "/search/v1/search", form(b"no picture at all, only words"), FORM),
    ]
    for request in requests:
        ours = host.ask(*request)
        assert ours == plain(*request), request
        assert ours.status < 500, request
    found = host.ask("GET", "/search/v1/search?q=mug")
    assert next(hit["card"]["title"] for hit in found.body["hits"]).endswith("mug")
    assert found.content_type == "application/json"
    accepted = host.ask("GET", "/search/v1/search?q=mug", Accept="application/xml; version=1")
    assert accepted == found

    # The host's own settings still hold for the host, and its own schema is its own.
    theirs = host.ask("GET", "/host/orders")
    assert theirs.content_type != "application/json"
    assert host.ask("GET", "/host/page").status == 302
    before = host.ask("GET", "/host/schema")
    assert host.ask("GET", "/search/v1/schema").body["openapi"].startswith("3.1")
    assert host.ask("GET", "/host/schema") == before
