"""Products that may not be parted: variants, duplicates, and those of one title, directly or by way of others.

What a model has seen of one tells it about all of them, so whoever holds one out holds out the group.
"""

from __future__ import annotations

import hashlib
from typing import Any


class Groups:
    """Disjoint sets of products' keys (union-find, with path halving); a key that was never joined is alone."""

    def __init__(self) -> None:
        self._above: dict[Any, Any] = {}
        self._first: dict[bytes, Any] = {}

    def of(self, key: Any) -> Any:
        """The key that stands for the group of `key`."""
        above = self._above
        while (parent := above.get(key, key)) != key:
            above[key] = above.get(parent, parent)
            key = above[key]
        return key

    def join(self, one: Any, other: Any) -> None:
        """Make one group of both; the key that was first in the one stands for it."""
        first, second = self.of(one), self.of(other)
        if first != second:
            self._above[second] = first

    def join_by(self, key: Any, kind: str, sign: str) -> None:
        """Make one group of all that have this sign of its kind, such as a title."""
        digest = hashlib.blake2b(f"{kind}\0{sign}".encode("utf-8", "surrogatepass"), digest_size=12).digest()
        first = self._first.setdefault(digest, key)
        if first != key:
            self.join(first, key)
