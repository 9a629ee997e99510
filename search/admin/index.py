"""The index's own tables as pages: entries with their state and a retry, marks, spaces, pictures with what is wrong."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..indexing import wake
from ..models import Entry, Mark, Picture, Space
from .readonly import OfProductAdmin, ReadOnlyAdmin

FRESH, WAITING, FAILING, PARKED = "fresh", "waiting", "failing", "parked"
STATES = {
    FRESH: (_("fresh"), Q(parked=False, done__gte=F("wanted"))),
    WAITING: (_("waiting"), Q(parked=False, done__lt=F("wanted"), attempts=0)),
    FAILING: (_("failing, to be tried again"), Q(parked=False, done__lt=F("wanted"), attempts__gt=0)),
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


class EntryAdmin(OfProductAdmin):
    """One product's place in the index; a parked one can be tried again."""

    list_display = ("product_link", "state", "attempts", "not_before", "indexed_at", "short_error")
    list_display_links = ("state",)
    list_filter = (StateFilter, "bulk")
    ordering = ("product",)
    actions = ("retry",)

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
        taken = queryset.filter(done__lt=F("wanted")).update(parked=False, attempts=0, not_before=None)
        wake.wake()
        message = ngettext("%d product is tried again.", "%d products are tried again.", taken) % taken
        self.message_user(request, message, messages.SUCCESS)


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


PAGES: dict[Any, type[ReadOnlyAdmin]] = {
    Entry: EntryAdmin,
    Mark: MarkAdmin,
    Space: SpaceAdmin,
    Picture: PictureAdmin,
}


def register(site: admin.AdminSite) -> None:
    """Add the pages to `site`; those that it has already are left as they are."""
    for model, page in PAGES.items():
        if not site.is_registered(model):
            site.register(model, page)
