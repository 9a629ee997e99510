"""Every way to ask wrongly, and its answer: a 4xx as problem details that names what is wrong, never a 500."""

from __future__ import annotations

import io
import logging
import struct
import zlib
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import AsyncClient, Client, override_settings
from django.urls import reverse

from product_search import retrieval

from .conftest import Ask, picture_bytes

pytestmark = pytest.mark.django_db


def problem(response: Any, status: int, code: str, parameter: str | None = None) -> dict[str, Any]:
    """The problem's members, once its status, code and form are as expected."""
    assert response.headers["Content-Type"] == "application/problem+json", response.content
    members: dict[str, Any] = response.json()
    assert (response.status_code, members["code"], members.get("parameter")) == (status, code, parameter)
    assert members["status"] == status
    assert members["type"] == f"urn:product-search:problem:{code}"
    assert members["title"]
    assert members["detail"]
    assert members["instance"] == f"urn:uuid:{response.headers['X-Request-ID']}"
    assert response.headers["Cache-Control"] in ("private", "no-store")
    return members


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("page=-1", "out_of_range", "page"),
        ("page=0", "out_of_range", "page"),
        ("page=abc", "not_a_number", "page"),
        ("page=1_0", "not_a_number", "page"),
        ("page=%D9%A1", "not_a_number", "page"),  # an Arabic-Indic digit: int() takes it
        ("page=99999999999999999999", "out_of_range", "page"),
        ("page=" + "9" * 5000, "not_a_number", "page"),
        ("page=50", "too_deep", "page"),
        ("per_page=-1", "out_of_range", "per_page"),
        ("per_page=101", "out_of_range", "per_page"),
        ("q=" + "word+" * 10_000, "too_long", "q"),
        ("q=" + "x" * 1001, "too_long", "q"),
        ("q=a&q=b", "repeated_parameter", "q"),
        ("q=a%00b", "invalid_text", "q"),
        ("q=%ff", "invalid_text", "q"),
        ("q=%ed%a0%80", "invalid_text", "q"),  # a lone surrogate in UTF-8's clothes
        ("filter.weight=1", "unknown_filter", "filter.weight"),
        ("filter.price=cheap", "bad_range", "filter.price"),
        ("filter.price=50..10", "bad_range", "filter.price"),
        ("filter.in_stock=maybe", "bad_filter", "filter.in_stock"),
        ("facets=category,weight", "unknown_filter", "facets"),
        ("sort=cheapest", "unknown_sort", "sort"),
        ("language=tlh", "unknown_language", "language"),
        ("&".join(["filter.brand=a"] * 201), "too_many_parameters", None),
    ],
)
def test_a_parameter_that_cannot_be_answered(get: Ask, query: str, code: str, parameter: str | None) -> None:
    problem(get("search", query), 400, code, parameter)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("perpage", "per_page"),
        ("pages", "page"),
        ("category", "filter.category"),
        ("filter.", "Did you mean filter."),
        ("%F0%9F%8D%B5", "Known: q, sort, page"),
    ],
)
def test_an_unknown_parameter_is_named_with_the_nearest_known_one(get: Ask, name: str, hint: str) -> None:
    response = get("search", f"{name}=1")
    assert hint in problem(response, 400, "unknown_parameter", response.json()["parameter"])["detail"]


@pytest.mark.parametrize("name", ["health", "live", "ready", "metrics", "schema"])
def test_endpoints_without_parameters_name_unknown_ones_too(get: Ask, name: str) -> None:
    problem(get(name, "format=xml"), 400, "unknown_parameter", "format")


def test_the_charset_of_a_get_is_not_the_clients_to_choose(client: Client) -> None:
    address = reverse("product_search:search")
    response = client.generic(
        "GET", address, QUERY_STRING="q=b%C3%A4r&page=0", content_type="text/plain; charset=hex"
    )
    problem(response, 400, "out_of_range", "page")


def test_an_asgi_server_hands_the_query_over_as_text() -> None:
    ask = async_to_sync(AsyncClient().get)
    response = ask(reverse("product_search:search"), query_params={"q": "ä", "pÄge": "1"})
    problem(response, 400, "unknown_parameter", "pÄge")


