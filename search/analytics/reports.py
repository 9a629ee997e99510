"""What the roll-ups say of a period beside the one before it. Nothing here reads an event, so a report costs the same
whether a day had a thousand searches or a million.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

from django.db import connections, transaction

from ..models import DailyFilter, DailyQuery, DailyRevenue, DailySearches
from .latency import BOUNDS, quantile

#: What queries are listed by.
Listing = Literal["top", "rising", "zero", "low_click", "abandoned", "orders"]
LISTINGS: tuple[Listing, ...] = get_args(Listing)
#: A query is listed as seldom clicked from so many searches on that found something.
ENOUGH = 10
#: ... where it is clicked less than this share of what is usual.
SELDOM = 0.5

_COUNTS = (
    "searches",
    "sessions",
    "zero_results",
    "clicked",
    "clicks",
    "carts",
    "orders",
    "abandoned",
)


@dataclass(frozen=True)
class Choice:
    """Days from `first` to `last`, both counted, and of which searches: None is all of them."""

    first: date
    last: date
    language: str | None = None
    channel: str | None = None
    segment: str | None = None

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Choice:
        """As many days that end where this begins."""
        return Choice(
            self.first - timedelta(days=self.days),
            self.first - timedelta(days=1),
            self.language,
            self.channel,
            self.segment,
        )

    def condition(self) -> tuple[str, dict[str, Any]]:
        """SQL that both periods' rows meet, with its values; `first` is where this one begins."""
        given = {"first": self.first, "last": self.last, "before": self.before.first}
        terms = ["day BETWEEN %(before)s AND %(last)s"]
        for name in ("language", "channel", "segment"):
            if (value := getattr(self, name)) is not None:
                terms.append(f"{name} = %({name})s")
                given[name] = value
        return " AND ".join(terms), given


@dataclass(frozen=True)
class Totals:
    """Counts of a period, or of a day. Rates are shares from 0 to 1, None where there is nothing to have a share of."""

    searches: int = 0
    sessions: int = 0
    zero_results: int = 0
    clicked: int = 0
    clicks: int = 0
    carts: int = 0
    orders: int = 0
    abandoned: int = 0
    #: By currency.
    revenue: Mapping[str, Decimal] = field(default_factory=dict)
    #: Milliseconds that half of the searches, and 95 of 100, did not exceed.
    median_ms: float | None = None
    p95_ms: float | None = None

    @property
    def click_rate(self) -> float | None:
        """Searches with a click."""
        return self.clicked / self.searches if self.searches else None

    @property
    def zero_rate(self) -> float | None:
        """Searches that found nothing."""
        return self.zero_results / self.searches if self.searches else None


@dataclass(frozen=True)
class QueryRow:
    """One query of a period: its counts, and how often it was searched in the period before."""

    language: str
    query: str
    searches: int
    sessions: int
    zero_results: int
    clicked: int
    clicks: int
    carts: int
    orders: int
    abandoned: int
    before: int

    @property
    def click_rate(self) -> float | None:
        """Searches with a click, of those that found something."""
        found = self.searches - self.zero_results
        return min(1.0, self.clicked / found) if found else None


@dataclass(frozen=True)
class Report:
    """A period beside the one before it; `by_day` has every day of both, in order, whether anything was searched."""

    choice: Choice
    now: Totals
    before: Totals
    by_day: Sequence[tuple[date, Totals]]
    #: Searches by what was searched with (words, a picture, ...), in both periods.
    kinds: Mapping[str, tuple[int, int]]


def report(choice: Choice, *, using: str) -> Report:
    """The figures of `choice`."""
    condition, given = choice.condition()
    sums = ", ".join(f"sum({name})::int" for name in _COUNTS)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT day, kind, {sums} FROM {DailySearches._meta.db_table} WHERE {condition} GROUP BY day, kind",
            given,
        )
        rows = cursor.fetchall()
    days: dict[date, list[int]] = {}
    kinds: dict[str, list[int]] = {}
    for day, kind, *counts in rows:
        days[day] = [a + b for a, b in zip(days.get(day, [0] * len(counts)), counts, strict=True)]
        kinds.setdefault(kind, [0, 0])[day < choice.first] += counts[0]
    by_day = [
        (day, Totals(**_named(days.get(day, [0] * len(_COUNTS)))))
        for day in (choice.before.first + timedelta(days=number) for number in range(2 * choice.days))
    ]
    more = _more(choice, using=using)
    now, before = (
        Totals(**_summed(days, earlier=earlier, first=choice.first), **more[earlier])
        for earlier in (False, True)
    )
    return Report(choice, now, before, by_day, {kind: (kept[0], kept[1]) for kind, kept in kinds.items()})


def _summed(days: Mapping[date, list[int]], *, earlier: bool, first: date) -> dict[str, Any]:
    of = [counts for day, counts in days.items() if (day < first) == earlier]
    return {name: sum(counts[number] for counts in of) for number, name in enumerate(_COUNTS)}


def _named(counts: Sequence[int]) -> dict[str, Any]:
    return dict(zip(_COUNTS, counts, strict=True))


