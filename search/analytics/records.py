"""What is handed from a request to the thread that writes: raw and whole, so that the request has no work with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """One page of an answer. `q` is as it was typed, `corrected` as it was searched where that is something else."""

    search_id: UUID
    at: datetime
    #: As `visitor.visitor_of` read it; hashed before it is written.
    visitor: str
    language: str
    channel: str
    segment: str
    kind: str
    q: str
    corrected: str
    filters: Mapping[str, tuple[str, ...]]
    sort: str
    page: int
    total: int
    near: int
    took_ms: float
    shown: tuple[Any, ...]
    shown_from: int


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """Something that a shopper did with a product. `order` is the order's number, hashed before it is written."""

    at: datetime
    visitor: str
    kind: str
    product: Any
    search_id: UUID | None = None
    position: int | None = None
    quantity: int = 1
    amount: Decimal | None = None
    currency: str = ""
    order: str = ""


Record = SearchRecord | ActionRecord
