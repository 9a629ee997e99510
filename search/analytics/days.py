"""The shop's days: those of TIME_ZONE, as a merchant counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings as django_settings


def zone() -> ZoneInfo:
    """TIME_ZONE."""
    return ZoneInfo(django_settings.TIME_ZONE)


def now() -> datetime:
    """This moment; aware, whatever USE_TZ says."""
    return datetime.now(UTC)


def day_of(moment: datetime) -> date:
    """The day that an aware `moment` falls on."""
    return moment.astimezone(zone()).date()


def today() -> date:
    """The day that it is in the shop."""
    return day_of(now())


def span(first: date, last: date | None = None) -> tuple[datetime, datetime]:
    """When the day `first` begins, and when the day `last` (the same one, left out) has ended."""
    after = (first if last is None else last) + timedelta(days=1)
    return datetime.combine(first, time(), zone()), datetime.combine(after, time(), zone())
