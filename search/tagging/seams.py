"""Where upper rooms take part in tagging: what is called, in which order, with the products whose tags may differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

#: Called in this order with products and database, in the transaction that tagged them, or decided of their tags.
#: Filled by `apps.ready()`.
after_tagging: list[Callable[[Sequence[Any], str], None]] = []


def tell_tagged(keys: Sequence[Any], *, using: str) -> None:
    """Tell whoever goes by tags that those of `keys` may have changed."""
    for each in after_tagging:
        each(keys, using)
