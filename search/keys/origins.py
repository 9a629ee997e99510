"""Origins that a key allows: exact ones, all below a domain, or all."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from ..errors import ImproperKey

EVERY = "*"
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def checked_origin(rule: str) -> str:
    """A rule as browsers would write the origin: `https://shop.example`, `https://*.shop.example`, `*`.

    Raises `ImproperKey` for an address with a path, another scheme, or a wildcard anywhere else.
    """
    text = rule.strip().lower()
    if text == EVERY:
        return text
    wrong = ImproperKey(
        "origins",
        f"{rule[:100]!r} is no origin; write https://shop.example, https://*.shop.example, or * for every one.",
    )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise wrong from None
    host = parts.hostname or ""
    below = host.removeprefix("*.")
    if (
        parts.scheme not in _DEFAULT_PORTS
        or text != f"{parts.scheme}://{parts.netloc}"
        or "@" in parts.netloc
        or not _HOST.fullmatch(below)
        or (host != below and "." not in below)  # all of a top-level domain
    ):
        raise wrong
    shown = "" if port is None or port == _DEFAULT_PORTS[parts.scheme] else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def allows(rules: Collection[str], origin: str) -> bool:
    """Whether one of the rules is met by what a browser sent as `Origin`."""
    return not rules_met_by(origin).isdisjoint(rules)


def rules_met_by(origin: str) -> frozenset[str]:
    """Every rule that `origin` would meet; `null` and what is no origin meet `*` alone."""
    scheme, separator, rest = origin.lower().partition("://")
    if not separator:
        return frozenset({EVERY})
    labels = rest.split(".")
    below = {f"{scheme}://*.{'.'.join(labels[at:])}" for at in range(1, len(labels) - 1)}
    return frozenset({EVERY, f"{scheme}://{rest}", *below})
