"""Alt texts in the admin: words beside their picture, to accept, to change, to reject and to take back.

Every decision is a form of its own, so the page works without its script; with it they are sent from the keyboard and
answered as JSON, as in the review of tags.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from .. import alt_texts
from ..conf import settings
from ..documents import document
from ..documents.reading import read_pictures
from ..errors import ProductSearchError
from ..indexing.work import database
from ..models import LONGEST, AltText, AltTextState
from .readonly import OfProductAdmin, ReadOnlyAdmin

#: Cards of a page.
CARDS = 24


class AltTextAdmin(ReadOnlyAdmin):
    """Words for pictures. Who may view alt texts sees them; who may change them decides."""

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether this user decides: the model's change permission."""
        return request.user.has_perm("product_search.change_alttext")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("product_search.view_alttext") or self.has_decide_permission(request)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("", view(require_GET(self.changelist_view)), name="product_search_alttext_changelist"),
            path("decide/", view(require_POST(self.decide_view)), name="product_search_alttext_decide"),
            path("undo/", view(require_POST(self.undo_view)), name="product_search_alttext_undo"),
            path("accept/", view(require_POST(self.accept_view)), name="product_search_alttext_accept"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """One page of words in one language and state, each beside its picture."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        using, languages = database(), document().languages
        language = request.GET.get("language", "")
        language = language if language in languages else languages[0]
        state = request.GET.get("state", "")
        state = state if state in AltTextState.values else AltTextState.SUGGESTED
        counts = dict(
            AltText.objects.using(using)
            .filter(language=language)
            .values_list("state")
            .annotate(Count("pk"))
            .order_by()
        )
        rows = AltText.objects.using(using).filter(language=language, state=state)
        page = Paginator(rows.order_by("product", "position", "pk"), CARDS).get_page(request.GET.get("page"))
        decided = sum(count for each, count in counts.items() if each != AltTextState.SUGGESTED)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Alt texts"),
            "opts": self.opts,
            "enabled": settings().alt_texts,
            "may_decide": self.has_decide_permission(request),
            "cards": _cards(list(page.object_list), self.admin_site.name),
            "page": page,
            "language": language,
            "state": state,
            "longest": LONGEST,
            "languages": [
                (_language_name(each), self._page_url(each, state), each == language) for each in languages
            ],
            "states": [
                (each.label, counts.get(each.value, 0), self._page_url(language, each), each == state)
                for each in AltTextState
            ],
            "decided": decided,
            "all": sum(counts.values()),
            "last": alt_texts.last_decided(request.user.get_username()),
            "here": self._page_url(language, state),
            "urls": {name: self._url(name) for name in ("changelist", "decide", "undo", "accept")},
            "record_url": reverse(f"{self.admin_site.name}:product_search_alttextdecision_changelist"),
        }
        return TemplateResponse(
            request, "product_search/admin/alt_texts.html", context | (extra_context or {})
        )

    def decide_view(self, request: HttpRequest) -> HttpResponse:
        """One decision: the row's `id`, the `state` that was seen, `words`, `verdict`, and `chosen` for other words."""
        self._require(request)
        sent, who = request.POST, request.user.get_username()
        number, seen, verdict = sent.get("id", ""), sent.get("state", ""), sent.get("verdict", "")
        words = {"accepted": "words", "caption": "caption", "changed": "chosen"}.get(verdict)
        if not number.isdigit() or (words is None and verdict not in ("rejected", "undone")):
            raise Http404("no such decision")
        try:
            if verdict == "rejected":
                row = alt_texts.reject(int(number), who=who, seen=seen)
            elif verdict == "undone":
                row = alt_texts.undo(int(number), who=who) or AltText.objects.using(database()).get(pk=number)
            else:
                row = alt_texts.edit(int(number), sent.get(words or "", ""), who=who, seen=seen)
        except AltText.DoesNotExist:
            return self._answer(request, problem=_("These words are gone by now."), status=409)
        except ValueError:
            return self._answer(request, problem=_("Write 1 to 300 characters."), status=400)
        except ProductSearchError as error:
            late = isinstance(error, alt_texts.DecidedMeanwhile | alt_texts.OwnWords)
            return self._answer(request, problem=str(error), status=409 if late else 400)
        return self._answer(request, row=row)

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take back the user's last decision."""
        self._require(request)
        who = request.user.get_username()
        last = alt_texts.last_decided(who)
        try:
            row = None if last is None else alt_texts.undo(last.pk, who=who)
        except ProductSearchError as error:
            return self._answer(request, problem=str(error), status=409)
        if row is None:
            return self._answer(request, problem=_("There is nothing to take back."), status=404)
        return self._answer(request, row=row, undone=True)

    def accept_view(self, request: HttpRequest) -> HttpResponse:
        """Take all the words of the page as they were shown: `row` is an id and its words, repeated."""
        self._require(request)
        taken, problems = 0, []
        for each in request.POST.getlist("row"):
            number, _colon, words = each.partition(":")
            try:
                alt_texts.edit(
                    int(number), words, who=request.user.get_username(), seen=AltTextState.SUGGESTED
                )
                taken += 1
            except AltText.DoesNotExist:
                continue
            except (ProductSearchError, ValueError) as error:
                problems.append(str(error))
        messages.success(request, ngettext("%d text was accepted.", "%d texts were accepted.", taken) % taken)
        for problem in problems:
            messages.warning(request, problem)
        return HttpResponseRedirect(self._back(request))

    def _require(self, request: HttpRequest) -> None:
        if not self.has_decide_permission(request):
            raise PermissionDenied

    def _answer(
        self,
        request: HttpRequest,
        *,
        row: AltText | None = None,
        problem: str = "",
        undone: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        """JSON to the page's script, else a message on the page that the form came from."""
        said = problem
        if row is not None:
            said = (
                _("taken back")
                if undone or row.state == AltTextState.SUGGESTED
                else f"{row.get_state_display()}: {row.text}"
            )
        if request.headers.get("Accept", "").startswith("application/json"):
            answer = {"said": said} | ({} if row is None else {"card": str(row.pk), "text": row.text})
            return JsonResponse(answer, status=status)
        (messages.warning if row is None else messages.success)(request, said)
        return HttpResponseRedirect(self._back(request))

    def _back(self, request: HttpRequest) -> str:
        sent = request.POST
        return self._page_url(sent.get("language", ""), sent.get("list", "") or sent.get("state", ""))

    def _url(self, name: str) -> str:
        return reverse(f"{self.admin_site.name}:product_search_alttext_{name}")

    def _page_url(self, language: str, state: str) -> str:
        return f"{self._url('changelist')}?{urlencode({'language': language, 'state': str(state)})}"


class AltTextDecisionAdmin(OfProductAdmin):
    """The record of decisions on alt texts, the latest first."""

    list_display = (
        "at",
        "who",
        "product_link",
        "picture",
        "language",
        "state",
        "text",
        "text_before",
        "undo",
    )
    list_filter = ("state", "language", "who", "undo")
    ordering = ("-id",)


def _cards(rows: list[AltText], site: str) -> list[Mapping[str, Any]]:
    """Each row with its picture, its product's name and address; of products that are still there."""
    shop, keys = document(), list({row.product for row in rows})
    products = shop.queryset().using(database()).in_bulk(keys)
    pictures = {
        (key, each.picture): each for key, those in read_pictures(shop, keys).items() for each in those
    }
    found: list[Mapping[str, Any]] = []
    for row in rows:
        product, content = products.get(row.product), pictures.get((row.product, row.picture))
        if product is None:
            continue
        try:
            picture = "" if content is None else content.storage.url(content.name)
        except (ValueError, NotImplementedError):  # a storage without addresses
            picture = ""
        options = product._meta
        try:
            url = reverse(f"{site}:{options.app_label}_{options.model_name}_change", args=[product.pk])
        except NoReverseMatch:
            url = ""
        found.append({"row": row, "name": str(product), "url": url, "picture": picture})
    return found


def _language_name(code: str) -> str:
    return str(dict(django_settings.LANGUAGES).get(code, code))
