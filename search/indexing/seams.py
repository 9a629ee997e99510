"""Where upper rooms take part in indexing: what is called, in which order, with what was written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Written:
    """Products whose texts and pictures were written, and products that are gone, in the transaction that is open.

    `pictured` are those of `keys` with a picture that came, changed or went.
    """

    using: str
    keys: tuple[Any, ...]
    gone: tuple[Any, ...] = ()
    pictured: tuple[Any, ...] = ()


#: Called in this order at the end of the write's own transaction: quick, and nothing that may fail for a product's
#: sake. Filled by `apps.ready()`.
after_write: list[Callable[[Written], None]] = []

#: Called in this order, with the database and the keys, when products could not be embedded because no model is there:
#: they go on waiting, and nothing of them is written. Filled by `apps.ready()`.
not_embedded: list[Callable[[str, Sequence[Any]], None]] = []
