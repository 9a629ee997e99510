"""The review in the admin: what waits for a decision by groups, a group's products as cards, and the decisions' posts.

Every decision is a form of its own, so the page works without its script; with it they are sent from the keyboard and
answered as JSON.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ..documents import document
from ..errors import ProductSearchError
from ..indexing import wake
from ..indexing.work import database
from ..models import Attribute, AttributeValue, Decision, Tag, Verdict
from ..tagging import deciding, keeping, review
from ..tagging.deciding import AlreadyDecided, Subject
from ..tagging.queue import TAG_TASK
from .products import THUMBNAIL_URL, with_thumbnails
from .readonly import ReadOnlyAdmin

#: Cards of a page.
CARDS = 24
#: What all the suggestions of a group would be accepted from, unless the merchant writes something else.
LEAST = 0.95
#: Values that the shop's own fields did not take, shown by name.
FAILURES = 5
#: Decisions that may be chosen in a form; a decision is taken back by its own address.
VERDICTS = (Verdict.ACCEPTED, Verdict.REJECTED, Verdict.CHANGED)


class ReviewAdmin(ReadOnlyAdmin):
    """Tags that wait for a decision. Who may view tags sees them; who may change tags decides."""

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether this user decides: the model's change permission."""
        return request.user.has_perm("product_search.change_tag")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("product_search.view_tag") or self.has_decide_permission(request)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("", view(require_GET(self.changelist_view)), name="product_search_tag_changelist"),
            path("group/", view(require_GET(self.group_view)), name="product_search_tag_group"),
            path("decide/", view(require_POST(self.decide_view)), name="product_search_tag_decide"),
            path("undo/", view(require_POST(self.undo_view)), name="product_search_tag_undo"),
            path("keep/", view(require_POST(self.keep_view)), name="product_search_tag_keep"),
            path("accept/", view(self.accept_view), name="product_search_tag_accept"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """All groups, the most useful to decide first."""
        context = self._context(request, _("Review of tags"))
        found = review.groups(using=database(), language=get_language() or "")
        context |= {
            "groups": [(each, self._group_url(each.attribute, each.value)) for each in found],
            "least": LEAST,
        }
        return TemplateResponse(request, "product_search/admin/review.html", context | (extra_context or {}))

    def group_view(self, request: HttpRequest) -> HttpResponse:
        """The products of one group; of one that is done, the next."""
        context, using = self._context(request, ""), database()
        name, value = request.GET.get("attribute", ""), request.GET.get("value", "")
        attribute = Attribute.objects.using(using).filter(name=name).first()
        if attribute is None:
            raise Http404(name)
        found = review.waiting(name, value, using=using, limit=CARDS)
        if not found:
            left = review.groups(using=using, language=get_language() or "")
            if left:
                return HttpResponseRedirect(self._group_url(left[0].attribute, left[0].value))
            return HttpResponseRedirect(self._url("changelist"))
        language = get_language() or ""
        labels = {each.value: each.label_in(language) for each in attribute.values.all()}
        products = with_thumbnails([each.product for each in found], using=using)
        context |= {
            "title": f"{attribute.label_in(language)}: {labels.get(value, value)}",
            "cards": [self._card(each, products[each.product]) for each in found if each.product in products],
            "attribute": attribute,
            "choices": [(key, label) for key, label in labels.items() if key != value],
            "here": self._group_url(name, value),
        }
        return TemplateResponse(request, "product_search/admin/review_group.html", context)

    def decide_view(self, request: HttpRequest) -> HttpResponse:
        """One decision: `product`, `attribute`, `value`, `verdict`, and `chosen` where another value is right."""
        self._require(request)
        sent = request.POST
        try:
            verdict = Verdict(sent.get("verdict", ""))
            field: Any = Tag._meta.get_field("product")
            product = field.to_python(sent.get("product", ""))
        except (ValueError, ValidationError) as error:
            raise Http404("no such decision") from error
        if verdict not in VERDICTS or not document().queryset().filter(pk=product).exists():
            raise Http404("no such decision")
        subject = Subject(product, sent.get("attribute", ""), sent.get("value", ""))
        chosen = self._chosen(subject.attribute, sent.get("chosen", "")) if verdict == Verdict.CHANGED else ""
        if verdict == Verdict.CHANGED and chosen in ("", subject.value):
            return self._answer(request, problem=_("Choose the value that is right instead."), status=400)
        try:
            made = deciding.decide(
                subject, verdict, by=request.user.get_username(), using=database(), chosen=chosen
            )
        except ProductSearchError as error:
            return self._answer(
                request, problem=str(error), status=409 if isinstance(error, AlreadyDecided) else 400
            )
        return self._answer(request, decision=made)

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take back a `decision`, or the user's last one."""
        self._require(request)
        using, by = database(), request.user.get_username()
        number = request.POST.get("decision", "")
        if number:
            last = Decision.objects.using(using).filter(pk=number).first() if number.isdigit() else None
        else:
            last = deciding.last_decision(by, using=using)
        if last is None:
            return self._answer(request, problem=_("There is nothing to take back."), status=404)
        try:
            deciding.undo(last, by=by, using=using)
        except AlreadyDecided as error:
            return self._answer(request, problem=str(error), status=409)
        return self._answer(request, decision=last, undone=True)

    def keep_view(self, request: HttpRequest) -> HttpResponse:
        """Have what the shop's fields did not take written again, now."""
        self._require(request)
        count = keeping.try_again(database())
        wake.wake(TAG_TASK)
        said = ngettext("%d value is written again.", "%d values are written again.", count) % count
        messages.success(request, said)
        return HttpResponseRedirect(self._url("changelist"))

    def accept_view(self, request: HttpRequest) -> HttpResponse:
        """Shown: how many would be accepted, and how many of them are expected to be right. Posted: it is done."""
        self._require(request)
        sent = request.POST if request.method == "POST" else request.GET
        name, value, using = sent.get("attribute", ""), sent.get("value", ""), database()
        try:
            least = min(max(float(sent.get("least", LEAST)), 0.0), 1.0)
        except ValueError:
            least = LEAST
        attribute = Attribute.objects.using(using).filter(name=name).first()
        if attribute is None:
            raise Http404(name)
        found, keys = review.bulk(name, value, least, using=using)
        if request.method == "POST":
            taken = deciding.accept_all(keys, by=request.user.get_username(), using=using)
            said = ngettext("%d suggestion was accepted.", "%d suggestions were accepted.", taken) % taken
            messages.success(request, said)
            return HttpResponseRedirect(self._url("changelist"))
        language = get_language() or ""
        row = attribute.values.filter(value=value).first()
        context = self._context(request, _("Accept many at once")) | {
            "attribute": attribute,
            "attribute_label": attribute.label_in(language),
            "value": value,
            "value_label": row.label_in(language) if row else value,
            "bulk": found,
            "precision": f"{found.precision:.1%}",
            "wrong": round(found.tags - found.expected),
        }
        return TemplateResponse(request, "product_search/admin/review_accept.html", context)

    def _require(self, request: HttpRequest) -> None:
        if not self.has_decide_permission(request):
            raise PermissionDenied

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        using = database()
        decided, left = review.progress(using=using)
        by = request.user.get_username()
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "may_decide": self.has_decide_permission(request),
            "decided": decided,
            "waiting": left,
            "all": decided + left,
            "last": deciding.last_decision(by, using=using),
            "failed": keeping.failed(using).count(),
            "failures": keeping.failed(using)[:FAILURES],
            "urls": {name: self._url(name) for name in ("changelist", "decide", "undo", "accept", "keep")},
            "record_url": reverse(f"{self.admin_site.name}:product_search_decision_changelist"),
        }

    def _card(self, waiting: review.Waiting, product: Any) -> dict[str, Any]:
        options = product._meta
        try:
            address = reverse(
                f"{self.admin_site.name}:{options.app_label}_{options.model_name}_change", args=[product.pk]
            )
        except NoReverseMatch:
            address = ""
        return {
            "waiting": waiting,
            "name": str(product),
            "url": address,
            "picture": getattr(product, THUMBNAIL_URL),
        }

    def _chosen(self, attribute: str, written: str) -> str:
        """The value that was written, as it is called or as people call it in the page's language."""
        language, words = get_language() or "", written.strip()
        for row in AttributeValue.objects.using(database()).filter(attribute__name=attribute):
            if words.casefold() in (row.value.casefold(), row.label_in(language).casefold()):
                return row.value
        return words

    def _answer(
        self,
        request: HttpRequest,
        *,
        decision: Decision | None = None,
        problem: str = "",
        undone: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        """JSON to the page's script, else a message on the page that the form names, of ours."""
        if decision is not None:
            words = {"value": decision.chosen or decision.value, "product": decision.product}
            texts = {
                Verdict.ACCEPTED: _("%(value)s accepted"),
                Verdict.REJECTED: _("%(value)s rejected"),
                Verdict.CHANGED: _("changed to %(value)s"),
            }
            problem = (_("taken back") if undone else texts[Verdict(decision.verdict)]) % words
        if request.headers.get("Accept", "").startswith("application/json"):
            answer: dict[str, Any] = {"said": problem}
            if decision is not None:
                answer |= {
                    "decision": decision.pk,
                    "card": str(decision.product),
                    "attribute": decision.attribute,
                    "value": decision.value,
                }
            return JsonResponse(answer, status=status)
        if decision is None:
            messages.warning(request, problem)
        else:
            messages.success(request, f"{decision.product}: {problem}")
        name, value = request.POST.get("attribute", ""), request.POST.get("value", "")
        if undone and decision is not None:
            name, value = decision.attribute, decision.value
        known = Attribute.objects.using(database()).filter(name=name).exists()
        return HttpResponseRedirect(self._group_url(name, value) if known else self._url("changelist"))

    def _url(self, name: str) -> str:
        return reverse(f"{self.admin_site.name}:product_search_tag_{name}")

    def _group_url(self, attribute: str, value: str) -> str:
        return f"{self._url('group')}?{urlencode({'attribute': attribute, 'value': value})}"