@pytest.mark.parametrize(
    ("body", "code", "parameter"),
    [
        (b"{", "malformed_body", None),
        (b" ", "malformed_body", None),
        (b"[1]", "malformed_body", None),
        (b"\xff\xfe", "malformed_body", None),
        (b'{"page": NaN}', "malformed_body", None),
        (b"[" * 100_000, "malformed_body", None),
        (b'{"page": ' + b"1" * 5000 + b"}", "malformed_body", None),
        (b'{"page": "1"}', "wrong_type", "page"),
        (b'{"page": true}', "wrong_type", "page"),
        (b'{"page": -1}', "out_of_range", "page"),
        (b'{"q": ["mug"]}', "wrong_type", "q"),
        (b'{"q": null}', "wrong_type", "q"),
        (b'{"q": "\\u0000"}', "invalid_text", "q"),
        (b'{"q": "\\ud800"}', "invalid_text", "q"),
        (b'{"\\ud800": 1}', "unknown_parameter", "?"),
        (b'{"querry": "mug"}', "unknown_parameter", "querry"),
        (b'{"filters": ["brand"]}', "wrong_type", "filters"),
        (b'{"filters": {"brand": {"x": 1}}}', "wrong_type", "filters.brand"),
        (b'{"filters": {"weight": "1"}}', "unknown_filter", "filter.weight"),
        (b'{"facets": "brand"}', "wrong_type", "facets"),
        (b'{"picture": "iVBORw0KGgo="}', "picture_not_a_file", "picture"),
    ],
)
def test_a_json_body_that_cannot_be_answered(
    post: Ask, body: bytes, code: str, parameter: str | None
) -> None:
    problem(post(body, content_type="application/json"), 400, code, parameter)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "*/*",
        "application/xml",
        "application/x-www-form-urlencoded",
        "x" * 300,
        "application/*",
    ],
)
def test_a_body_of_another_type(post: Ask, content_type: str) -> None:
    problem(post(b"q=mug", content_type=content_type), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=\xe9", b"x"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\nabcde\r\n--b--",
        ),
    ],
)
def test_a_form_that_cannot_be_read(post: Ask, content_type: str, body: bytes) -> None:
    response = post(body, content_type=content_type)
    assert response.status_code == 400
    assert response.json()["code"] == "malformed_body"


def upload(content: bytes, name: str = "photo.jpg") -> dict[str, Any]:
    return {"picture": SimpleUploadedFile(name, content, content_type="image/jpeg")}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes) -> bytes:
    """A grey PNG that claims `width` by `height` and holds `rows`, compressed."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    """A small JPEG whose frame header is rewritten to claim another size."""
    data = bytearray(picture_bytes(kind="JPEG"))
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        pytest.param(b"", 400, "empty", id="nothing"),
        pytest.param(b"just some words\n" * 40, 415, "not_an_image", id="a text file named .jpg"),
        pytest.param(picture_bytes(kind="JPEG", size=(200, 200))[:500], 422, "truncated", id="cut off"),
        pytest.param(png(20_000, 10_000, b""), 422, "too_many_pixels", id="200 megapixels in a PNG's header"),
        pytest.param(
            jpeg_claiming(20_000, 10_000), 422, "too_many_pixels", id="200 megapixels in a JPEG's header"
        ),
        pytest.param(
            png(20_000, 10_000, bytes(200_010_000)), 422, "too_many_pixels", id="200 megapixels, really there"
        ),
    ],
)
def test_a_picture_that_cannot_be_read(post: Ask, content: bytes, status: int, code: str) -> None:
    problem(post(upload(content)), status, code, "picture")


def test_a_small_header_over_a_large_stream_costs_no_more_than_it_claims(post: Ask) -> None:
    """A deflate bomb: 4 x 4 pixels claimed, 200 MB of zeros packed. Only what is claimed may be unpacked."""
    response = post(upload(png(4, 4, bytes(200_000_000)), "tiny.png"))
    assert response.status_code in (200, 422, 503), response.content


def test_an_upload_in_a_type_that_is_no_photograph(post: Ask) -> None:
    response = post(upload(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"))
    assert response.status_code == 415
    assert response.json()["parameter"] == "picture"


def test_more_pixels_than_the_shop_allows(post: Ask, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_PICTURE_PIXELS": 1000}
    problem(post(upload(picture_bytes())), 422, "too_many_pixels", "picture")


def test_more_bytes_than_the_shop_allows(post: Ask, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_UPLOAD_BYTES": 50}
    problem(post(upload(picture_bytes())), 413, "too_many_bytes", "picture")
    problem(post(upload(b"x" * 300_000)), 413, "body_too_large")


class Untouched(io.BytesIO):
    """A body that fails the test when it is read."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("read before its length was checked")


