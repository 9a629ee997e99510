"""A batch of what was recorded into the database, by COPY, in one short transaction that waits for nobody.

What looks personal is left out here, visitors become the day's hash, and the days that grew are marked `Uncounted`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connections, transaction

from ..indexing.copying import array_of, copy_rows
from ..models import QUERY_CHARACTERS, SearchEvent, ShopperEvent, Uncounted
from ..models.event import normal_query
from ..text.personal import looks_personal
from . import days
from .records import ActionRecord, Record, SearchRecord
from .sessions import hashed, salt_of

_SEARCH = (
    "search_id", "at", "session", "language", "channel", "segment", "kind", "words", "typed", "filters", "sort", "page",
    "total", "near", "took_ms", "shown", "shown_from", "corrected",
)  # fmt: skip
_ACTION = (
    "at", "session", "kind", "product", "search_id", "position", "quantity", "amount", "currency", '"order"',
)  # fmt: skip
#: How long a batch may wait for a lock, or take; it is tried again.
_LIMITS = (
    "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '20s'; SET LOCAL synchronous_commit = off"
)

Salts = Mapping[date, bytes]


def write(records: Sequence[Record], *, using: str) -> None:
    """Write `records`; all of them or none. Raises what the database says."""
    searches = [record for record in records if isinstance(record, SearchRecord)]
    actions = [record for record in records if isinstance(record, ActionRecord)]
    grown, today = {days.day_of(record.at) for record in records}, days.today()
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute(_LIMITS)
        # Of a day that is over nobody is told apart any more: its key is gone, or about to be.
        secret = any(days.day_of(record.at) == today and _has_secret(record) for record in records)
        known = {today: salt_of(today, using=using)} if secret else {}
        key = _key_writer(using)
        if searches:
            rows = (_search_row(record, known, key) for record in searches)
            copy_rows(using, SearchEvent._meta.db_table, _SEARCH, rows)
        if actions:
            rows = (_action_row(record, known, key) for record in actions)
            copy_rows(using, ShopperEvent._meta.db_table, _ACTION, rows)
        mark_uncounted(grown, using=using)


def mark_uncounted(grown: set[date], *, using: str) -> None:
    """Have these days added up anew, each with the day after it: an order may follow a search of the evening before."""
    today = days.today()
    after = {day + timedelta(days=1) for day in grown}
    copy_rows(
        using,
        Uncounted._meta.db_table,
        ["day"],
        [[day] for day in sorted(grown | {day for day in after if day <= today})],
    )


def _has_secret(record: Record) -> bool:
    return bool(record.visitor) or (isinstance(record, ActionRecord) and bool(record.order))


def _search_row(record: SearchRecord, known: Salts, key: Any) -> tuple[Any, ...]:
    words = normal_query(record.corrected or record.q)
    typed = normal_query(record.q)
    if looks_personal(record.q) or looks_personal(record.corrected):
        words = typed = ""
    filters = {
        facet: [value[:QUERY_CHARACTERS] for value in values if not looks_personal(value)]
        for facet, values in record.filters.items()
    }
    return (
        record.search_id,
        record.at,
        hashed(record.visitor, known.get(days.day_of(record.at))),
        record.language[:20],
        record.channel[:80],
        record.segment[:80],
        record.kind,
        words,
        typed,
        json.dumps(filters),
        record.sort[:80],
        record.page,
        record.total,
        record.near,
        record.took_ms,
        array_of(key(shown) for shown in record.shown),
        record.shown_from,
        bool(record.corrected),
    )


def _action_row(record: ActionRecord, known: Salts, key: Any) -> tuple[Any, ...]:
    salt = known.get(days.day_of(record.at))
    return (
        record.at,
        hashed(record.visitor, salt),
        record.kind,
        key(record.product),
        record.search_id,
        record.position,
        record.quantity,
        record.amount,
        record.currency,
        hashed(record.order and f"order:{record.order}", salt),
    )


def _key_writer(using: str) -> Any:
    field: Any = ShopperEvent._meta.get_field("product")
    connection = connections[using]
    return lambda value: field.get_db_prep_value(value, connection)
