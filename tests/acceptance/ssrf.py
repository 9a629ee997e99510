"""Addresses that a stranger may send to have us ask our own network, and the servers there, which nobody may reach."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

#: Stands for the public internet; every other address of this machine is the shop's own network.
OUTSIDE = "127.0.0.9"
INNER = ("127.0.0.1", "127.0.0.2", "::1")


@dataclass(frozen=True)
class Target:
    """An address to be refused, and which trick it is."""

    trick: str
    url: str


class Inner(http.server.ThreadingHTTPServer):
    """A server of the shop's own network, with a secret; `connections` are all that came, `asked` their paths."""

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.connections: list[Any] = []
        self.asked: list[str] = []
        super().__init__((host, port), _Secret)

    def get_request(self) -> Any:
        connection, address = super().get_request()
        self.connections.append(address)
        return connection, address


class _Secret(http.server.BaseHTTPRequestHandler):
    server: Inner

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *args: Any) -> None:
        pass


@contextlib.contextmanager
def inner_servers() -> Iterator[list[Inner]]:
    """One at each of the shop's own addresses that this machine has, all on one port."""
    first = Inner(INNER[0], 0)
    found, threads = [first], []
    for host in INNER[1:]:
        with contextlib.suppress(OSError):  # no IPv6 here
            found.append(Inner(host, first.server_address[1]))
    for each in found:
        threads.append(threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.02}))
        threads[-1].start()
    try:
        yield found
    finally:
        for each in found:
            each.shutdown()
            each.server_close()
        for thread in threads:
            thread.join()


@contextlib.contextmanager
def names(known: dict[str, list[list[str]]]) -> Iterator[None]:
    """What names resolve to: each time that one is asked the next list, the last one for ever."""
    real = socket.getaddrinfo
    asked = dict.fromkeys(known, 0)

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host not in known:
            return real(host, port, *args, **kwargs)
        lists = known[host]
        addresses = lists[min(asked[host], len(lists) - 1)]
        asked[host] += 1
        return [entry for address in addresses for entry in real(address, port, *args, **kwargs)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        yield


#: Names and, for each time that they are asked, their addresses.
NAMES = {
    "inner.test": [["127.0.0.1"]],
    "inner6.test": [["::1"]],
    "mapped.test": [["::ffff:127.0.0.1"]],
    "both.test": [[OUTSIDE, "127.0.0.1"]],
    "both-turned.test": [["127.0.0.1", OUTSIDE]],
    "rebinds.test": [[OUTSIDE], ["127.0.0.1"]],
    "rebinds6.test": [[OUTSIDE], ["::1"]],
    "metadata.google.internal": [["169.254.169.254"]],
    "outside.test": [[OUTSIDE]],
}

#: Ways to write this machine, or what stands for it.
_THIS_MACHINE = {
    "plain": ["127.0.0.1", "127.0.0.2", "127.255.255.254", "localhost", "LOCALHOST", "localhost.", "127.0.0.1."],
    "short": ["127.1", "127.0.1", "0", "0.0.0.0"],
    "decimal": ["2130706433", "2130706434"],
    "octal": ["0177.0.0.1", "0177.1", "017700000001"],
    "hex": ["0x7f000001", "0x7f.0.0.1", "0x7f.1"],
    "IPv6": ["[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::1%25lo]"],
    "IPv4 in IPv6": [
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "[2001:0:7f00:1::]",
    ],
    "other digits": ["①②⑦.⓪.⓪.①", "127。0。0。1", "\uff11\uff12\uff17.0.0.1"],
    "names": ["inner.test", "inner6.test", "mapped.test", "both.test", "both-turned.test"],
}  # fmt: skip
#: The shop's neighbours, and the doors of clouds to their passwords.
_NEIGHBOURS = (
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    "[fd00:ec2::254]", "[fe80::1]", "[::ffff:169.254.169.254]", "2852039166", "0xa9fea9fe", "metadata.google.internal",
)  # fmt: skip
_SCHEMES = ("file", "ftp", "gopher", "dict", "ldap", "tftp", "ws", "jar", "netdoc", "data")


def targets(inner: int, outside: int) -> list[Target]:
    """All of them, for the port of the inner servers, and of the one outside, which answers `redirects(inner)`."""
    far = f"{OUTSIDE}:{outside}"
    found = [
        Target(trick, f"http://{host}:{inner}/secret")
        for trick, hosts in _THIS_MACHINE.items()
        for host in hosts
    ]
    found += [Target("neighbours", f"http://{host}/latest/meta-data/") for host in _NEIGHBOURS]
    found += [Target("schemes", f"{scheme}://127.0.0.1:{inner}/secret") for scheme in _SCHEMES]
    found += [
        Target("credentials", url)
        for url in (
            f"http://user:word@127.0.0.1:{inner}/",
            f"http://{OUTSIDE}@127.0.0.1:{inner}/",
            f"http://127.0.0.1:{inner}@{far}/",
            f"http://{far}#@127.0.0.1:{inner}/",
            f"http://{far}\\@127.0.0.1:{inner}/",
            f"http://127.0.0.1:{inner}\\@{far}/",
            f"http://{OUTSIDE}%40127.0.0.1:{inner}/",
        )
    ]
    found += [Target("redirects", f"http://{far}{path}") for path in redirects(inner)]
    found += [
        Target("rebinding", f"http://rebinds.test:{inner}/secret"),
        Target("rebinding", f"http://rebinds6.test:{inner}/secret"),
        Target("rebinding", f"http://rebinds.test:{outside}/to-rebinds"),
        Target("rebinding", f"http://rebinds6.test:{outside}/to-rebinds6"),
        Target("redirects", f"http://outside.test:{outside}/302"),
    ]
    return found


def redirects(inner: int) -> dict[str, tuple[int, str]]:
    """By path of the server outside, the status and where it leads: into the shop's own network."""
    here = f"http://127.0.0.1:{inner}/secret"
    return {
        **{f"/{status}": (status, here) for status in (301, 302, 303, 307, 308)},
        "/chain": (302, "/chain/2"),
        "/chain/2": (302, here),
        "/decimal": (302, f"http://2130706433:{inner}/secret"),
        "/v6": (302, f"http://[::1]:{inner}/secret"),
        "/mapped": (302, f"http://[::ffff:127.0.0.1]:{inner}/secret"),
        "/name": (302, f"http://inner.test:{inner}/secret"),
        "/no-scheme": (302, f"//127.0.0.1:{inner}/secret"),
        "/file": (302, "file:///etc/passwd"),
        "/gopher": (302, f"gopher://127.0.0.1:{inner}/_GET%20/secret"),
        "/credentials": (302, f"http://user:word@127.0.0.1:{inner}/secret"),
        "/metadata": (302, "http://169.254.169.254/latest/meta-data/"),
        "/round": (302, "/round"),
        "/to-rebinds": (302, f"http://rebinds.test:{inner}/secret"),
        "/to-rebinds6": (302, f"http://rebinds6.test:{inner}/secret"),
    }
