"""The way of a save: from a mark beside the shop's own write to texts, pictures and vectors that searches read."""

from . import health, reconcile
from .marking import mark_every, mark_stale, suspend_indexing
from .sweep import books_are_kept
from .work import Report, index_pending

__all__ = [
    "Report",
    "books_are_kept",
    "health",
    "index_pending",
    "mark_every",
    "mark_stale",
    "reconcile",
    "suspend_indexing",
]
