"""Rules in the admin: the list in its order of precedence, the form of a draft, what is wrong, and where pages are
arranged.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ..errors import ProductSearchError
from ..merchandising import changing
from ..merchandising.beginning import begun
from ..merchandising.content import Content
from ..merchandising.findings import findings
from ..merchandising.reading import BadRule, read
from ..merchandising.saying import actions_said, searches_said
from ..models import Rule, RuleState
from .arranging import arrange_view, pages_of
from .readonly import ReadOnlyAdmin
from .rule_form import FIELDS, Draft


class RuleAdmin(ReadOnlyAdmin):
    """Whoever may change rules drafts, orders and publishes them; whoever may view them reads."""

    list_display = ("order", "named", "status", "searches", "does")
    list_display_links = ("named",)
    list_filter = ("state",)
    search_fields = ("name", "live__icontains", "draft__icontains")
    search_help_text = gettext_lazy("Words of a name, a query or an address")
    ordering = ("position", "pk")
    sortable_by = ()
    change_list_template = "product_search/admin/rules.html"
    list_per_page = 100

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("product_search.add_rule")

    def may_change(self, request: HttpRequest) -> bool:
        """Whether this user writes rules."""
        return request.user.has_perm("product_search.change_rule")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("move/", view(require_POST(self.move_view)), name="product_search_rule_move"),
            path("check/", view(require_GET(self.check_view)), name="product_search_rule_check"),
            path("arrange/", view(self.arrange_page), name="product_search_rule_arrange"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        return Rule.objects.using(changing.database())

    @admin.display(description=gettext_lazy("order"))
    def order(self, rule: Rule) -> str:
        """Its place, with buttons that change it."""
        to = reverse(f"{self.admin_site.name}:product_search_rule_move")
        buttons = (
            (rule.pk, by, to, f"{label}: {rule.name}", sign)
            for by, label, sign in ((-1, _("Earlier"), "↑"), (1, _("Later"), "↓"))
        )
        made = format_html_join(
            " ",
            '<button type="submit" name="move" value="{}:{}" formaction="{}" aria-label="{}">{}</button>',
            buttons,
        )
        return format_html('<span class="ps-order" id="rule-{}">{} {}</span>', rule.pk, rule.position, made)

    @admin.display(description=gettext_lazy("name"))
    def named(self, rule: Rule) -> str:
        """Its name."""
        return rule.name

    @admin.display(description=gettext_lazy("state"))
    def status(self, rule: Rule) -> str:
        """Whether it acts, waits, or is broken."""
        tags: list[tuple[Any, str]] = [
            (RuleState(rule.state).label, "ps-good" if rule.state == RuleState.LIVE else "")
        ]
        if rule.draft is not None and rule.live is not None:
            tags.append((_("changes not published"), ""))
        if rule.fault:
            tags.append((_("broken: %(why)s") % {"why": rule.fault}, "ps-bad"))
        return format_html_join(" ", '<span class="ps-tag {1}">{0}</span>', tags)

    @admin.display(description=gettext_lazy("for which searches"))
    def searches(self, rule: Rule) -> str:
        """Its conditions in words."""
        content = content_of(rule)
        return "" if content is None else searches_said(content)

    @admin.display(description=gettext_lazy("what it does"))
    def does(self, rule: Rule) -> str:
        """Its actions in words."""
        content = content_of(rule)
        if content is None:
            return _("It can't be read any more.") if rule.draft or rule.live else ""
        return format_html_join("", "<div>{}</div>", ((each,) for each in actions_said(content)))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, in its order of precedence."""
        context = {
            "title": _("Rules"),
            "ps_may_change": self.may_change(request),
            "ps_pages": pages_of(request),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def move_view(self, request: HttpRequest) -> HttpResponse:
        """One rule a place earlier or later."""
        self._require(self.may_change(request))
        key, _colon, by = request.POST.get("move", "").partition(":")
        rule = self._rule(key)
        step = 1 if by == "1" else -1
        changing.move(rule, step, who=request.user.get_username())
        messages.success(request, _("“%(name)s” comes %(where)s now.") % {
            "name": rule.name, "where": _("later") if step > 0 else _("earlier"),
        })  # fmt: skip
        return HttpResponseRedirect(f"{self._list()}#rule-{rule.pk}")

    def check_view(self, request: HttpRequest) -> HttpResponse:
        """What is wrong with published rules."""
        self._require(self.has_view_permission(request))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Check of the rules"),
            "findings": [
                (each, self._of(each.rule) if each.rule else "") for each in findings(changing.database())
            ],
        }
        return TemplateResponse(request, "product_search/admin/rule_check.html", context)

    def arrange_page(self, request: HttpRequest) -> HttpResponse:
        """Order the products of a category's page."""
        self._require(self.may_change(request))
        return arrange_view(request, self.admin_site, self.opts)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form of a draft, with what can be done with the rule."""
        rule = None if object_id is None else self._rule(str(object_id))
        may_change = self.may_change(request) if rule else self.has_add_permission(request)
        self._require(may_change or (rule is not None and self.has_view_permission(request)))
        seen = "" if rule is None else str(changing.last_change([rule]).get(rule.pk, ""))
        if request.method == "POST":
            self._require(may_change)
            done = self._done(request, rule)
            if isinstance(done, HttpResponse):
                return done
            draft, seen = done, request.POST.get("seen", "")
        else:
            name, content = begun(request.GET) if rule is None else (rule.name, content_of(rule))
            draft = Draft.of(name, content, self.admin_site.name)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("New rule") if rule is None else rule.name,
            "rule": rule,
            "draft": draft,
            "seen": seen,
            "may_change": may_change,
            "status": "" if rule is None else self.status(rule),
            "history": ""
            if rule is None
            else f"{self._reversed('product_search_rulechange_changelist')}?rule={rule.pk}",
            "fields": FIELDS,
        }
        return TemplateResponse(request, "product_search/admin/rule_form.html", context)

    def _done(self, request: HttpRequest, rule: Rule | None) -> HttpResponse | Draft:
        """What the pressed button asks for; the form again where that shows something."""
        who, sent = request.user.get_username(), request.POST
        try:
            if rule is not None and (told := self._plainly(request, rule, who)):
                messages.success(request, told)
                return HttpResponseRedirect(self._list() if "delete" in sent else self._of(rule.pk))
            draft = Draft.sent(sent, self.admin_site.name)
            if not {"save", "publish", "preview"} & set(sent):
                return draft
            content = draft.content()
            if content is None:
                return draft
            seen = int(sent["seen"]) if sent.get("seen", "").isdigit() else None
            try:
                rule = changing.save_draft(
                    draft.form.cleaned_data["name"], content, who=who, rule=rule, seen=seen
                )
            except ProductSearchError as error:
                draft.form.add_error("name" if getattr(error, "part", "") == "name" else None, str(error))
                return draft
            if "preview" in sent:
                return HttpResponseRedirect(self._reversed("product_search_rule_preview", rule.pk))
            if "publish" in sent and rule.draft is not None:
                changing.publish(rule, who=who)
                messages.success(request, _("“%(name)s” is live.") % {"name": rule.name})
            else:
                messages.success(request, _("The draft of “%(name)s” is saved.") % {"name": rule.name})
            return HttpResponseRedirect(self._of(rule.pk))
        except ProductSearchError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(self._list() if rule is None else self._of(rule.pk))

    def _plainly(self, request: HttpRequest, rule: Rule, who: str) -> str:
        """What is done without reading the form; what is said of it."""
        sent, name = request.POST, {"name": rule.name}
        if "discard" in sent:
            changing.discard(rule, who=who)
            return _("The draft of “%(name)s” is discarded; its history has it.") % name
        if "off" in sent or "on" in sent:
            changing.switch(rule, on="on" in sent, who=who)
            return (_("“%(name)s” is on.") if "on" in sent else _("“%(name)s” is off.")) % name
        if "delete" in sent:
            self._require(request.user.has_perm("product_search.delete_rule"))
            changing.delete(rule, who=who)
            return _("“%(name)s” is deleted; its history brings it back.") % name
        return ""

    def _rule(self, key: str) -> Rule:
        rule = Rule.objects.using(changing.database()).filter(pk=int(key)).first() if key.isdigit() else None
        if rule is None:
            raise Http404(key)
        return rule

    def _list(self) -> str:
        return reverse(f"{self.admin_site.name}:product_search_rule_changelist")

    def _of(self, key: int) -> str:
        return reverse(f"{self.admin_site.name}:product_search_rule_change", args=[key])

    def _reversed(self, name: str, *args: Any) -> str:
        try:
            return reverse(f"{self.admin_site.name}:{name}", args=args)
        except NoReverseMatch:
            return ""

    def _require(self, may: bool) -> None:
        if not may:
            raise PermissionDenied


def content_of(rule: Rule) -> Content | None:
    """Its draft, or else what is live; None for what can't be read."""
    kept = rule.live if rule.draft is None else rule.draft
    try:
        return None if kept is None else read(kept)
    except BadRule:
        return None
