"""What a rule would do, before it is published, and what became of rules: preview, history, differences, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ..errors import InvalidRequest, ProductSearchError
from ..merchandising import changing
from ..merchandising.content import Content, Synonym
from ..merchandising.history import lines
from ..merchandising.judged import judged_shifts
from ..merchandising.preview import HITS, Asking, RuleTrial, Sample, samples
from ..merchandising.reading import BadRule
from ..merchandising.touched import DAYS, touched
from ..models import Rule, RuleChange, SuggestedSynonym
from ..retrieval import SearchRequest
from ..retrieval.telling import deeds
from .readonly import ReadOnlyAdmin
from .tried import Card, Pictured, cards_of

#: Queries that are named among those that a rule touches.
NAMED = 10


@dataclass(frozen=True)
class Shown:
    """One search of a preview as the page shows it: the hits now, and after, each with its shift."""

    sample: Sample
    before: tuple[Card, ...]
    after: tuple[Card, ...]
    #: What the rules do to the search itself, now and after.
    told_before: tuple[str, ...]
    told_after: tuple[str, ...]


class RuleChangeAdmin(ReadOnlyAdmin):
    """The history of rules, which can only be added to; who may change rules publishes and undoes."""

    list_display = ("at", "rule_name", "event", "who", "what")
    list_display_links = ("what",)
    list_filter = ("event", "who")
    search_fields = ("name",)
    search_help_text = gettext_lazy("The name of the rule")
    ordering = ("-pk",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("product_search.view_rule") or self.has_publish_permission(request)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whoever may change rules."""
        return request.user.has_perm("product_search.change_rule")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:number>/preview/",
                view(require_GET(self.preview_view)),
                name="product_search_rule_preview",
            ),
            path(
                "<int:number>/publish/",
                view(require_POST(self.publish_view)),
                name="product_search_rule_publish",
            ),
            path(
                "suggested/<int:number>/preview/",
                view(require_GET(self.suggested_view)),
                name="product_search_suggestedsynonym_preview",
            ),
            path("<int:number>/undo/", view(require_POST(self.undo_view)), name="product_search_rule_undo"),
            *super().get_urls(),
        ]

    @staticmethod
    def history_of(rule: Rule, site: str = "admin") -> str:
        """The address of what became of one rule."""
        return f"{reverse(f'{site}:product_search_rulechange_changelist')}?rule={rule.pk}"

    @staticmethod
    def preview_of(rule: Rule, site: str = "admin") -> str:
        """The address of what one rule would do."""
        return reverse(f"{site}:product_search_rule_preview", args=[rule.pk])

    @admin.display(description=gettext_lazy("rule"))
    def rule_name(self, change: RuleChange) -> str:
        """Its name, which leads to its history."""
        return format_html('<a href="?rule={}">{}</a>', change.rule, change.name)

    @admin.display(description=gettext_lazy("what changed"))
    def what(self, change: RuleChange) -> str:
        """The first lines that are other than before."""
        changed = [each for each in lines(change) if each.kind != "same"]
        text = "; ".join(f"{'-' if each.kind == 'gone' else '+'} {each.text}" for each in changed[:3])
        return (text or str(change.get_event_display()))[:160]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One change, with its differences, and undo where nothing came after it."""
        change: RuleChange | None = self.get_object(request, object_id)
        if change is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, change):
            raise PermissionDenied
        last = changing.history(change.rule).first()
        rule = Rule.objects.using(changing.database()).filter(pk=change.rule).first()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{change.name}: {change.get_event_display()}",
            "change": change,
            "lines": lines(change),
            "is_last": last is not None and last.pk == change.pk,
            "may_publish": self.has_publish_permission(request),
            "undo_url": reverse(f"{self.admin_site.name}:product_search_rule_undo", args=[change.pk]),
            "history_url": f"{self._list()}?rule={change.rule}",
            "preview_url": "" if rule is None else self.preview_of(rule, self.admin_site.name),
            "list_url": self._list(),
        }
        return TemplateResponse(request, "product_search/admin/rule_change.html", context)

    def preview_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Searches as they are and as they would be, judged queries, and how many shoppers would notice."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rule = self._rule(number)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Preview: %(name)s") % {"name": rule.name},
            "rule": rule,
            "seen": changing.last_change([rule]).get(rule.pk, ""),
            "may_publish": self.has_publish_permission(request),
            "publish_url": reverse(f"{self.admin_site.name}:product_search_rule_publish", args=[rule.pk]),
            "history_url": self.history_of(rule, self.admin_site.name),
            "rule_url": self._page_of(rule),
            "list_url": self._list(),
            "q": request.GET.get("q", ""),
            "days": DAYS,
        }
        if rule.draft is None and rule.live is None:
            context["problem"] = _("It says nothing yet: there is no draft, and nothing was published.")
        else:
            context |= self._tried(request, lambda: RuleTrial.of(rule))
        return TemplateResponse(request, "product_search/admin/rule_preview.html", context)

    def suggested_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """The same of a synonym that is only suggested; nothing is written."""
        if not request.user.has_perm("product_search.view_suggestedsynonym"):
            raise PermissionDenied
        using = changing.database()
        row = SuggestedSynonym.objects.using(using).filter(pk=number).first()
        if row is None:
            raise Http404(number)
        name = f"{row.words} {'=' if row.two_way else '>'} {row.means}"
        content = Content(actions=(Synonym((row.words,), (row.means,), row.two_way),), language=row.language)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Preview: %(name)s") % {"name": name},
            "back_url": reverse(f"{self.admin_site.name}:product_search_suggestedsynonym_changelist"),
            "q": request.GET.get("q", ""),
            "days": DAYS,
            **self._tried(request, lambda: RuleTrial.of_content(name, content)),
        }
        return TemplateResponse(request, "product_search/admin/rule_preview.html", context)

    def publish_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """What is drafted is live, unless somebody changed it since it was `seen`."""
        if not self.has_publish_permission(request):
            raise PermissionDenied
        rule, seen = self._rule(number), request.POST.get("seen", "")
        try:
            changing.publish(
                rule, who=request.user.get_username(), seen=int(seen) if seen.isdecimal() else None
            )
        except ProductSearchError as error:
            messages.warning(request, str(error))
            return HttpResponseRedirect(self.preview_of(rule, self.admin_site.name))
        messages.success(request, _("“%(name)s” is live.") % {"name": rule.name})
        return HttpResponseRedirect(self._change_page(changing.history(rule.pk)[0]))

    def undo_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """The rule is as it was before the change."""
        if not self.has_publish_permission(request):
            raise PermissionDenied
        change = RuleChange.objects.using(changing.database()).filter(pk=number).first()
        if change is None:
            raise Http404(number)
        try:
            rule = changing.undo(change, who=request.user.get_username())
        except ProductSearchError as error:
            messages.warning(request, str(error))
            return HttpResponseRedirect(self._change_page(change))
        messages.success(request, _("“%(name)s” is as it was before.") % {"name": rule.name})
        return HttpResponseRedirect(self._change_page(changing.history(rule.pk)[0]))

    def _tried(self, request: HttpRequest, made: Callable[[], RuleTrial]) -> dict[str, Any]:
        """What the page shows of a trial, or why there is none."""
        try:
            trial = made()
            more = self._more(request, trial)
        except (BadRule, InvalidRequest) as error:
            return {"problem": str(error)}
        found = touched(trial, using=changing.database())
        shown = [self._shown(each) for each in samples(trial, found.asked, more)]
        return {
            "trial": trial,
            "shown": shown,
            "touched": found,
            "share": f"{found.share:.1%}",
            "named": found.asked[:NAMED],
            "judged": judged_shifts(trial),
            "faults": sorted(trial.tried.faults.items()),
        }

    def _more(self, request: HttpRequest, trial: RuleTrial) -> list[Asking]:
        """The search that the page itself asks for. Raises `InvalidRequest` for what can't be asked."""
        words = request.GET.get("q", "")
        if not words.strip():
            return []
        scope = trial.scope
        return [Asking(SearchRequest(q=words, per_page=HITS, facets=()), scope)]

    def _shown(self, sample: Sample) -> Shown:
        site = self.admin_site.name
        before, after = sample.before.answer, sample.after.answer
        pictures = Pictured.products([hit.key for hit in (*before.hits, *after.hits)])
        return Shown(
            sample,
            cards_of(before.hits, pictures, site, {}),
            cards_of(after.hits, pictures, site, sample.shifts.of),
            deeds(before.steered),
            deeds(after.steered),
        )

    def _rule(self, number: int) -> Rule:
        rule = Rule.objects.using(changing.database()).filter(pk=number).first()
        if rule is None:
            raise Http404(number)
        return rule

    def _page_of(self, rule: Rule) -> str:
        """Where it is edited."""
        try:
            return reverse(f"{self.admin_site.name}:product_search_rule_change", args=[rule.pk])
        except NoReverseMatch:
            return ""

    def _change_page(self, change: RuleChange) -> str:
        return reverse(f"{self.admin_site.name}:product_search_rulechange_change", args=[change.pk])

    def _list(self) -> str:
        return reverse(f"{self.admin_site.name}:product_search_rulechange_changelist")
