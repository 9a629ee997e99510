"""Forgetting: what is too old, by itself; and everything, what is before a day, or one visitor, by command."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Model

from ..conf import settings
from ..models import (
    DailyFilter,
    DailyProduct,
    DailyQuery,
    DailyRevenue,
    DailySearches,
    SearchEvent,
    ShopperEvent,
)
from . import days
from .sessions import forget_salts, hashed, salt_of
from .writing import mark_uncounted

#: Rows that are deleted at once: a page is a short transaction.
PAGE = 10_000
#: Pages of one run of `forget_old`; the next one goes on.
PAGES = 20

EVENTS: tuple[type[Model], ...] = (SearchEvent, ShopperEvent)
ROLL_UPS: tuple[type[Model], ...] = (DailySearches, DailyQuery, DailyRevenue, DailyProduct, DailyFilter)


def forget_old(*, using: str) -> int:
    """Delete the keys of days that are over, events after EVENTS_DAYS, and sums after ROLL_UPS_DAYS; returns how many
    rows, a few pages of each table at most.
    """
    conf, today = settings(), days.today()
    forget_salts(using=using)
    events = days.span(today - timedelta(days=conf.events_days))[0]
    gone = sum(_delete(model, "at < %s", [events], using, PAGES) for model in EVENTS)
    sums = today - timedelta(days=conf.roll_ups_days)
    return gone + sum(_delete(model, "day < %s", [sums], using, PAGES) for model in ROLL_UPS)


def forget_all(*, using: str) -> int:
    """Delete every event and every sum; returns how many rows."""
    return sum(_delete(model, "true", [], using) for model in (*EVENTS, *ROLL_UPS))


def forget_before(day: date, *, using: str) -> int:
    """Delete all events of days before `day`, and keep what they add up to; returns how many."""
    moment: datetime = days.span(day)[0]
    return sum(_delete(model, "at < %s", [moment], using) for model in EVENTS)


def forget_visitor(visitor: str, *, using: str) -> int:
    """Delete what a visitor did today, and have the day added up without it; returns how many events.

    `visitor` as it was when it was recorded (`visitor.visitor_of`). Of days that are over nobody can say any more what
    was whose: their keys are gone, and so is the way back.
    """
    today = days.today()
    with transaction.atomic(using=using):
        session = hashed(visitor, salt_of(today, using=using))
        gone = sum(_delete(model, "session = %s", [session], using) for model in EVENTS)
        if gone:
            mark_uncounted({today}, using=using)
    return gone


def _delete(
    model: type[Model], condition: str, given: list[Any], using: str, pages: float = float("inf")
) -> int:
    """Delete the rows of `condition` in pages; returns how many."""
    table, deleted, page = model._meta.db_table, 0, 0
    while page < pages:
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("
                f"SELECT ctid FROM {table} WHERE {condition} LIMIT {PAGE}))",
                given,
            )
            deleted, page = deleted + cursor.rowcount, page + 1
            if cursor.rowcount < PAGE:
                break
    return deleted