def _more(choice: Choice, *, using: str) -> dict[bool, dict[str, Any]]:
    """Revenue and durations, for both periods: False is this one, True the one before."""
    condition, given = choice.condition()
    found: dict[bool, dict[str, Any]] = {earlier: {"revenue": {}} for earlier in (False, True)}
    counts = {earlier: [0] * (len(BOUNDS) + 1) for earlier in (False, True)}
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT day < %(first)s, currency, sum(amount) FROM {DailyRevenue._meta.db_table} WHERE {condition}"
            " GROUP BY 1, 2 ORDER BY 3 DESC",
            given,
        )
        for earlier, currency, amount in cursor.fetchall():
            found[earlier]["revenue"][currency] = amount
        cursor.execute(
            f"SELECT day < %(first)s, bucket, sum(count)::int FROM {DailySearches._meta.db_table},"
            f" unnest(latency) WITH ORDINALITY AS part(count, bucket) WHERE {condition} AND count > 0 GROUP BY 1, 2",
            given,
        )
        for earlier, bucket, count in cursor.fetchall():
            counts[earlier][bucket - 1] = count
    for earlier, told in found.items():
        told["median_ms"] = quantile(counts[earlier], 0.5)
        told["p95_ms"] = quantile(counts[earlier], 0.95)
    return found


#: For each listing which queries, and in which order; `all_...` are the sums over all queries.
_LISTED: Mapping[Listing, tuple[str, str]] = {
    "top": ("searches > 0", "searches DESC"),
    "rising": ("searches > before AND all_before > 0", "searches - before DESC"),
    "zero": ("zero_results > 0", "zero_results DESC"),
    "low_click": (
        f"searches - zero_results >= {ENOUGH} AND clicked * all_found"
        f" < {SELDOM} * (searches - zero_results) * all_clicked",
        "searches - zero_results - clicked DESC",
    ),
    "abandoned": ("abandoned > 0", "abandoned DESC"),
    "orders": ("orders > 0", "orders DESC"),
}


def queries(
    choice: Choice, listings: Sequence[Listing] = LISTINGS, *, most: int = 10, using: str
) -> dict[Listing, list[QueryRow]]:
    """For each of the `listings` the first `most` queries of `choice`, from one reading of the table."""
    condition, given = choice.condition()
    sums = ", ".join(
        f"coalesce(sum({name}) FILTER (WHERE day >= %(first)s), 0) AS {name}" for name in _COUNTS
    )
    every = " UNION ALL ".join(
        f"(SELECT '{name}', every.* FROM every, total WHERE {where}"
        f" ORDER BY {order}, query, language LIMIT %(most)s)"
        for name, (where, order) in _LISTED.items()
        if name in listings
    )
    found: dict[Listing, list[QueryRow]] = {name: [] for name in listings}
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(
            f"WITH every AS MATERIALIZED (SELECT language, query, {sums},"
            f" coalesce(sum(searches) FILTER (WHERE day < %(first)s), 0) AS before"
            f" FROM {DailyQuery._meta.db_table} WHERE {condition} AND query <> '' GROUP BY language, query),"
            " total AS MATERIALIZED (SELECT sum(searches - zero_results)::float8 AS all_found,"
            f" sum(clicked)::float8 AS all_clicked, sum(before) AS all_before FROM every) {every}",
            given | {"most": most},
        )
        for name, language, query, *counts in cursor.fetchall():
            found[name].append(QueryRow(language, query, *map(int, counts)))
    return found


@dataclass(frozen=True)
class FilterRow:
    """A value of a facet, and how many searches chose it, in this period and in the one before."""

    facet: str
    value: str
    searches: int
    before: int


def filters(choice: Choice, *, most: int = 10, using: str) -> list[FilterRow]:
    """The values that were filtered by most."""
    condition, given = choice.condition()
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT facet, value, coalesce(sum(searches) FILTER (WHERE day >= %(first)s), 0)::int AS chosen,"
            f" coalesce(sum(searches) FILTER (WHERE day < %(first)s), 0)::int FROM {DailyFilter._meta.db_table}"
            f" WHERE {condition} GROUP BY facet, value ORDER BY chosen DESC, facet, value LIMIT %(most)s",
            given | {"most": most},
        )
        return [FilterRow(*row) for row in cursor.fetchall() if row[2]]


def choices(*, using: str) -> dict[str, list[str]]:
    """The languages, channels and segments that there are, each in order."""
    found = {}
    with connections[using].cursor() as cursor:
        for name in ("language", "channel", "segment"):
            cursor.execute(f"SELECT DISTINCT {name} FROM {DailySearches._meta.db_table} ORDER BY 1")
            found[name] = [value for (value,) in cursor.fetchall()]
    return found


def table_of(
    choice: Choice, what: str, *, most: int, using: str
) -> tuple[Sequence[str], Iterator[Sequence[Any]]]:
    """Head and rows of what is exported: `days`, `filters`, or one of LISTINGS. Raises `KeyError` for anything else."""
    if what == "days":
        head = ("day", *_COUNTS)
        days = report(choice, using=using).by_day[choice.days :]
        return head, ((day, *(getattr(totals, name) for name in _COUNTS)) for day, totals in days)
    if what == "filters":
        chosen = filters(choice, most=most, using=using)
        return ("facet", "value", "searches", "before"), (
            (row.facet, row.value, row.searches, row.before) for row in chosen
        )
    if what not in LISTINGS:
        raise KeyError(what)
    names = ("language", "query", *_COUNTS, "before")
    rows = queries(choice, (what,), most=most, using=using)[what]
    return names, (tuple(getattr(row, name) for name in names) for row in rows)
