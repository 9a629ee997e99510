"""`picture_url`: off unless switched on, then as good as an upload; what can't be had is one and the same refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from catalog.models import Product
from product_search.api import uploads
from product_search.images import fetching
from product_search.images.addresses import networks
from tests.servers import drips, leads_to, sends, server

from .conftest import Ask, picture_bytes

pytestmark = pytest.mark.django_db

NOT_FETCHED = (422, "picture_not_fetched", "picture_url")


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


@pytest.fixture
def switched_on(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses are taken, and 127.0.0.1 stands for the public internet."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "PICTURE_URLS": True}
    monkeypatch.setattr(uploads, "NETWORKS", networks("127.0.0.1/32"))
    fetching._silent.clear()


@pytest.fixture
def outside() -> Iterator[Any]:
    """A web server with pictures and worse."""
    answers = {
        "/red.png": sends(picture_bytes("red")),
        "/moved": leads_to("/red.png"),
        "/page": sends(b"<html>no picture</html>"),
        "/broken": sends(b"", 500),
        "/slow": drips(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
        "/large": sends(b"x" * 3000),
    }
    with server(answers) as found:
        yield found


def ask(post: Ask, url: str, **more: Any) -> Any:
    return post({"picture_url": url, **more}, content_type="application/json")


def refused(response: Any) -> tuple[int, str, str]:
    said = response.json()
    return response.status_code, said["code"], said["parameter"]


def test_it_finds_what_the_upload_finds(
    shop: list[Product], switched_on: None, outside: Any, post: Ask
) -> None:
    for path in ("red.png", "moved"):
        hits = ask(post, f"{outside.url}/{path}").json()["hits"]
        assert hits[0]["id"] == shop[0].pk
        assert hits[0]["picture"]
    by_form = post({"picture_url": f"{outside.url}/red.png", "filter.in_stock": "false"}).json()
    assert by_form["hits"][0]["id"] == shop[0].pk


def test_it_is_off_unless_switched_on(shop: list[Product], outside: Any, post: Ask) -> None:
    response = ask(post, f"{outside.url}/red.png")
    assert refused(response) == (400, "picture_urls_off", "picture_url")
    assert "PICTURE_URLS" in response.json()["detail"]
    assert outside.asked == []


def test_a_link_makes_us_ask_nobody(shop: list[Product], switched_on: None, outside: Any, get: Ask) -> None:
    response = get("search", picture_url=f"{outside.url}/red.png")
    assert refused(response) == (400, "unknown_parameter", "picture_url")
    assert outside.asked == []


def test_the_shops_own_networks_are_not_for_strangers(
    shop: list[Product], settings: Any, outside: Any, post: Ask
) -> None:
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "PICTURE_URLS": True,
        "PICTURE_NETWORKS": "127.0.0.0/8",
    }
    assert refused(ask(post, f"{outside.url}/red.png")) == NOT_FETCHED
    assert outside.asked == []


def test_what_is_wrong_with_the_picture_is_told_as_of_an_upload(
    shop: list[Product], switched_on: None, outside: Any, post: Ask, settings: Any
) -> None:
    assert refused(ask(post, f"{outside.url}/page")) == (415, "not_an_image", "picture_url")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_UPLOAD_BYTES": 2000}
    assert refused(ask(post, f"{outside.url}/large")) == (413, "too_many_bytes", "picture_url")


def test_what_cant_be_had_is_one_and_the_same(
    shop: list[Product], switched_on: None, outside: Any, post: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether there is such a host, it refuses, is silent, fails or is the shop's own: nobody is told which."""
    monkeypatch.setattr(uploads, "FETCH_SECONDS", 0.4)
    with server({"/": sends(b"secret")}, host="127.0.0.2") as inner:
        urls = [
            f"{inner.url}/",
            "http://127.0.0.3:9/",
            "http://127.0.0.1:9/",
            "http://no-such-host.invalid/",
            f"{outside.url}/broken",
            f"{outside.url}/slow",
        ]
        details = set()
        for url in urls:
            response = ask(post, url)
            assert refused(response) == NOT_FETCHED, url
            details.add(response.json()["detail"])
        assert len(details) == 1
        assert inner.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "red.png", "//127.0.0.1/red.png", "file:///etc/passwd", "data:image/png;base64,AAAA", "http://", "http://[::1",
        "http://user:word@127.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://a/\nHost: b",
        "http://a/" + "x" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_told(shop: list[Product], switched_on: None, post: Ask, url: str) -> None:
    assert refused(ask(post, url)) == (400, "bad_picture_url", "picture_url")


def test_one_picture_only(shop: list[Product], switched_on: None, outside: Any, post: Ask) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = SimpleUploadedFile("red.png", picture_bytes(), content_type="image/png")
    response = post({"picture": upload, "picture_url": f"{outside.url}/red.png"})
    assert refused(response) == (400, "repeated_parameter", "picture_url")
    assert outside.asked == []
    assert ask(post, "").json()["total"] == 8, "an empty field of a form: everything"
