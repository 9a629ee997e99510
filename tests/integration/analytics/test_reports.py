"""Reports: a period's figures are those of its events, beside the period before; lists are what they say."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from product_search.analytics import reports, roll_up
from product_search.analytics.reports import Choice
from product_search.models import SearchEvent, ShopperEvent

from .recount import FIELDS, Recount
from .shoppers import events, happen

UTC = ZoneInfo("UTC")
DAY = date(2026, 3, 2)
pytestmark = pytest.mark.django_db


def searches(
    query: str, count: int, *, total: int = 9, day: date = DAY, clicked: int = 0, **more: Any
) -> None:
    """So many sessions search for `query`; the first of them click what they found."""
    begins = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    made: list[SearchEvent | ShopperEvent] = []
    for number in range(count):
        event = SearchEvent(
            search_id=uuid.uuid4(),
            session=uuid.uuid4(),
            at=begins + timedelta(seconds=number),
            words=query,
            total=total,
            shown=[1, 2] if total else [],
            **({"language": "en", "kind": "words", "took_ms": 10} | more),
        )
        made.append(event)
        if number < clicked:
            made.append(
                ShopperEvent(
                    at=event.at, session=event.session, kind="click", product=1, search_id=event.search_id
                )
            )
    happen(made)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(DAY, DAY),
        Choice(DAY, date(2026, 3, 3)),
        Choice(DAY, DAY, language="de"),
        Choice(DAY, DAY, language="en", channel="app", segment="trade"),
        Choice(DAY, DAY, channel="", segment=""),
    ],
    ids=str,
)
def test_figures_equal_a_recount_of_the_events(choice: Choice) -> None:
    happen(events(21))
    roll_up(using="default")
    recounted, found = Recount(), reports.report(choice, using="default")

    for totals, period in ((found.now, choice), (found.before, choice.before)):
        wanted: Counter[str] = Counter()
        for day in recounted.days():
            for key, row in recounted.counts(day, by_query=False).items():
                asked = (period.language, period.channel, period.segment)
                chosen = all(part in (None, given) for part, given in zip(asked, key[:3], strict=True))
                if period.first <= day <= period.last and chosen:
                    wanted.update(row)
        assert {name: getattr(totals, name) for name in FIELDS} == {name: wanted[name] for name in FIELDS}
    assert [day for day, _ in found.by_day] == [
        choice.before.first + timedelta(days=number) for number in range(2 * choice.days)
    ]
    assert sum(totals.searches for day, totals in found.by_day if day >= choice.first) == found.now.searches
    assert sum(now for now, _ in found.kinds.values()) == found.now.searches


def test_revenue_is_by_currency_and_durations_are_quantiles() -> None:
    happen(events(22))
    roll_up(using="default")
    recounted = Recount()
    found = reports.report(Choice(DAY, DAY), using="default").now

    wanted: Counter[str] = Counter()
    for key, amount in recounted.revenue(DAY).items():
        wanted[key[-1]] += amount  # type: ignore[assignment]
    assert dict(found.revenue) == dict(wanted)
    took = sorted(
        each.took_ms for each in recounted.searches if recounted.day(each) == DAY and each.page == 1
    )
    assert found.median_ms is not None
    assert found.p95_ms is not None
    assert took[len(took) // 2 - 1] <= found.median_ms <= took[len(took) // 2] * 1.25 + 1
    assert took[int(len(took) * 0.95) - 1] <= found.p95_ms


def test_queries_are_listed_by_what_is_to_be_done_about_them() -> None:
    before = DAY - timedelta(days=1)
    searches("lamp", 40, clicked=30)
    searches("lamp", 60, day=before, clicked=30)
    searches("mug", 30, clicked=2)
    searches("mug", 5, day=before)
    searches("zorbling", 12, total=0)
    searches("rare", 9, clicked=0)
    searches("", 50, kind="browse", clicked=50)
    roll_up(using="default")

    found = reports.queries(Choice(DAY, DAY), using="default")

    assert {name: [row.query for row in rows] for name, rows in found.items()} == {
        "top": ["lamp", "mug", "zorbling", "rare"],
        "rising": ["mug", "zorbling", "rare"],
        "zero": ["zorbling"],
        "low_click": ["mug"],  # "rare" is too seldom searched to tell
        "abandoned": ["mug", "zorbling", "lamp", "rare"],
        "orders": [],
    }
    (lamp, *_) = found["top"]
    assert (lamp.searches, lamp.before, lamp.click_rate) == (40, 60, 0.75)
    assert [
        row.query for row in reports.queries(Choice(DAY, DAY), ["top"], most=1, using="default")["top"]
    ] == ["lamp"]


def test_filters_are_those_that_searches_chose() -> None:
    searches("lamp", 3, filters={"colour": ["red"]})
    searches("mug", 2, filters={"colour": ["blue"], "price": ["..5"]})
    searches("mug", 1, day=DAY - timedelta(days=1), filters={"colour": ["blue"]})
    roll_up(using="default")
    rows = reports.filters(Choice(DAY, DAY), using="default")
    assert [(row.facet, row.value, row.searches, row.before) for row in rows] == [
        ("colour", "red", 3, 0),
        ("colour", "blue", 2, 1),
        ("price", "..5", 2, 0),
    ]


def test_what_is_exported_is_what_is_listed() -> None:
    searches("lamp", 4)
    roll_up(using="default")
    head, rows = reports.table_of(Choice(DAY, DAY), "top", most=10, using="default")
    assert [dict(zip(head, row, strict=True))["query"] for row in rows] == ["lamp"]
    head, rows = reports.table_of(Choice(DAY, DAY), "days", most=10, using="default")
    assert [(row[0], row[1]) for row in rows] == [(DAY, 4)]
    with pytest.raises(KeyError):
        reports.table_of(Choice(DAY, DAY), "nothing", most=10, using="default")
