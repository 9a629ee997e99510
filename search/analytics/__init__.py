"""What shoppers do: recorded without slowing a search, kept without knowing who they are, added up by day, reported."""

from __future__ import annotations

from .actions import (
    InvalidEvent,
    OrderLine,
    record_cart,
    record_click,
    record_events,
    record_order,
    record_view,
)
from .books import forget_when_due, keep_books
from .forgetting import forget_all, forget_before, forget_old, forget_visitor
from .offering import fill_completions
from .recording import flush
from .rolling import is_due, recount, roll_up
from .searches import record_search

__all__ = [
    "InvalidEvent",
    "OrderLine",
    "fill_completions",
    "flush",
    "forget_all",
    "forget_before",
    "forget_old",
    "forget_visitor",
    "forget_when_due",
    "is_due",
    "keep_books",
    "record_cart",
    "record_click",
    "record_events",
    "record_order",
    "record_search",
    "record_view",
    "recount",
    "roll_up",
]
