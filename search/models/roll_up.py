"""What the events of each day add up to: all that reports read. A day's rows are made anew whenever its events grow.

Days are those of the shop's TIME_ZONE. Carts, orders and revenue belong to the search that led to them, on the day on
which they came about.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .event import QUERY_CHARACTERS, SearchKind
from .product_key import ProductKeyField


class Uncounted(models.Model):
    """A day whose events have grown since it was added up. Insert-only, with the events: recording waits for nobody."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()

    def __str__(self) -> str:
        return str(self.day)


class _Daily(models.Model):
    """What every roll-up is told apart by."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    language = models.CharField(max_length=20)
    channel = models.CharField(max_length=80)
    segment = models.CharField(max_length=80)

    class Meta:
        abstract = True


class _Counts(_Daily):
    """What is counted of searches and of what followed them."""

    kind = models.CharField(max_length=10, choices=SearchKind.choices)
    searches = models.PositiveIntegerField(default=0)
    #: Distinct sessions.
    sessions = models.PositiveIntegerField(default=0)
    #: Searches that found nothing.
    zero_results = models.PositiveIntegerField(default=0)
    #: Searches with a click at least.
    clicked = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    carts = models.PositiveIntegerField(default=0)
    #: Distinct orders.
    orders = models.PositiveIntegerField(default=0)
    #: Searches after which their session did nothing more that day.
    abandoned = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


class DailySearches(_Counts):
    """All searches of a day. Sessions and orders are distinct ones, so these rows are no sums of the next ones.

    The report on searches is its page in the admin, and its permission to view that of the report.
    """

    #: Searches by how long they took, in the buckets of `analytics.latency`.
    latency = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        verbose_name = _("searches of a day")
        verbose_name_plural = _("report on searches")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["day", "language", "channel", "segment", "kind"],
                name="product_search_dailysearches_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}: {self.searches}"


class DailyQuery(_Counts):
    """Searches of a day for one query: words as they were searched.

    Empty for browsing, pictures, personal words, and all queries but the `analytics.rolling.NAMED` that most sessions
    made that day.
    """

    query = models.CharField(max_length=QUERY_CHARACTERS, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "language", "channel", "segment", "kind", "query"],
                name="product_search_dailyquery_key",
            )
        ]
        indexes = [
            # Where a rule, a note or a preview asks how often one query is made.
            models.Index(fields=["query", "day"], name="product_search_dailyquery_of"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.query or self.kind}: {self.searches}"


class DailyRevenue(_Daily):
    """What was ordered after searches for one query, in one currency."""

    kind = models.CharField(max_length=10, choices=SearchKind.choices)
    query = models.CharField(max_length=QUERY_CHARACTERS, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "language", "channel", "segment", "kind", "query", "currency"],
                name="product_search_dailyrevenue_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.query or self.kind}: {self.amount} {self.currency}"


class DailyProduct(models.Model):
    """How often a day's searches for a query showed a product at a position, and what followed there.

    Only of queries that `analytics.rolling.RARE` sessions made that day: the others would be most of the rows, and say
    little each. Only what followed on the same day counts.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    language = models.CharField(max_length=20)
    query = models.CharField(max_length=QUERY_CHARACTERS, blank=True)
    product = ProductKeyField()
    #: 1 is the top.
    position = models.PositiveIntegerField()
    shown = models.PositiveIntegerField(default=0)
    #: Of those shown, with a click at least.
    clicks = models.PositiveIntegerField(default=0)
    carts = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "language", "query", "product", "position"],
                name="product_search_dailyproduct_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.query}: {self.product} at {self.position}"


class DailyFilter(_Daily):
    """Searches of a day under a value of a facet."""

    facet = models.CharField(max_length=80)
    value = models.CharField(max_length=QUERY_CHARACTERS)
    searches = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "language", "channel", "segment", "facet", "value"],
                name="product_search_dailyfilter_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.facet}={self.value}: {self.searches}"
