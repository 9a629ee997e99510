"""The index in the admin: one page that says how it stands, and its tables: entries, marks, spaces, pictures."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..documents import document
from ..indexing import mark_stale, wake
from ..indexing.sizes import sizes
from ..indexing.work import database
from ..models import (
    AltText,
    AltTextDecision,
    ApiKey,
    Attribute,
    DailySearches,
    Decision,
    Desk,
    Doubt,
    Duplicate,
    Entry,
    Index,
    Mark,
    Picture,
    Playground,
    Policy,
    QueryNote,
    Rule,
    RuleChange,
    Ruling,
    Space,
    SuggestedSynonym,
    Tag,
)
from .alt_texts import AltTextAdmin, AltTextDecisionAdmin
from .analytics import QueryNoteAdmin, ReportAdmin
from .decisions import DecisionAdmin
from .desk import DeskAdmin
from .doubts import DoubtAdmin
from .duplicates import DuplicateAdmin
from .keys import KeyAdmin
from .moderation import PolicyAdmin, RulingAdmin
from .playground import PlaygroundAdmin
from .products import said_of
from .readonly import OfProductAdmin, ReadOnlyAdmin
from .review import ReviewAdmin
from .rule_changes import RuleChangeAdmin
from .rules import RuleAdmin
from .space_figures import SpaceFigures
from .state import TROUBLED, IndexState, SeenRecall, by_cause, with_code
from .suggested_synonyms import SuggestedSynonymAdmin
from .vocabulary import AttributeAdmin

FRESH, WAITING, FAILING, PARKED = "fresh", "waiting", "failing", "parked"
STATES = {
    FRESH: (_("fresh"), Q(parked=False, done__gte=F("wanted"))),
    WAITING: (_("waiting"), Q(parked=False, done__lt=F("wanted"), attempts=0)),
    FAILING: (_("failing, tried again"), Q(parked=False, done__lt=F("wanted"), attempts__gt=0)),
    PARKED: (_("parked"), Q(parked=True)),
}


class StateFilter(admin.SimpleListFilter):
    """Entries by what happens to them next."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [(state, label) for state, (label, _condition) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        chosen = STATES.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen[1])


class CauseFilter(admin.SimpleListFilter):
    """Entries by why they failed; the index page links to it."""

    title = _("cause")
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        chosen = self.value_of(request)
        return [(chosen, _("the same error"))] if chosen else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        chosen = self.value()
        return by_cause(queryset, chosen) if chosen else queryset

    @staticmethod
    def value_of(request: HttpRequest) -> str:
        """The digest in the address; empty without one."""
        return request.GET.get("cause", "")


