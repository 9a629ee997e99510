"""Synonyms that shoppers' behaviour suggests, with what speaks for them: accepted, dismissed for good, or left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..merchandising import suggested
from ..merchandising.reading import BadRule
from ..models import SuggestedSynonym, SuggestionState
from .readonly import ReadOnlyAdmin


class SuggestedSynonymAdmin(ReadOnlyAdmin):
    """The list, those with most evidence first; what is dismissed is never proposed again."""

    list_display = ("said", "language", "sessions", "why", "preview", "state", "decided_by", "decided_at")
    list_filter = ("state", "language")
    search_fields = ("words", "means")
    search_help_text = _("Words of either side")
    ordering = ("-sessions", "id")
    actions = ("accept", "dismiss", "propose_again")
    fields = (
        "words",
        "means",
        "two_way",
        "language",
        "sessions",
        "why",
        "state",
        "found_at",
        "decided_by",
        "decided_at",
    )
    readonly_fields = ("why",)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Rows are the worker's; the permission to change them is that to decide."""
        return request.user.has_perm("product_search.change_suggestedsynonym")

    @admin.display(description=_("suggested synonym"), ordering="words")
    def said(self, row: SuggestedSynonym) -> str:
        """Which words find what others find."""
        arrow = "↔" if row.two_way else "→"
        return f"{row.words} {arrow} {row.means}"

    @admin.display(description=_("Preview"))
    def preview(self, row: SuggestedSynonym) -> str:
        """Leads to what it would change."""
        address = reverse(f"{self.admin_site.name}:product_search_suggestedsynonym_preview", args=[row.pk])
        label = _("Preview: %(name)s") % {"name": row.words}
        return format_html('<a href="{}" aria-label="{}">{}</a>', address, label, _("Preview"))

    @admin.display(description=_("what speaks for it"))
    def why(self, row: SuggestedSynonym) -> str:
        """The pairs of queries that it comes from."""
        evidence: dict[str, Any] = row.evidence
        told = [
            ngettext(
                "“%(one)s”, then “%(other)s”: %(count)d session",
                "“%(one)s”, then “%(other)s”: %(count)d sessions",
                count,
            )
            % {"one": one, "other": other, "count": count}
            for one, other, count in evidence.get("rephrased", ())
        ]
        told += [
            ngettext(
                "“%(one)s” and “%(other)s”: clicks go to %(count)d product of both (likeness %(alike)s)",
                "“%(one)s” and “%(other)s”: clicks go to the same %(count)d products (likeness %(alike)s)",
                count,
            )
            % {"one": one, "other": other, "count": count, "alike": f"{alike:.0%}"}
            for one, other, count, alike in evidence.get("shared", ())
        ]
        if not told:
            return str(_("several queries that few made"))
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((line,) for line in told)))

    @admin.action(description=_("Accept: draft a rule of each"), permissions=["decide"])
    def accept(self, request: HttpRequest, queryset: QuerySet[SuggestedSynonym]) -> None:
        """Rules of them wait to be published."""
        self._decide(request, queryset, SuggestionState.ACCEPTED, suggested.accept)

    @admin.action(description=_("Dismiss for good"), permissions=["decide"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[SuggestedSynonym]) -> None:
        """They are never proposed again."""
        self._decide(request, queryset, SuggestionState.DISMISSED, suggested.dismiss)

    @admin.action(description=_("Take the decision back"), permissions=["decide"])
    def propose_again(self, request: HttpRequest, queryset: QuerySet[SuggestedSynonym]) -> None:
        """They are proposed, and drafts of them are gone."""
        self._decide(request, queryset, SuggestionState.PROPOSED, suggested.take_back)

    def _decide(
        self,
        request: HttpRequest,
        queryset: QuerySet[SuggestedSynonym],
        state: SuggestionState,
        write: Callable[..., object],
    ) -> None:
        count = 0
        for row in queryset:
            try:
                write(row, who=request.user.get_username())
                count += 1
            except BadRule as error:
                messages.error(request, f"{row}: {error}")
        if count:
            said = ngettext("%(count)d is %(state)s now.", "%(count)d are %(state)s now.", count)
            messages.success(request, said % {"count": count, "state": state.label})
        if count and state == SuggestionState.ACCEPTED and request.user.has_perm("product_search.view_rule"):
            rules = reverse(f"{self.admin_site.name}:product_search_rule_changelist")
            told = _("Rules of them are drafted: preview and publish them.")
            messages.info(request, format_html('<a href="{}">{}</a>', rules, told))
