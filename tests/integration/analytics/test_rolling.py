"""Roll-ups equal a recount of the events one by one, whatever came late, and however often they were made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from product_search.analytics import latency, recount, roll_up, rolling
from product_search.analytics.rolling import count_day
from product_search.models import (
    DailyFilter,
    DailyProduct,
    DailyQuery,
    DailyRevenue,
    DailySearches,
    SearchEvent,
    ShopperEvent,
    Uncounted,
)

from .recount import FIELDS, Recount, kept
from .shoppers import events, happen

GROUP = ("language", "channel", "segment", "kind")


def check(recounted: Recount) -> None:
    """Every roll-up is what the recount says; no day is there that has no event."""
    for day in recounted.days():
        searches = DailySearches.objects.filter(day=day)
        assert kept(searches, GROUP, FIELDS) == recounted.counts(day, by_query=False)
        for row in searches:
            assert sum(row.latency) == row.searches
        queries = DailyQuery.objects.filter(day=day)
        assert kept(queries, (*GROUP, "query"), FIELDS) == recounted.counts(day, by_query=True)
        revenue = DailyRevenue.objects.filter(day=day).values_list(*GROUP, "query", "currency", "amount")
        assert {tuple(row[:-1]): row[-1] for row in revenue} == recounted.revenue(day)
        products = DailyProduct.objects.filter(day=day)
        names = ("language", "query", "product", "position")
        rows = products.values_list(*names, "shown", "clicks", "carts", "orders")
        assert {row[:4]: row[4:] for row in rows} == recounted.products(day)
        filters = DailyFilter.objects.filter(day=day)
        chosen = filters.values_list("language", "channel", "segment", "facet", "value", "searches")
        assert {row[:5]: row[5] for row in chosen} == recounted.filters(day)
    assert set(DailySearches.objects.values_list("day", flat=True)) <= set(recounted.days())


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_they_equal_a_recount_after_each_batch_that_comes_late(seed: int) -> None:
    happened = events(seed)
    for start in range(0, len(happened), 90):
        happen(happened[start : start + 90])
        assert roll_up(using="default").complete
        check(Recount())
    assert DailyQuery.objects.filter(orders__gt=0).exists()
    assert DailyRevenue.objects.exists()


@pytest.mark.django_db
def test_days_are_those_of_the_shop_and_the_window_that_of_the_settings(settings: Any) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ATTRIBUTION_MINUTES": 20}
    happen(events(7))
    roll_up(using="default")
    check(Recount("Pacific/Auckland", timedelta(minutes=20)))


@pytest.mark.django_db
def test_a_search_that_is_written_late_has_the_orders_of_the_next_day() -> None:
    evening = datetime(2026, 3, 1, 23, 50, tzinfo=UTC)
    search = SearchEvent(
        search_id=uuid4(), at=evening, language="en", kind="words", words="lamp", total=1, shown=[1]
    )
    order = ShopperEvent(
        at=evening + timedelta(minutes=20), kind="order", product=1, search_id=search.search_id, amount=5
    )
    happen([order])
    roll_up(using="default")
    assert not DailyQuery.objects.exists()

    happen([search])
    roll_up(using="default")

    assert DailyQuery.objects.get(day=date(2026, 3, 2)).orders == 1
    check(Recount())


@pytest.mark.django_db
def test_only_so_many_queries_of_a_day_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "NAMED", 3)
    happen(events(8))
    roll_up(using="default")
    check(Recount(most=3))
    for day in Recount().days():
        assert (
            DailyQuery.objects.filter(day=day)
            .exclude(query="")
            .values("language", "query")
            .distinct()
            .count()
            <= 3
        )


@pytest.mark.django_db
def test_counting_again_changes_nothing() -> None:
    happen(events(11))
    roll_up(using="default")
    before = list(DailyQuery.objects.order_by("day", *GROUP, "query").values_list(*FIELDS))

    recount(using="default")
    assert Uncounted.objects.exists()
    roll_up(using="default")

    assert list(DailyQuery.objects.order_by("day", *GROUP, "query").values_list(*FIELDS)) == before
    assert not Uncounted.objects.exists()


@pytest.mark.django_db
def test_a_run_without_time_counts_the_oldest_day_and_says_that_more_is_left() -> None:
    happen(events(12))

    rolled = roll_up(seconds=0, using="default")

    assert rolled.days == (date(2026, 3, 1),)
    assert not rolled.complete
    assert roll_up(using="default").complete


@pytest.mark.django_db
def test_a_run_that_is_cut_off_leaves_the_day_as_it_was_and_to_be_counted() -> None:
    happen(events(13))
    roll_up(using="default")
    counted = DailyQuery.objects.count()
    Uncounted.objects.create(day=date(2026, 3, 2))
    with connection.cursor() as cursor:  # the last of its tables can't be written
        cursor.execute(f"ALTER TABLE {DailyFilter._meta.db_table} RENAME TO away")

    with pytest.raises(Exception, match="dailyfilter"):
        count_day(date(2026, 3, 2), using="default")

    assert DailyQuery.objects.count() == counted
    assert Uncounted.objects.count() == 1


def test_quantiles_of_buckets() -> None:
    counts = [0] * (len(latency.BOUNDS) + 1)
    assert latency.quantile(counts, 0.5) is None
    counts[0] = 50  # below 1 ms
    counts[10] = 45
    counts[-1] = 5
    assert latency.quantile(counts, 0.5) == 1.0
    assert latency.quantile(counts, 0.95) == latency.BOUNDS[10]
    assert latency.quantile(counts, 0.99) == latency.BOUNDS[-1]


@pytest.mark.django_db
def test_a_duration_falls_below_the_bound_of_its_bucket() -> None:
    (event,) = [each for each in events(3) if isinstance(each, SearchEvent) and each.page == 1][:1]
    event.took_ms = 100.0
    happen([event])
    roll_up(using="default")
    (row,) = DailySearches.objects.all()
    found = latency.quantile(row.latency, 0.5)
    assert found is not None
    assert 100 <= found <= 125