class EntryAdmin(OfProductAdmin):
    """One product's place in the index; a parked one can be tried again."""

    list_display = ("product_link", "state", "attempts", "not_before", "indexed_at", "short_error")
    list_display_links = ("state",)
    list_filter = (StateFilter, CauseFilter, "bulk")
    ordering = ("product",)
    actions = ("retry", "read_again")

    @admin.display(description=_("state"))
    def state(self, entry: Entry) -> Any:
        """What happens to it next."""
        if entry.parked:
            return STATES[PARKED][0]
        if entry.done >= entry.wanted:
            return STATES[FRESH][0]
        return STATES[FAILING if entry.attempts else WAITING][0]

    @admin.display(description=_("error"))
    def short_error(self, entry: Entry) -> str:
        """The first line of the error; the entry's own page has all of it."""
        return entry.error.partition("\n")[0][:120]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether this user may have products tried again: the model's change permission."""
        return request.user.has_perm("product_search.change_entry")

    @admin.action(description=_("Try the selected products again, now"), permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Entry]) -> None:
        """Take the selected entries up again as if they had never failed, and wake a worker."""
        tell(self, request, retry(queryset))

    @admin.action(description=_("Read the selected products into the index again"), permissions=["retry"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[Entry]) -> None:
        """Mark the selected products stale and wake a worker."""
        products = document().queryset().order_by().filter(pk__in=queryset.order_by().values("pk"))
        said_of(self, request, mark_stale(products, bulk=False))


class IndexAdmin(ReadOnlyAdmin):
    """One page: what is fresh, waiting and failed, why, who is at work, and how to mend it."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may see entries."""
        return request.user.has_perm("product_search.view_entry")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change entries."""
        return request.user.has_perm("product_search.change_entry")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="product_search_index_changelist"),
            path("now/", view(self.now_view), name="product_search_index_now"),
            path("retry/", view(self.retry_view), name="product_search_index_retry"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The page."""
        context = {
            **self._context(request),
            "sizes": sizes(database()),
            "recall": SeenRecall.now(),
            "measured_spaces": SpaceFigures.of_all(using=database()),
        }
        return TemplateResponse(request, "product_search/admin/index.html", context | (extra_context or {}))

    def now_view(self, request: HttpRequest) -> HttpResponse:
        """The part of the page that changes, for the page to fetch every few seconds."""
        context = self._context(request)
        response = TemplateResponse(request, "product_search/admin/index_now.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def retry_view(self, request: HttpRequest) -> HttpResponse:
        """Try again what failed: for one cause, or all of it."""
        if request.method != "POST" or not self.has_retry_permission(request):
            raise PermissionDenied
        troubled = Entry.objects.using(database()).filter(TROUBLED)
        cause = request.POST.get("cause", "")
        tell(self, request, retry(by_cause(troubled, cause) if cause else troubled))
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:product_search_index_changelist"))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        site = self.admin_site.name
        return {
            **self.admin_site.each_context(request),
            "title": _("Search index"),
            "opts": self.opts,
            "state": IndexState.now(),
            "may_retry": self.has_retry_permission(request),
            "entries": reverse(f"{site}:product_search_entry_changelist"),
            "pictures": reverse(f"{site}:product_search_picture_changelist"),
            "now_url": reverse(f"{site}:product_search_index_now"),
            "retry_url": reverse(f"{site}:product_search_index_retry"),
        }


def retry(entries: QuerySet[Entry]) -> int:
    """Take failed entries up again as if they had never failed, and wake a worker; returns how many."""
    failed = entries.order_by().filter(done__lt=F("wanted"))
    taken = failed.update(parked=False, attempts=0, not_before=None)
    wake.wake()
    return taken


def tell(page: admin.ModelAdmin[Any], request: HttpRequest, taken: int) -> None:
    """Tell the user that `taken` products are tried again."""
    message = ngettext("%d product is tried again.", "%d products are tried again.", taken) % taken
    page.message_user(request, message, messages.SUCCESS)


class MarkAdmin(ReadOnlyAdmin):
    """Changes in the shop that no worker has taken yet."""

    list_display = ("source", "key", "not_before", "bulk")
    list_filter = ("bulk",)
    search_fields = ("=key",)
    search_help_text = _("The changed row's primary key")
    ordering = ("id",)


class SpaceAdmin(ReadOnlyAdmin):
    """The models whose vectors are here, and which of them answers searches."""

    list_display = ("name", "state", "dim", "created_at")
    list_filter = ("state",)
    ordering = ("-created_at",)
    fields = (
        *("name", "state", "since", "dim", "paused", "created_at", "figures"),
        *("digest", "weights_digest", "preprocessing_digest", "calibration"),
    )
    readonly_fields = ("figures",)

    class Media:
        css: ClassVar = {"all": ("product_search/admin/admin.css",)}

    @admin.display(description=_("beside the model that served"))
    def figures(self, space: Space) -> str:
        """What was measured of it, as a table."""
        measured = SpaceFigures.of(space, using=database())
        if measured is None:
            return with_code(
                str(_("Not measured. `manage.py train_clip --into-space` measures what it trained."))
            )
        return render_to_string("product_search/admin/space_figures.html", {"measured": measured})


class UnreadableFilter(admin.SimpleListFilter):
    """Pictures by what is wrong with them."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        reasons = Picture.objects.exclude(reason="").order_by("reason").values_list("reason", flat=True)
        return [("any", _("unreadable")), *((reason, reason) for reason in reasons.distinct())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Picture]) -> QuerySet[Picture]:
        chosen = self.value()
        if not chosen:
            return queryset
        return queryset.exclude(reason="") if chosen == "any" else queryset.filter(reason=chosen)


class PictureAdmin(OfProductAdmin):
    """The pictures we know of, and why some could not be read."""

    list_display = ("name", "product_link", "position", "width", "height", "reason", "read_at")
    list_filter = (UnreadableFilter,)
    ordering = ("product", "position")


PAGES: dict[Any, type[admin.ModelAdmin[Any]]] = {
    Desk: DeskAdmin,
    DailySearches: ReportAdmin,
    QueryNote: QueryNoteAdmin,
    Index: IndexAdmin,
    Playground: PlaygroundAdmin,
    Rule: RuleAdmin,
    RuleChange: RuleChangeAdmin,
    Entry: EntryAdmin,
    Mark: MarkAdmin,
    Space: SpaceAdmin,
    Picture: PictureAdmin,
    Attribute: AttributeAdmin,
    Tag: ReviewAdmin,
    Decision: DecisionAdmin,
    Duplicate: DuplicateAdmin,
    Doubt: DoubtAdmin,
    Policy: PolicyAdmin,
    Ruling: RulingAdmin,
    AltText: AltTextAdmin,
    AltTextDecision: AltTextDecisionAdmin,
    SuggestedSynonym: SuggestedSynonymAdmin,
    ApiKey: KeyAdmin,
}


def register(site: admin.AdminSite) -> None:
    """Add the pages to `site`; those that it has already are left as they are."""
    pages = dict(PAGES)
    if apps.is_installed("import_export"):
        from .exchange import ExchangedRuleAdmin

        pages[Rule] = ExchangedRuleAdmin
    for model, page in pages.items():
        if not site.is_registered(model):
            site.register(model, page)