@pytest.mark.parametrize(
    ("content_type", "length"),
    [("multipart/form-data; boundary=b", "30000000000"), ("application/json", "1000000")],
)
def test_a_body_too_large_is_refused_before_it_is_read(
    client: Client, content_type: str, length: str
) -> None:
    environment: dict[str, Any] = {"wsgi.input": Untouched(), "CONTENT_LENGTH": length}
    response = client.post(reverse("product_search:search"), b"", content_type=content_type, **environment)
    problem(response, 413, "body_too_large")


def test_a_body_of_unknown_length(client: Client) -> None:
    response = client.post(
        reverse("product_search:search"),
        b"",
        content_type="application/json",
        CONTENT_LENGTH="",
        HTTP_TRANSFER_ENCODING="chunked",
    )
    problem(response, 411, "length_required")


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
def test_form_fields_beyond_what_django_reads(post: Ask) -> None:
    problem(post({"q": "x" * 100}), 413, "body_too_large")


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=1)
def test_more_fields_than_django_reads(post: Ask) -> None:
    problem(post({"q": "x", "page": "1", "per_page": "1"}), 400, "too_many_parameters")


@override_settings(DATA_UPLOAD_MAX_NUMBER_FILES=1)
def test_more_files_than_django_reads(post: Ask) -> None:
    files = {"picture": [SimpleUploadedFile("a.png", b"a"), SimpleUploadedFile("b.png", b"b")]}
    problem(post(files), 400, "too_many_parameters")


def test_two_pictures_and_a_file_by_another_name(post: Ask) -> None:
    files = {"picture": [SimpleUploadedFile("a.png", b"a"), SimpleUploadedFile("b.png", b"b")]}
    problem(post(files), 400, "repeated_parameter", "picture")
    problem(post({"image": SimpleUploadedFile("a.png", b"a")}), 400, "unknown_parameter", "image")
    problem(post({"picture": "a.png"}), 400, "picture_not_a_file", "picture")


def test_search_words_in_a_posts_address_are_not_ignored(client: Client) -> None:
    response = client.post(reverse("product_search:search") + "?q=mug", {"page": "1"})
    problem(response, 400, "unknown_parameter", "q")


@pytest.mark.parametrize(
    ("name", "method"),
    [("search", "PUT"), ("search", "DELETE"), ("search", "PATCH"), ("search", "TRACE"), ("health", "POST")],
)
def test_a_method_that_there_is_not(client: Client, name: str, method: str) -> None:
    response = client.generic(method, reverse(f"product_search:{name}"))
    problem(response, 405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]
    assert "PUT" not in response.headers["Allow"]


@pytest.mark.parametrize(
    "key", ["0", "-1", "999999999999999999999", "abc", "1.5", "a/b", "%00", "%FF", " ", "%0A", "1%27--"]
)
def test_a_product_that_there_is_not(client: Client, key: str) -> None:
    address = reverse("product_search:similar", args=["KEY"]).replace("KEY", key)
    problem(client.get(address), 404, "unknown_product", "id")


@pytest.mark.parametrize("limit", ["0", "101", "-5"])
def test_a_limit_out_of_range(client: Client, limit: str) -> None:
    address = reverse("product_search:similar", args=["1"])
    problem(client.get(address, {"limit": limit}), 400, "out_of_range", "limit")


def failing(error: Exception) -> Any:
    def search(*args: Any, **kwargs: Any) -> Any:
        raise error

    return search


def test_what_is_unexpected_is_logged_in_full_and_answered_without_a_word_of_it(
    get: Ask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retrieval, "search", failing(RuntimeError("password=hunter2")))
    with caplog.at_level(logging.ERROR):
        response = get("search", q="mug")
    problem(response, 500, "internal_error")
    assert b"hunter2" not in response.content
    assert "hunter2" in caplog.text
    assert response.headers["X-Request-ID"] in caplog.text


def test_an_unreachable_database_is_a_503(get: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "search", failing(OperationalError("host 10.0.0.5")))
    response = get("search", q="mug")
    problem(response, 503, "database_unavailable")
    assert response.headers["Retry-After"]
    assert b"10.0.0.5" not in response.content
