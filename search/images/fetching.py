"""Pictures by address: one GET, within a time and a size, to an address that was looked at before it was connected to.

A name is resolved once and what it resolved to is connected to, at every redirect anew; so neither a redirect nor a
name that changes its mind (rebinding) leads into the shop's own network. Proxies and passwords of the environment are
not used.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import httpcore2

from .addresses import FetchFailed, Network, may_be_fetched

#: For resolving, connecting, redirects and the whole body together.
SECONDS = 10.0
CONNECT_SECONDS = 3.0
REDIRECTS = 5
#: A host that did not answer is not asked again for so long: its pictures would hold up all others, one by one.
PAUSE_SECONDS = 30.0

_HEADERS = (
    (b"Accept", b"image/*"),
    (b"Accept-Encoding", b"identity"),  # what is packed can't be counted before it is unpacked
    (b"User-Agent", b"django-product-search (fetches pictures of products)"),
    (b"Connection", b"close"),
)
_LATER = {408, 425, 429}
_FAILURES = (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError)
_PATH = "/:@!$&'()*+,;=~%"

#: By (host, port), the moment in monotonic seconds before which it is not asked again.
_silent: dict[tuple[str, int], float] = {}


def fetch(url: str, *, limit: int, seconds: float = SECONDS, allowed: Iterable[Network] = ()) -> bytes:
    """The body at `url`, at most `limit` + 1 bytes of it, so that a caller sees that it is too large.

    `allowed` are networks that may be fetched from although they are not public. Raises `FetchFailed`.
    """
    deadline = _Deadline(seconds)
    allowed = tuple(allowed)
    for _ in range(REDIRECTS + 1):
        found = _get(_checked(url), limit, deadline, allowed)
        if isinstance(found, bytes):
            return found
        url = urljoin(url, found.location)
    raise FetchFailed("fetch_failed", f"{url} is one redirect too many: {REDIRECTS} are followed.")


class _Redirect:
    def __init__(self, location: str) -> None:
        self.location = location


class _Deadline:
    """Seconds left until everything must be done."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Positive, or raises `httpcore2.ReadTimeout`."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left


def _checked(url: str) -> SplitResult:
    """The address in parts, if it is one to fetch from."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError as error:  # UnicodeError is one
        raise FetchFailed("address_refused", f"{url[:200]!r} is no address: {error}.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise FetchFailed(
            "address_refused", f"{url[:200]!r}: pictures are fetched by http:// and https:// alone."
        )
    if "@" in parts.netloc:
        raise FetchFailed("address_refused", "An address with a user name or password in it is not fetched.")
    if ":" in host:
        host = f"[{host}]"
    return parts._replace(netloc=host if port is None else f"{host}:{port}")


def _get(
    parts: SplitResult, limit: int, deadline: _Deadline, allowed: tuple[Network, ...]
) -> bytes | _Redirect:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if time.monotonic() < _silent.get((host, port), 0.0):
        raise FetchFailed(
            "fetch_failed", f"{host} did not answer a moment ago; asked again later.", transient=True
        )
    target = quote(parts.path or "/", safe=_PATH) + (
        f"?{quote(parts.query, safe=_PATH + '?')}" if parts.query else ""
    )
    address = httpcore2.URL(
        scheme=parts.scheme.encode(), host=host.encode(), port=parts.port, target=target.encode()
    )
    try:
        with (
            httpcore2.ConnectionPool(
                ssl_context=_trusted() if parts.scheme == "https" else None,
                network_backend=_Checking(deadline, allowed),
            ) as pool,
            pool.stream("GET", address, headers=list(_HEADERS)) as response,
        ):
            return _body(response, parts.geturl(), limit, deadline)
    except _FAILURES as error:
        if isinstance(error, httpcore2.NetworkError | httpcore2.TimeoutException):
            _silent[host, port] = time.monotonic() + PAUSE_SECONDS
        why = str(error) or type(error).__name__
        late = isinstance(error, httpcore2.TimeoutException)
        detail = (
            f"{host} did not send the picture within {deadline.seconds:g} s" if late else f"{host}: {why}"
        )
        raise FetchFailed("fetch_failed", f"{detail}.", transient=True) from error


def _body(response: httpcore2.Response, url: str, limit: int, deadline: _Deadline) -> bytes | _Redirect:
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    status = response.status
    if status in (301, 302, 303, 307, 308) and b"location" in headers:
        return _Redirect(headers[b"location"])
    if status in (404, 410):
        raise FetchFailed("missing_file", f"{url} is not there ({status}).")
    if status != 200:
        later = status in _LATER or status >= 500
        raise FetchFailed("fetch_failed", f"{url} answered {status}, not a picture.", transient=later)
    if headers.get(b"content-encoding", "identity") != "identity":
        raise FetchFailed(
            "fetch_failed", f"{url} came packed ({headers[b'content-encoding']}), which was not asked for."
        )
    body = bytearray()
    for piece in response.iter_stream():
        body += piece
        if len(body) > limit:
            break
        deadline.left()
    return bytes(body[: limit + 1])


class _Checking(httpcore2.NetworkBackend):
    """Connects to addresses that may be fetched from, and gives nobody more than the time that is left."""

    def __init__(self, deadline: _Deadline, allowed: tuple[Network, ...]) -> None:
        self._deadline = deadline
        self._allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to one of the addresses that `host` has now; raises `FetchFailed` if any may not be."""
        addresses = _resolved(host, port, self._deadline)
        for address in addresses:
            if not may_be_fetched(address, self._allowed):
                raise FetchFailed(
                    "address_refused", f"{host} is {address}, which is no address of the public internet."
                )
        error: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses[:4]:
            try:
                within = min(CONNECT_SECONDS, self._deadline.left())
                plain = httpcore2.SyncBackend()
                stream = plain.connect_tcp(address, port, within, None, socket_options or ())
                return _Timed(stream, self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                error = failed
        raise error


class _Timed(httpcore2.NetworkStream):
    """A connection whose every step has what is left of the time, however slowly the other side drips."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        within = self._deadline.left()
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, within), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _resolved(host: str, port: int, deadline: _Deadline) -> list[str]:
    """Every address of `host`, in the system's order; in a thread, because nothing else can end its waiting."""
    answer: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        found = answer.get(timeout=deadline.left())
    except queue.Empty:
        raise httpcore2.ConnectTimeout from None
    if isinstance(found, OSError):
        raise httpcore2.ConnectError(f"the name can't be resolved ({found})") from found
    return found


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The system's certificates, or those of SSL_CERT_FILE; reading them takes longer than a small picture."""
    return httpcore2.default_ssl_context()
