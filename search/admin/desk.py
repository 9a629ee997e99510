"""The desk: one page that says what wants somebody's attention, how much of it there is, and where it is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..analytics import days
from ..indexing.health import Health, health
from ..indexing.work import database
from ..merchandising.findings import findings
from ..models import (
    AltText,
    AltTextState,
    DailyQuery,
    Doubt,
    DoubtState,
    Duplicate,
    Entry,
    PairState,
    Picture,
    Question,
    Rule,
    Ruling,
    RulingState,
    SuggestedSynonym,
    SuggestionState,
    Tag,
    TagState,
)
from .readonly import ReadOnlyAdmin

#: More of a thing than this is not counted: a desk is to be opened often.
COUNTED = 1_000


@dataclass(frozen=True)
class Concern:
    """Something that wants attention: `waiting` counts it, to COUNTED + 1 at most; `page` is where it is decided, by
    who has `permission`.

    `title` says of how many what they are, without the number. `page` is the name of an admin page, with what to choose
    there behind a question mark. `bad`: something is broken, rather than undecided.
    """

    title: Callable[[int], str]
    hint: Any
    page: str
    permission: str
    waiting: Callable[[str], int]
    bad: bool = False

    def address(self, site: str) -> str:
        """Where it is decided, in the admin site of this name."""
        name, mark, chosen = self.page.partition("?")
        return reverse(f"{site}:product_search_{name}") + mark + chosen


@dataclass(frozen=True)
class Waiting:
    """A concern as it stands: `count` things, or `more` than that, at `url`."""

    title: str
    hint: Any
    url: str
    count: int
    more: bool
    bad: bool


#: What is asked after, in the order in which the page shows it: what is broken first.
CONCERNS = [
    Concern(
        lambda count: ngettext("product parked", "products parked", count),
        _("Reading them failed again and again; they are not tried any more."),
        "entry_changelist?state=parked",
        "product_search.view_entry",
        lambda using: _up_to(Entry.objects.using(using).filter(parked=True)),
        bad=True,
    ),
    Concern(
        lambda count: ngettext("product failing", "products failing", count),
        _("They are tried again by themselves."),
        "entry_changelist?state=failing",
        "product_search.view_entry",
        lambda using: _up_to(
            Entry.objects.using(using).filter(parked=False, done__lt=F("wanted"), attempts__gt=0)
        ),
        bad=True,
    ),
    Concern(
        lambda count: ngettext("picture that can't be read", "pictures that can't be read", count),
        _("Their products are found by words all the same."),
        "picture_changelist?reason=any",
        "product_search.view_picture",
        lambda using: _up_to(Picture.objects.using(using).exclude(reason="")),
        bad=True,
    ),
    Concern(
        lambda count: ngettext("appeal without an answer", "appeals without an answer", count),
        _("Somebody asks for a product that is held back."),
        "ruling_changelist?decision=appeal",
        "product_search.change_ruling",
        lambda using: _up_to(_undecided(using).filter(appealed_at__isnull=False)),
        bad=True,
    ),
    Concern(
        lambda count: ngettext("thing wrong with rules", "things wrong with rules", count),
        _("Pins that are hidden, addresses that lead nowhere, rules that ended or can't be followed."),
        "rule_check",
        "product_search.view_rule",
        lambda using: min(len(findings(using)), COUNTED + 1),
        bad=True,
    ),
    Concern(
        lambda count: ngettext(
            "query without a result this week", "queries without a result this week", count
        ),
        _("A synonym, a redirect or a product is missing."),
        "dailysearches_changelist?days=7",
        "product_search.view_dailysearches",
        lambda using: _up_to(_without_result(using)),
    ),
    Concern(
        lambda count: ngettext("draft of a rule", "drafts of rules", count),
        _("They do nothing until they are published."),
        "rule_changelist",
        "product_search.change_rule",
        lambda using: _up_to(Rule.objects.using(using).filter(draft__isnull=False)),
    ),
    Concern(
        lambda count: ngettext("ruling to check", "rulings to check", count),
        _("Products that a policy flags or holds back until somebody decides."),
        "ruling_changelist?decision=waits",
        "product_search.change_ruling",
        lambda using: _up_to(_undecided(using)),
    ),
    Concern(
        lambda count: ngettext("picture in doubt", "pictures in doubt", count),
        _("They don't seem to show their product."),
        "doubt_review",
        "product_search.change_doubt",
        lambda using: _up_to(Doubt.objects.using(using).filter(state=DoubtState.OPEN)),
    ),
    Concern(
        lambda count: ngettext("pair that may be duplicates", "pairs that may be duplicates", count),
        _("The same picture, or the same product twice."),
        "duplicate_review",
        "product_search.change_duplicate",
        lambda using: _up_to(Duplicate.objects.using(using).filter(state=PairState.OPEN)),
    ),
    Concern(
        lambda count: ngettext("question about tags", "questions about tags", count),
        _("Too uncertain to be said without you, and what teaches the most."),
        "tag_changelist",
        "product_search.change_tag",
        lambda using: _up_to(Question.objects.using(using)),
    ),
    Concern(
        lambda count: ngettext("tag suggested", "tags suggested", count),
        _("Likely enough to be shown; accepting them makes them facets."),
        "tag_changelist",
        "product_search.change_tag",
        lambda using: _up_to(Tag.objects.using(using).filter(state=TagState.SUGGESTED)),
    ),
    Concern(
        lambda count: ngettext("alt text suggested", "alt texts suggested", count),
        _("Words for pictures, for those who can't see them."),
        "alttext_changelist",
        "product_search.change_alttext",
        lambda using: _up_to(AltText.objects.using(using).filter(state=AltTextState.SUGGESTED)),
    ),
    Concern(
        lambda count: ngettext("synonym suggested", "synonyms suggested", count),
        _("Words that shoppers use for one another."),
        "suggestedsynonym_changelist?state__exact=proposed",
        "product_search.change_suggestedsynonym",
        lambda using: _up_to(SuggestedSynonym.objects.using(using).filter(state=SuggestionState.PROPOSED)),
    ),
]


def _up_to(rows: QuerySet[Model, Any]) -> int:
    return rows.order_by()[: COUNTED + 1].count()


def _without_result(using: str) -> QuerySet[DailyQuery, Any]:
    rows = DailyQuery.objects.using(using).filter(
        day__gt=days.today() - timedelta(days=7), zero_results__gt=0
    )
    return rows.exclude(query="").values("language", "query").distinct()


def _undecided(using: str) -> QuerySet[Ruling]:
    return Ruling.objects.using(using).filter(
        Q(state=RulingState.FLAGGED) | Q(state=RulingState.HELD), decided_by=""
    )


class DeskAdmin(ReadOnlyAdmin):
    """The page. Whoever may decide anything on it sees it, and of it only that."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever has the permission of one concern."""
        return any(request.user.has_perm(concern.permission) for concern in CONCERNS)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [path("", view(self.changelist_view), name="product_search_desk_changelist")]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What waits for this user."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        site = self.admin_site.name
        sees_index = request.user.has_perm("product_search.view_entry")
        state: Health | None = health() if sees_index else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Search desk"),
            "opts": self.opts,
            "waiting": self._waiting(request),
            "index_url": reverse(f"{site}:product_search_index_changelist") if sees_index else "",
            "health": state,
        }
        return TemplateResponse(request, "product_search/admin/desk.html", context | (extra_context or {}))

    def _waiting(self, request: HttpRequest) -> list[Waiting]:
        using, found = database(), []
        for concern in CONCERNS:
            if request.user.has_perm(concern.permission) and (count := concern.waiting(using)):
                url = concern.address(self.admin_site.name)
                shown = min(count, COUNTED)
                title = concern.title(count)
                found.append(Waiting(title, concern.hint, url, shown, count > shown, concern.bad))
        return found
