"""Web servers on this machine that answer as a test says, also as no good server would."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

Answer = Callable[[http.server.BaseHTTPRequestHandler], Any]


@contextlib.contextmanager
def server(
    answers: dict[str, Answer], host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[Any]:
    """Serves `answers` by path; its `asked` are the paths and Host headers that came, its `url` has no path."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.asked.append((self.path, self.headers["Host"]))
            self.server.headers.append(dict(self.headers))
            with contextlib.suppress(OSError):
                answers[self.path](self)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    found: Any = Server((host, 0), Handler)
    found.asked, found.headers = [], []
    if tls is not None:
        found.socket = tls.wrap_socket(found.socket, server_side=True)
    found.port = found.server_address[1]
    found.url = f"{'https' if tls else 'http'}://{host}:{found.port}"
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        found.shutdown()
        thread.join()
        found.server_close()


def sends(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def leads_to(url: str, status: int = 302) -> Answer:
    return sends(b"", status, Location=url)


def drips(start: bytes, drop: bytes) -> Answer:
    """Sends a drop every 50 ms, so that no single wait is long."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.wfile.write(start)
        for _ in range(200):
            request.wfile.write(drop)
            time.sleep(0.05)

    return answer
