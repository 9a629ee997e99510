"""Adds up the days whose events have grown. A day is made anew as a whole, from nothing but its events, in one
transaction: so it may be done twice, be cut off, and events may come late.

Events are committed together with a row of `Uncounted` for their day. Those rows go with the transaction that counts
the day, and it takes none that it did not see: what comes meanwhile has the day counted once more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Max, Min

from ..conf import settings
from ..indexing import heartbeat
from ..models import (
    DailyFilter,
    DailyProduct,
    DailyQuery,
    DailyRevenue,
    DailySearches,
    SearchEvent,
    ShopperEvent,
    Uncounted,
)
from . import days
from .latency import BOUNDS

#: Of a query that fewer sessions make on a day, `DailyProduct` does not say which products it showed.
RARE = 5
#: Queries of a day that `DailyQuery` names: those that most sessions made. The others are one, the empty query, so that
#: a report costs the same however many there are.
NAMED = 2_000
ROLL_UP_TASK = "product_search.roll_up"
#: Its heartbeat, and how often at most the days are added up.
JOB = "job:roll_up"
EVERY_SECONDS = 60.0
#: Two processes must not count one day at once; any number that nobody else locks.
_LOCK = 7_024_881_143

_ALL = (DailySearches, DailyQuery, DailyRevenue, DailyProduct, DailyFilter)
_GROUP = "language, channel, segment, kind"


@dataclass(frozen=True)
class Rolled:
    """What a run did: the days that it counted, in order, and whether none is left."""

    days: tuple[date, ...]
    complete: bool


def roll_up(*, seconds: float = float("inf"), using: str) -> Rolled:
    """Add up every day that has grown, the oldest first, and begin none after so many `seconds`."""
    begun = time.monotonic()
    counted: list[date] = []
    for day in _uncounted(using):
        if counted and time.monotonic() - begun > seconds:
            break
        if not count_day(day, using=using):
            break
        counted.append(day)
    return Rolled(tuple(counted), not _uncounted(using))


def is_due(using: str) -> bool:
    """Whether a day has grown, and the last run is long enough ago for what it cost."""
    last = heartbeat.age(JOB, using=using)
    if last is not None and last[0] < max(EVERY_SECONDS, heartbeat.REST * float(last[1].get("took", 0.0))):
        return False
    return Uncounted.objects.using(using).exists()


def recount(*, using: str) -> None:
    """Have every day that still has events added up anew, by the next run."""
    for model in (SearchEvent, ShopperEvent):
        ends = model.objects.using(using).aggregate(first=Min("at"), last=Max("at"))
        if ends["first"] is not None:
            first, last = days.day_of(ends["first"]), days.day_of(ends["last"])
            every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
            Uncounted.objects.using(using).bulk_create([Uncounted(day=day) for day in every])


def count_day(day: date, *, using: str) -> bool:
    """Make the rows of `day` anew from its events; False where another process is counting just now."""
    begins, ends = days.span(day)
    given: dict[str, Any] = {
        "day": day,
        "begins": begins,
        "ends": ends,
        "before": days.span(day - timedelta(days=1))[0],
        "window": timedelta(minutes=settings().attribution_minutes),
        "rare": RARE,
        "named": NAMED,
        "bounds": list(BOUNDS),
    }
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SET LOCAL work_mem = '64MB'")
        # First: an event that is committed after this keeps its row, and has the day counted once more.
        cursor.execute(f"DELETE FROM {Uncounted._meta.db_table} WHERE day = %(day)s", given)
        for model in _ALL:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE day = %(day)s", given)
        for statement in (*_EVENTS, *_SUMS):
            cursor.execute(statement, given)
        cursor.execute("DROP TABLE ps_search, ps_action, ps_named")
    return True


def _uncounted(using: str) -> list[date]:
    """The days to count, the oldest first; of those whose events are being forgotten the sums stay as they are."""
    kept = days.today() - timedelta(days=settings().events_days)
    Uncounted.objects.using(using).filter(day__lt=kept).delete()
    rows = Uncounted.objects.using(using).order_by("day").values_list("day", flat=True)
    return list(rows.distinct())


_SEARCHES = SearchEvent._meta.db_table
_ACTIONS = ShopperEvent._meta.db_table

#: The searches of the day and of the day before, of which only today's count; then what was done, with the search that
#: led to it. Of what was told twice (a hit opened again, an order sent again) the first counts.
_EVENTS = (
    f"""
    CREATE TEMPORARY TABLE ps_search ON COMMIT DROP AS
    SELECT id, search_id, at, session, language, channel, segment, kind, words AS query, filters, total, took_ms,
           shown, shown_from, at >= %(begins)s AS today, at >= %(begins)s AND page = 1 AS counts
    FROM {_SEARCHES} WHERE at >= %(before)s AND at < %(ends)s
    """,
    "ANALYZE ps_search",
    f"""
    CREATE TEMPORARY TABLE ps_action ON COMMIT DROP AS
    WITH action AS (
        SELECT id, at, session, kind, product, search_id, amount, currency, "order" AS number
        FROM {_ACTIONS} WHERE at >= %(begins)s AND at < %(ends)s AND kind <> 'view'
    ), click AS (
        SELECT action.at, action.session, action.product, action.search_id, action.id
        FROM action JOIN ps_search USING (search_id)
        WHERE action.kind = 'click' AND action.session IS NOT NULL AND ps_search.at >= action.at - %(window)s
    ), last_click AS (
        SELECT DISTINCT ON (action.id) action.id, click.search_id
        FROM action JOIN click USING (session, product)
        WHERE action.kind <> 'click' AND action.search_id IS NULL
            AND click.at BETWEEN action.at - %(window)s AND action.at
        ORDER BY action.id, click.at DESC, click.id DESC
    ), led AS (
        SELECT action.*, coalesce(action.search_id, last_click.search_id) AS search
        FROM action LEFT JOIN last_click USING (id)
    ), reached AS (
        SELECT led.id, led.kind AS did, led.product, led.amount, led.currency, led.number,
            coalesce(led.number::text, 'event ' || led.id) AS bought, ps_search.search_id, ps_search.language,
            ps_search.channel, ps_search.segment, ps_search.kind, ps_search.query, ps_search.today
        FROM led LEFT JOIN ps_search ON ps_search.search_id = led.search AND ps_search.at >= led.at - %(window)s
    ), first AS (
        SELECT DISTINCT ON (did, CASE did WHEN 'order' THEN bought ELSE search_id::text END, product) *
        FROM reached WHERE did = 'order' OR search_id IS NOT NULL
        ORDER BY did, CASE did WHEN 'order' THEN bought ELSE search_id::text END, product, id
    )
    SELECT * FROM first WHERE search_id IS NOT NULL
    """,
    "ANALYZE ps_action",
    # The last thing that a session did on the day, where it was a search.
    """
    ALTER TABLE ps_search ADD COLUMN clicked boolean NOT NULL DEFAULT false,
        ADD COLUMN abandoned boolean NOT NULL DEFAULT false
    """,
    """
    UPDATE ps_search SET clicked = true
    WHERE counts AND search_id IN (SELECT search_id FROM ps_action WHERE did = 'click')
    """,
    f"""
    UPDATE ps_search SET abandoned = true WHERE counts AND id IN (
        SELECT DISTINCT ON (session) CASE WHEN searched THEN id END FROM (
            SELECT session, at, id, true AS searched FROM ps_search WHERE today AND session IS NOT NULL
            UNION ALL
            SELECT session, at, id, false FROM {_ACTIONS}
            WHERE at >= %(begins)s AND at < %(ends)s AND session IS NOT NULL
        ) AS did ORDER BY session, at DESC, searched, id DESC
    )
    """,
)


def _counts(table: str, group: str, more: str = "", columns: str = "") -> str:
    """The statement that sums searches and what followed them by `group`."""
    return f"""
    INSERT INTO {table} (day, {group}, searches, sessions, zero_results, clicked, abandoned, clicks, carts, orders
        {columns})
    SELECT %(day)s, {group}, count(*) FILTER (WHERE searched), count(DISTINCT session),
        count(*) FILTER (WHERE total = 0), count(*) FILTER (WHERE clicked), count(*) FILTER (WHERE abandoned),
        count(*) FILTER (WHERE did = 'click'), count(*) FILTER (WHERE did = 'cart'),
        count(DISTINCT bought) FILTER (WHERE did = 'order') {more}
    FROM (
        SELECT {_GROUP}, query, true AS searched, session, total, clicked, abandoned, took_ms,
            NULL AS did, NULL AS bought
        FROM ps_search WHERE counts
        UNION ALL
        SELECT {_GROUP}, query, false, NULL, NULL, NULL, NULL, NULL, did, bought FROM ps_action
    ) AS everything
    GROUP BY {group}
    """


_LATENCY = ", ARRAY[{}]".format(
    ", ".join(
        f"count(*) FILTER (WHERE searched AND width_bucket(took_ms, above.bounds) = {bucket})"
        for bucket in range(len(BOUNDS) + 1)
    )
)

_SUMS = (
    _counts(DailySearches._meta.db_table, _GROUP, _LATENCY, ", latency").replace(
        ") AS everything", ") AS everything, (SELECT %(bounds)s::float8[] AS bounds) AS above"
    ),
    f"""
    INSERT INTO {DailyProduct._meta.db_table} (day, language, query, product, position, shown, clicks, carts, orders)
    WITH common AS (
        SELECT language, query FROM ps_search WHERE counts AND query <> ''
        GROUP BY language, query HAVING count(DISTINCT session) >= %(rare)s
    ), led AS (
        SELECT search_id, product, bool_or(did = 'click') AS clicked, bool_or(did = 'cart') AS carted,
            bool_or(did = 'order') AS ordered
        FROM ps_action WHERE today GROUP BY search_id, product
    )
    SELECT %(day)s, language, query, hit.product, hit.place + shown_from - 1, count(*),
        count(*) FILTER (WHERE clicked), count(*) FILTER (WHERE carted), count(*) FILTER (WHERE ordered)
    FROM (SELECT search_id, language, query, shown, shown_from FROM ps_search WHERE today) AS search
    JOIN common USING (language, query)
    CROSS JOIN LATERAL unnest(shown) WITH ORDINALITY AS hit(product, place)
    LEFT JOIN led ON led.search_id = search.search_id AND led.product = hit.product
    GROUP BY language, query, hit.product, hit.place + shown_from - 1
    """,
    f"""
    INSERT INTO {DailyFilter._meta.db_table} (day, language, channel, segment, facet, value, searches)
    SELECT %(day)s, language, channel, segment, left(facet, 80), value, count(DISTINCT search_id)
    FROM ps_search, jsonb_each(filters) AS chosen(facet, given), jsonb_array_elements_text(given) AS value
    WHERE counts GROUP BY language, channel, segment, left(facet, 80), value
    """,
    # From here on a query that is not named is the empty one.
    """
    CREATE TEMPORARY TABLE ps_named ON COMMIT DROP AS
    SELECT language, query FROM ps_search WHERE counts AND query <> '' GROUP BY language, query
    ORDER BY count(DISTINCT session) DESC, count(*) DESC, language, query LIMIT %(named)s
    """,
    *(
        f"UPDATE {table} SET query = '' WHERE query <> ''"
        " AND NOT EXISTS (SELECT FROM ps_named AS named WHERE named.language = each.language"
        " AND named.query = each.query)".replace("each.", f"{table}.")
        for table in ("ps_search", "ps_action")
    ),
    _counts(DailyQuery._meta.db_table, f"{_GROUP}, query"),
    f"""
    INSERT INTO {DailyRevenue._meta.db_table} (day, {_GROUP}, query, currency, amount)
    SELECT %(day)s, {_GROUP}, query, currency, sum(amount)
    FROM ps_action WHERE did = 'order' AND amount IS NOT NULL GROUP BY {_GROUP}, query, currency
    """,
)
