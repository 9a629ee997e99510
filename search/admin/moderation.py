"""Moderation in the admin: policies, the queue of what they hold or flag, a page to decide on each, a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ..documents import SearchScope, document
from ..documents.reading import read_pictures
from ..errors import ProductSearchError
from ..indexing import wake
from ..indexing.work import database
from ..models import BY_HAND, Policy, Ruling, RulingChange
from ..moderation import appeal, decide, report, undo
from ..moderation.report import UnknownFacet
from ..moderation.run import MODERATE_TASK
from ..moderation.starters import Starter, starters
from .one_by_one import addresses_of, product_address
from .readonly import OfProductAdmin
from .vocabulary import _Lists

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _Filter = admin.SimpleListFilter
else:  # Django's own class takes no type arguments
    _ModelAdmin, _Filter = admin.ModelAdmin, admin.SimpleListFilter


def _starters() -> tuple[Starter, ...]:
    return starters(document().languages)


class PolicyAdmin(_Lists, _ModelAdmin):
    """What the shop will not show; a change has every product judged again by the workers."""

    rows = 4
    list_display = ("__str__", "action", "block_uploads", "unjudged", "enabled")
    list_filter = ("enabled", "action")
    fieldsets = (
        (None, {"fields": ("name", "label", "enabled", "action", "unjudged", "block_uploads", "position")}),
        (_("what is meant"), {"fields": ("concepts", "counter_examples", "judged_by", "threshold")}),
        (
            _("what is looked for"),
            {"fields": ("words", "words_in_names", "contacts", "lettering", "unfamiliar")},
        ),
    )
    change_list_template = "product_search/admin/policies.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The policies, and those to begin with that the shop does not have yet."""
        known = set(Policy.objects.using(database()).values_list("name", flat=True))
        left = [each for each in _starters() if each.name not in known]
        context = {"ps_starters": left if self.has_add_permission(request) else []}
        return super().changelist_view(request, context | (extra_context or {}))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """`?starter=NAME` fills the form in with one of those to begin with."""
        asked = request.GET.get("starter")
        for each in _starters():
            if each.name == asked:
                return {"name": each.name, "label": str(each.label), **each.values}
        return super().get_changeform_initial_data(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Rulings name their policy, so its name stays."""
        return ("name",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        wake.wake(MODERATE_TASK)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        wake.wake(MODERATE_TASK)


class Waiting(_Filter):
    """What waits for somebody, what somebody decided, and appeals without an answer."""

    title = _("decision")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waits", _("waits for somebody")),
            ("appeal", _("an appeal waits for an answer")),
            ("decided", _("decided by somebody")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rulings of the choice."""
        if self.value() == "decided":
            return queryset.exclude(decided_by="")
        waits = queryset.filter(decided_by="").exclude(state="clear")
        if self.value() == "appeal":
            return waits.filter(appealed_at__isnull=False)
        return waits if self.value() == "waits" else queryset


class UnderPolicy(_Filter):
    """The policies that have rulings; what a person holds back without any is held by hand."""

    title = _("policy")
    parameter_name = "policy"
    #: No policy can be called so.
    BY_HAND = "by-hand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = (
            Ruling.objects.using(database()).order_by("policy").values_list("policy", flat=True).distinct()
        )
        return [(name or self.BY_HAND, name or _("by hand")) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rulings of the choice."""
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(policy=BY_HAND if value == self.BY_HAND else value)


class RulingAdmin(OfProductAdmin):
    """The queue of moderation: each product under each policy, with a page on which it is decided."""

    list_display = (
        "thumbnail",
        "product_link",
        "policy_name",
        "state",
        "likely",
        "because",
        "judged_at",
        "decided_by",
    )
    list_display_links = ("policy_name",)
    list_filter = (Waiting, "state", UnderPolicy, "because")
    list_per_page = 50
    ordering = ("-judged_at", "-pk")
    actions = ("hold_selected", "release_selected")
    change_list_template = "product_search/admin/rulings.html"

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whoever may change rulings."""
        return request.user.has_perm("product_search.change_ruling")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("report/", view(self.report_view), name="product_search_ruling_report"),
            path("hold/", view(require_POST(self.hold_view)), name="product_search_ruling_hold"),
            path(
                "<int:number>/decide/",
                view(require_POST(self.decide_view)),
                name="product_search_ruling_decide",
            ),
            *super().get_urls(),
        ]

    @admin.display(description=_("picture"))
    def thumbnail(self, ruling: Ruling) -> str:
        """The picture that weighed most, or the first one."""
        pictures = self._pictures(ruling)
        if not pictures:
            return "—"
        return format_html(
            '<img class="ps-thumbnail" src="{}" alt="" width="48" height="48" loading="lazy">', pictures[0]
        )

    @admin.display(description=_("policy"), ordering="policy")
    def policy_name(self, ruling: Ruling) -> str:
        """Its name; what a person holds back without any is held by hand."""
        return ruling.policy or str(_("by hand"))

    @admin.display(description=_("likely"), ordering="probability")
    def likely(self, ruling: Ruling) -> str:
        """The probability in percent."""
        return "" if ruling.probability is None else f"{ruling.probability:.0%}"

    @admin.action(description=_("Hold back what is selected"), permissions=["decide"])
    def hold_selected(self, request: HttpRequest, queryset: QuerySet[Ruling]) -> None:
        """Confirm that these are held back."""
        count = self._decide_all(request, queryset, "held")
        self.message_user(request, _("%(count)d held back.") % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Release what is selected"), permissions=["decide"])
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Ruling]) -> None:
        """Let these be seen again."""
        count = self._decide_all(request, queryset, "released")
        self.message_user(request, _("%(count)d released.") % {"count": count}, messages.SUCCESS)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {
            "ps_report": self._address("report"),
            "ps_hold": self._address("hold"),
            "ps_may": self.has_decide_permission(request),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One ruling with its pictures, what it rests on, how it came to that, and what can be done."""
        ruling: Ruling | None = self.get_object(request, object_id)
        if ruling is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, ruling):
            raise PermissionDenied
        shop = document()
        product = shop.queryset().filter(pk=ruling.product).first()
        card = {} if product is None else shop.card(product, SearchScope.of(request))
        trail = RulingChange.objects.using(database()).filter(product=ruling.product, policy=ruling.policy)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(card.get("title") or ruling.product),
            "ruling": ruling,
            "policy": self.policy_name(ruling),
            "likely": self.likely(ruling),
            "pictures": self._pictures(ruling),
            "product_url": product_address(self.admin_site.name, ruling.product),
            "trail": trail.order_by("-id")[:50],
            "decide_url": self._address("decide", ruling.pk),
            "list_url": self._address("changelist"),
            "may_decide": self.has_decide_permission(request),
        }
        return TemplateResponse(request, "product_search/admin/ruling.html", context)

    def decide_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Hold back, release, take that back, or note an appeal."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        ruling = Ruling.objects.using(database()).filter(pk=number).first()
        if ruling is None:
            raise Http404(number)
        why, who = request.POST.get("why", "").strip()[:2000], request.user.get_username()
        asked = request.POST.get("decision", "")
        on = {"who": who, "policy": ruling.policy, "using": database()}
        try:
            if asked == "held":
                decide(ruling.product, "held", why=why, **on)
                said = _("Held back.")
            elif asked == "released":
                decide(ruling.product, "released", why=why, **on)
                said = _("Released.")
            elif asked == "undo":
                undo(ruling.product, **on)
                said = _("Undone.")
            elif asked == "appeal" and why:
                appeal(ruling.product, why, **on)
                said = _("Noted.")
            else:
                raise PermissionDenied
        except ProductSearchError:
            said = _("Nothing is undone: nobody has decided about it.")
            self.message_user(request, said, messages.WARNING)
        else:
            self.log_change(request, ruling, str(said))
            self.message_user(request, said, messages.SUCCESS)
        there = Ruling.objects.using(database()).filter(pk=number).exists()
        return HttpResponseRedirect(self._address("change", number) if there else self._address("changelist"))

    def hold_view(self, request: HttpRequest) -> HttpResponse:
        """Hold a product back by hand, whatever the policies say."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        given, why = request.POST.get("product", ""), request.POST.get("why", "").strip()[:2000]
        try:
            key = self.model._meta.get_field("product").to_python(given)
            found = document().queryset().using(database()).filter(pk=key).exists()
        except (ValidationError, ValueError, OverflowError):
            found = False
        if not found:
            self.message_user(
                request, _("There is no product %(key)s.") % {"key": given[:80]}, messages.WARNING
            )
            return HttpResponseRedirect(self._address("changelist"))
        ruling = decide(
            key, "held", who=request.user.get_username(), why=why, policy=BY_HAND, using=database()
        )
        self.log_change(request, ruling, str(_("Held back.")))
        self.message_user(request, _("Held back."), messages.SUCCESS)
        return HttpResponseRedirect(self._address("change", ruling.pk))

    def report_view(self, request: HttpRequest) -> HttpResponse:
        """What each policy holds, how often people agreed, and upon whom it falls."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        by = request.GET.get("by", "")
        problem = ""
        try:
            found = report(by=by, using=database())
        except UnknownFacet as error:
            problem, by = str(error), ""
            found = report(using=database())
        facets = [name for name, facet in document().facets.items() if facet.kind != "range"]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Report of moderation"),
            "policies": found,
            "problem": problem,
            "by": by,
            "facets": facets,
            "list_url": self._address("changelist"),
        }
        return TemplateResponse(request, "product_search/admin/moderation_report.html", context)

    def _decide_all(self, request: HttpRequest, queryset: QuerySet[Ruling], decision: Any) -> int:
        rows = list(queryset)
        for ruling in rows:
            decide(
                ruling.product,
                decision,
                who=request.user.get_username(),
                policy=ruling.policy,
                using=database(),
            )
            self.log_change(request, ruling, str(decision))
        return len(rows)

    def _pictures(self, ruling: Ruling) -> list[str]:
        """Addresses of the product's pictures, the one that weighed most first."""
        pictures = read_pictures(document(), [ruling.product]).get(ruling.product, ())
        return list(addresses_of(sorted(pictures, key=lambda each: each.picture != ruling.picture)))

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:product_search_ruling_{name}", args=args)
