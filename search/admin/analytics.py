"""The report on searches: what shoppers look for, beside the period before, and what to do about it in two clicks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..analytics import days, reports
from ..analytics.recording import DROPPED
from ..analytics.reports import Choice, QueryRow, Report, Totals
from ..analytics.rolling import JOB
from ..conf import settings
from ..indexing import heartbeat
from ..indexing.work import database
from ..models import QueryNote, SearchKind
from .charts import chart
from .clicked import CLICKED, clicked, clicked_table
from .formatting import percent
from .pictured import pictured
from .readonly import ReadOnlyAdmin

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    _ModelAdmin = admin.ModelAdmin[Any]
else:  # Django's own class takes no type arguments
    _ModelAdmin = admin.ModelAdmin

PERIODS = (7, 28, 91, 365)
USUAL = 28
#: A report of more days than this is asked for by mistake.
MOST_DAYS = 800
MOST_EXPORTED = 10_000
#: Drops that are longer ago are no news.
LATELY_SECONDS = 86_400.0

_TITLES: dict[str, tuple[StrPromise, StrPromise]] = {
    "top": (gettext_lazy("Searched most"), gettext_lazy("Nothing was searched with words.")),
    "rising": (gettext_lazy("Rising"), gettext_lazy("Nothing is searched more than in the period before.")),
    "zero": (gettext_lazy("Without results"), gettext_lazy("Every search found something.")),
    "low_click": (
        gettext_lazy("Found, but seldom clicked"),
        gettext_lazy("No query is clicked much less than is usual."),
    ),
    "abandoned": (
        gettext_lazy("Left after searching"),
        gettext_lazy("No shopper left after a search with words."),
    ),
    "orders": (gettext_lazy("Ordered after searching"), gettext_lazy("No order came from a search.")),
}


@dataclass(frozen=True)
class Figure:
    """One number of the period, and how it stands to that of the period before."""

    label: str
    value: str
    before: str
    change: str


@dataclass(frozen=True)
class Action:
    """Something to do about a query: a form that is filled in already."""

    label: str
    url: str


@dataclass(frozen=True)
class Row:
    """A query as the page lists it."""

    query: QueryRow
    click_rate: str
    noted: bool
    actions: Sequence[Action]


class ReportAdmin(ReadOnlyAdmin):
    """One page; its permission is that to view `DailySearches`."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="product_search_dailysearches_changelist"),
            path("products/", view(self.products_view), name="product_search_dailysearches_products"),
            path("pictures/", view(self.pictures_view), name="product_search_dailysearches_pictures"),
            path("export/", view(self.export_view), name="product_search_dailysearches_export"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The page."""
        self._check(request)
        using, (choice, problem) = database(), chosen(request)
        found = reports.report(choice, using=using)
        counted, lost = (heartbeat.age(name, using=using) for name in (JOB, DROPPED))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Report on searches"),
            "problem": problem,
            "choice": choice,
            "report": found,
            "events": settings().events,
            "counted": None if counted is None else days.now() - timedelta(seconds=counted[0]),
            "lost": 0 if lost is None or lost[0] > LATELY_SECONDS else lost[1].get("dropped", 0),
            "periods": [(number, str(number) == request.GET.get("days", str(USUAL))) for number in PERIODS],
            "options": self._options(request, using),
            "figures": figures(found),
            "charts": charts(found),
            "kinds": [
                (SearchKind(kind).label, *found.kinds[kind]) for kind in SearchKind if kind in found.kinds
            ],
            "lists": self._lists(request, choice, using),
            "filters": reports.filters(choice, using=using),
            "export": self._address_of("export", request, what=""),
            "notes": self._notes(request),
            "clicked": self._address_of("products", request),
            "pictured": self._address_of("pictures", request),
        }
        return TemplateResponse(
            request, "product_search/admin/searches.html", context | (extra_context or {})
        )

    def products_view(self, request: HttpRequest) -> HttpResponse:
        """Products that are clicked more, or less, than where they stand lets expect."""
        return self._page(request, "clicked", _("Clicks on products"), clicked)

    def pictures_view(self, request: HttpRequest) -> HttpResponse:
        """What shoppers look for by picture."""
        return self._page(request, "pictured", _("Searches by picture"), pictured)

    def _page(
        self, request: HttpRequest, name: str, title: str, shown: Callable[[Choice, str], dict[str, Any]]
    ) -> HttpResponse:
        """A page beside the report, about the same days."""
        self._check(request)
        choice, problem = chosen(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "problem": problem,
            "choice": choice,
            "report_url": self._address("changelist"),
            "export": self._address_of("export", request, what=""),
            **shown(choice, self.admin_site.name),
        }
        return TemplateResponse(request, f"product_search/admin/{name}.html", context)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """A list as CSV."""
        self._check(request)
        what, (choice, _problem) = request.GET.get("what", ""), chosen(request)
        try:
            if what in CLICKED:
                head, rows = clicked_table(choice, CLICKED[what], most=MOST_EXPORTED)
            else:
                head, rows = reports.table_of(choice, what, most=MOST_EXPORTED, using=database())
        except KeyError:
            known = ", ".join(("days", "filters", *reports.LISTINGS, *CLICKED))
            return HttpResponseBadRequest(f"There is no list {what[:40]!r}. Known: {known}.")
        name = f"searches-{what}-{choice.first}-{choice.last}.csv"
        response = HttpResponse("".join(_lines(head, rows)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _options(self, request: HttpRequest, using: str) -> list[tuple[str, str, list[tuple[str, bool]]]]:
        """What can be chosen among, where there are two: name, label, and each value with whether it is chosen."""
        labels = {"language": _("Language"), "channel": _("Channel"), "segment": _("Segment")}
        return [
            (name, labels[name], [(value, request.GET.get(name) == value) for value in values if value])
            for name, values in reports.choices(using=using).items()
            if len(values) > 1
        ]

    def _lists(self, request: HttpRequest, choice: Choice, using: str) -> list[Any]:
        found = reports.queries(choice, using=using)
        every = {row.query for rows in found.values() for row in rows}
        noted = set(
            QueryNote.objects.using(using).filter(query__in=every, done=False).values_list("query", flat=True)
        )
        return [
            (
                name,
                *_TITLES[name],
                [
                    Row(row, percent(row.click_rate), row.query in noted, self._actions(request, row))
                    for row in rows
                ],
            )
            for name, rows in found.items()
        ]

    def _actions(self, request: HttpRequest, row: QueryRow) -> list[Action]:
        """The forms that whoever asks may use, each with the query filled in."""
        ways = (
            (_("Make a synonym"), "rule", {"synonym": row.query, "language": row.language}),
            (_("Make a rule"), "rule", {"query": row.query, "language": row.language}),
            (_("Note"), "querynote", {"query": row.query, "language": row.language}),
        )
        found = []
        for label, model, given in ways:
            if not request.user.has_perm(f"product_search.add_{model}"):
                continue
            try:
                address = reverse(f"{self.admin_site.name}:product_search_{model}_add")
            except NoReverseMatch:
                continue
            found.append(Action(label, f"{address}?{urlencode(given)}"))
        return found

    def _notes(self, request: HttpRequest) -> str:
        if not request.user.has_perm("product_search.view_querynote"):
            return ""
        return reverse(f"{self.admin_site.name}:product_search_querynote_changelist")

    def _address_of(self, name: str, request: HttpRequest, **more: str) -> str:
        """The address of a page about the same searches as `request`."""
        asked = {key: value for key, value in request.GET.items() if value and key not in more}
        return f"{self._address(name)}?{urlencode(asked | more)}"

    def _address(self, name: str) -> str:
        return reverse(f"{self.admin_site.name}:product_search_dailysearches_{name}")


def chosen(request: HttpRequest) -> tuple[Choice, str]:
    """The period and the part of the searches that the address asks for, and what is wrong with it, if anything is."""
    today, asked, problem = days.today(), request.GET, ""
    number = (
        int(asked["days"]) if asked.get("days", "").isascii() and asked.get("days", "").isdigit() else USUAL
    )
    first, last = today - timedelta(days=min(max(number, 1), MOST_DAYS) - 1), today
    if asked.get("from") or asked.get("to"):
        try:
            last = date.fromisoformat(asked.get("to") or str(today))
            first = date.fromisoformat(asked.get("from") or str(last - timedelta(days=USUAL - 1)))
            # So many days before must be days of the calendar, too.
            if not 0 <= (last - first).days < MOST_DAYS or first.year < 1990 or last.year > 9000:
                raise ValueError(first)
        except (ValueError, OverflowError):
            problem = _("These days can't be read: the first is to come first, %(most)d days at most.") % {
                "most": MOST_DAYS
            }
            first, last = today - timedelta(days=USUAL - 1), today
    parts = {name: asked[name] for name in ("language", "channel", "segment") if asked.get(name)}
    parts = {name: value.replace("\x00", "")[:80] for name, value in parts.items()}
    return Choice(first, last, **parts), problem


def figures(found: Report) -> list[Figure]:
    """The figures at the head of the page."""
    now, before = found.now, found.before
    told = [
        (_("Searches"), now.searches, before.searches, _number),
        (_("Sessions"), now.sessions, before.sessions, _number),
        (_("Searches with a click"), now.click_rate, before.click_rate, percent),
        (_("Searches without results"), now.zero_rate, before.zero_rate, percent),
        (_("Put into the cart"), now.carts, before.carts, _number),
        (_("Orders"), now.orders, before.orders, _number),
        *(
            (
                _("Revenue after searches, %(currency)s") % {"currency": currency or "?"},
                now.revenue.get(currency),
                before.revenue.get(currency),
                _money,
            )
            for currency in sorted({*now.revenue, *before.revenue})
        ),
        (_("Median duration"), now.median_ms, before.median_ms, _milliseconds),
        (_("95 of 100 took at most"), now.p95_ms, before.p95_ms, _milliseconds),
    ]
    return [
        Figure(label, said(value), said(earlier), _change(value, earlier))
        for label, value, earlier, said in told
    ]


def charts(found: Report) -> list[Any]:
    """Searches, and shares of them, day by day."""
    half = found.choice.days
    earlier, by_day = found.by_day[:half], found.by_day[half:]
    labels = [formats.date_format(day, "SHORT_DATE_FORMAT") for day, _totals in by_day]
    drawn: list[tuple[str, Callable[[Totals], float | None], Callable[[Any], str]]] = [
        (_("Searches by day"), lambda totals: float(totals.searches), _number),
        (_("Searches with a click, by day"), lambda totals: totals.click_rate, percent),
        (_("Searches without results, by day"), lambda totals: totals.zero_rate, percent),
    ]
    return [
        (
            title,
            chart(
                labels,
                [of(totals) for _day, totals in by_day],
                [of(totals) for _day, totals in earlier],
                said,
            ),
        )
        for title, of, said in drawn
    ]


def _number(value: Any) -> str:
    return "–" if value is None else formats.number_format(round(value), force_grouping=True)


def _money(value: Any) -> str:
    return "–" if value is None else formats.number_format(value, 2, force_grouping=True)


def _milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{formats.number_format(value, 0)} ms"


def _change(now: Any, before: Any) -> str:
    """By how much it is more or less, in percent."""
    if not now or not before:
        return ""
    change = round((float(now) / float(before) - 1) * 100)
    return f"{change:+d} %"


def _lines(head: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file. What a spreadsheet would take for a formula is text, as shoppers wrote it."""
    for row in (head, *rows):
        line = io.StringIO()
        csv.writer(line).writerow(
            [
                f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
                for cell in row
            ]
        )
        yield line.getvalue()


class QueryNoteAdmin(_ModelAdmin):
    """Notes on queries, made from the report or here."""

    list_display = ("query", "language", "note", "by", "at", "done")
    list_display_links = ("query",)
    list_filter = ("done", "language")
    search_fields = ("query", "note")
    search_help_text = gettext_lazy("Words of the query or of the note")
    fields = ("query", "language", "note", "done")

    def save_model(self, request: HttpRequest, obj: QueryNote, form: Any, change: bool) -> None:
        """Who wrote it stands with it."""
        if not change:
            obj.by = request.user.get_username()
        super().save_model(request, obj, form, change)
