"""Fetching from real servers on this machine, some of which mean harm. Only the system's resolver is stood in for."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from typing import Any

import pytest

from product_search.images import fetching
from product_search.images.addresses import FetchFailed, networks
from product_search.images.fetching import fetch
from tests.servers import Answer, drips, leads_to, sends, server

HERE = networks("127.0.0.0/8")


@pytest.fixture(autouse=True)
def nobody_is_silent():
    fetching._silent.clear()


@pytest.fixture
def names(monkeypatch):
    """What names resolve to: a list of addresses for each, or for each time that it is asked a list of them."""
    known: dict[str, list[Any]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host not in known:
            return real(host, port, *args, **kwargs)
        addresses = known[host]
        if addresses and isinstance(addresses[0], list):
            addresses = addresses.pop(0)
        return [entry for address in addresses for entry in real(address, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def refused(url: str, **options: Any) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        fetch(url, **{"limit": 1000, "allowed": HERE, **options})
    return caught.value


def test_the_bytes_come_and_nothing_of_ours_goes():
    with server({"/a%20b/%C3%A4.jpg?x=1&y=%2F": sends(b"picture")}) as found:
        assert fetch(f"{found.url}/a b/ä.jpg?x=1&y=%2F#top", limit=1000, allowed=HERE) == b"picture"
        assert found.headers[0].keys() <= {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status):
    with server({"/old": leads_to("/new", status), "/new": sends(b"picture")}) as found:
        assert fetch(f"{found.url}/old", limit=1000, allowed=HERE) == b"picture"


def test_redirects_end():
    with server({"/round": leads_to("/round")}) as found:
        assert "redirect" in refused(f"{found.url}/round").detail
        assert len(found.asked) == 1 + fetching.REDIRECTS


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/a.jpg", "gopher://127.0.0.1:6379/_FLUSHALL", "data:image/png,A",
        "//example.com/a.jpg", "products/a.jpg", "http://", "http://:80/", "http://user:secret@example.com/a.jpg",
        "http://example.com:99999/a.jpg", "http://[::1/a.jpg", "http://exa mple.com/", "http://" + "a" * 70 + ".com/",
        "http://example.com\r\nHost: evil/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_picture_is_refused(url):
    error = refused(url, seconds=0.2)
    assert (error.reason, error.transient) in {("address_refused", False), ("fetch_failed", True)}
    assert "secret" not in error.detail


@pytest.mark.parametrize("scheme", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1/_"])
def test_a_redirect_to_another_protocol_is_refused(scheme):
    with server({"/": leads_to(scheme)}) as found:
        assert refused(found.url).reason == "address_refused"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST", "localhost.", "0",
        "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "①②⑦.⓪.⓪.①", "127。0。0。1",
    ],
)  # fmt: skip
def test_this_machine_is_not_reached_by_any_of_its_names(host):
    with server({"/": sends(b"secret")}) as found:
        error = refused(f"http://{host}:{found.port}/", allowed=())
        assert error.reason in ("address_refused", "fetch_failed")
        assert found.asked == []


def test_a_redirect_into_our_network_is_refused():
    with (
        server({"/": sends(b"secret")}, host="127.0.0.2") as inner,
        server({"/": leads_to(inner.url)}) as outer,
    ):
        error = refused(outer.url, allowed=networks("127.0.0.1/32"))
        assert error.reason == "address_refused"
        assert not error.transient
        assert len(outer.asked) == 1
        assert inner.asked == []


def test_a_name_that_has_one_address_of_ours_is_refused(names):
    with server({"/": sends(b"secret")}, host="127.0.0.2") as found:
        names["shop.test"] = ["127.0.0.1", "127.0.0.2"]
        error = refused(f"http://shop.test:{found.port}/", allowed=networks("127.0.0.2/32"))
        assert error.reason == "address_refused"
        assert found.asked == []


def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_looked_at(names):
    with server({"/": sends(b"picture")}) as good, server({"/": sends(b"secret")}, host="127.0.0.2") as bad:
        names["shop.test"] = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]]
        allowed = networks("127.0.0.1/32")
        assert fetch(f"http://shop.test:{good.port}/", limit=1000, allowed=allowed) == b"picture"
        assert good.asked == [("/", f"shop.test:{good.port}")]
        assert refused(f"http://shop.test:{bad.port}/", allowed=allowed).reason == "address_refused"
        assert bad.asked == []


def test_a_name_that_changes_its_mind_between_redirects_is_looked_at_again(names):
    with server({"/": sends(b"secret")}, host="127.0.0.2") as inner:
        answers: dict[str, Answer] = {}
        with server(answers) as outer:
            answers["/"] = leads_to(f"http://shop.test:{inner.port}/")
            names["shop.test"] = [["127.0.0.1"], ["127.0.0.2"]]
            allowed = networks("127.0.0.1/32")
            assert refused(f"http://shop.test:{outer.port}/", allowed=allowed).reason == "address_refused"
            assert inner.asked == []


def test_the_next_address_is_tried_where_one_does_not_answer(names):
    with server({"/": sends(b"picture")}) as found:
        names["shop.test"] = ["127.0.0.3", "127.0.0.1"]
        assert fetch(f"http://shop.test:{found.port}/", limit=1000, allowed=HERE) == b"picture"


@pytest.mark.parametrize("declared", [True, False])
def test_no_more_is_read_than_asked_for(declared):
    def endless(request: Any) -> None:
        request.send_response(200)
        if declared:
            request.send_header("Content-Length", str(10**12))
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 65536)

    with server({"/": endless}) as found:
        assert fetch(found.url, limit=1000, allowed=HERE) == b"x" * 1001


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"), id="body"),
        pytest.param(drips(b"HTTP/1.1 200 OK\r\n", b"X-Drop: 1\r\n"), id="headers"),
        pytest.param(drips(b"HTTP/1.1 200 OK\r\nX-Drop: ", b"x"), id="one header"),
        pytest.param(lambda request: time.sleep(3), id="silence"),
    ],
)
def test_the_time_holds_for_all_of_it(answer):
    with server({"/": answer}) as found:
        began = time.monotonic()
        error = refused(found.url, seconds=0.4)
        assert time.monotonic() - began < 2.5
        assert (error.reason, error.transient) == ("fetch_failed", True)


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch):
    def hangs(*args: Any, **kwargs: Any) -> list[Any]:
        time.sleep(1)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    began = time.monotonic()
    assert refused("http://shop.test/", seconds=0.2).transient
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize(
    ("status", "reason", "transient"),
    [
        (404, "missing_file", False), (410, "missing_file", False), (403, "fetch_failed", False),
        (204, "fetch_failed", False), (206, "fetch_failed", False), (429, "fetch_failed", True),
        (500, "fetch_failed", True), (503, "fetch_failed", True),
    ],
)  # fmt: skip
def test_what_a_server_says_instead_of_a_picture(status, reason, transient):
    with server({"/": sends(b"", status)}) as found:
        error = refused(found.url)
        assert (error.reason, error.transient) == (reason, transient)
        assert str(status) in error.detail


def test_what_comes_packed_is_not_unpacked():
    with server({"/": sends(b"bomb", Content_Encoding="gzip")}) as found:
        assert "gzip" in refused(found.url).detail


@pytest.mark.parametrize(
    "reply", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"]
)
def test_what_is_no_answer_of_a_web_server_may_be_one_later(reply):
    with server({"/": lambda request: request.wfile.write(reply)}) as found:
        error = refused(found.url)
        assert (error.reason, error.transient) == ("fetch_failed", True)


def test_a_server_that_is_away_is_left_alone_for_a_while(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert refused(f"http://127.0.0.1:{port}/").transient
        assert "a moment ago" in refused(f"http://127.0.0.1:{port}/other").detail
        monkeypatch.setattr(fetching, "_silent", {("127.0.0.1", port): time.monotonic() - 1})
        assert "a moment ago" not in refused(f"http://127.0.0.1:{port}/").detail


def test_the_environments_proxy_is_not_used(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with server({"/": sends(b"picture")}) as found:
        assert fetch(found.url, limit=1000, allowed=HERE) == b"picture"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of shop.test's own, as files."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop.test",
            "-addext", "subjectAltName=DNS:shop.test", "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return folder


def test_the_certificate_must_be_the_names_although_an_address_is_connected_to(
    certificate, names, monkeypatch
):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    names["shop.test"] = names["other.test"] = ["127.0.0.1"]
    with server({"/": sends(b"picture")}, tls=tls) as found:
        fetching._trusted.cache_clear()
        assert "certificate" in refused(f"https://shop.test:{found.port}/").detail.lower()
        fetching._silent.clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        fetching._trusted.cache_clear()
        assert fetch(f"https://shop.test:{found.port}/", limit=1000, allowed=HERE) == b"picture"
        assert "other.test" in refused(f"https://other.test:{found.port}/").detail
    fetching._trusted.cache_clear()
