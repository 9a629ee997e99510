"""The playground in the admin: any search as any shopper makes it, why each hit is there, what weights would move, and
judgements with one key.

The page is a form whose answer is fetched and swapped as something changes; without its script, buttons do the same.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from .. import images
from ..documents import document
from ..evaluation import desk
from ..models import HIGHEST_GRADE, Judgement
from ..retrieval import EncoderUnavailable
from . import query_pictures
from .products import PICTURE_VAR
from .readonly import ReadOnlyAdmin
from .trial import WEIGHTS, Trial, TrialForm
from .tried import judging, missing, tried

#: Where a session keeps what its user judged, and how many of them can be taken back.
JUDGED = "product_search_judged"
TAKEN_BACK = 50
#: Parameters that are of one page of hits, or of one product.
PASSING = ("page", "why")


class PlaygroundAdmin(ReadOnlyAdmin):
    """Who may view the playground searches in it; to judge, and to search as a user, are permissions of their own."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("product_search.view_playground")

    def has_judge_permission(self, request: HttpRequest) -> bool:
        """Whether this user saves judgements."""
        return request.user.has_perm("product_search.judge_playground")

    def has_impersonate_permission(self, request: HttpRequest) -> bool:
        """Whether this user sees what another user would."""
        return request.user.has_perm("product_search.impersonate_playground")

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, "product_search_playground"
        return [
            path("", view(require_GET(self.changelist_view)), name=f"{name}_changelist"),
            path("results/", view(require_GET(self.results_view)), name=f"{name}_results"),
            path("picture/", view(require_POST(self.picture_view)), name=f"{name}_picture"),
            path("picture/<str:token>/", view(require_GET(self.kept_view)), name=f"{name}_kept"),
            path("judge/", view(require_POST(self.judge_view)), name=f"{name}_judge"),
            path("undo/", view(require_POST(self.undo_view)), name=f"{name}_undo"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The page, with what its address asks for."""
        context = self._context(request) | {"title": _("Playground")}
        return TemplateResponse(
            request, "product_search/admin/playground.html", context | (extra_context or {})
        )

    def results_view(self, request: HttpRequest) -> HttpResponse:
        """The part of the page that changes with the form, for its script to fetch."""
        response = TemplateResponse(
            request, "product_search/admin/playground_results.html", self._context(request)
        )
        response["Cache-Control"] = "no-store"
        return response

    def picture_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the picture that was sent, and lead to the page that is asked with it."""
        self._require(self.has_view_permission(request))
        asked = _without(request.GET, *PASSING)
        upload = request.FILES.get(PICTURE_VAR)
        if upload is None:
            messages.warning(request, _("Choose a picture first."))
        else:
            try:
                asked[PICTURE_VAR] = query_pictures.keep(upload)
            except images.UnreadableImage as error:
                messages.error(request, query_pictures.upload_problem(error))
        return self._back(asked.urlencode())

    def kept_view(self, request: HttpRequest, token: str) -> HttpResponse:
        """The picture that is searched with, for the page to show."""
        self._require(self.has_view_permission(request))
        data = query_pictures.kept_bytes(token)
        if data is None:
            raise Http404(token)
        return HttpResponse(
            data,
            content_type="image/webp",
            headers={"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"},
        )

    def judge_view(self, request: HttpRequest) -> HttpResponse:
        """Give one product a `grade` for the query of the page; the address has the query."""
        self._require(self.has_view_permission(request) and self.has_judge_permission(request))
        trial = self._trial(request)
        field: Any = Judgement._meta.get_field("product")
        sent = request.POST.get("product", "")
        try:
            product, grade = field.to_python(sent), int(request.POST.get("grade", ""))
            known = document().queryset().filter(pk=product).exists()
        except (ValueError, OverflowError, ValidationError):
            known = False
        if trial is None or trial.request.browsing or not known or not 0 <= grade <= HIGHEST_GRADE:
            return self._told(request, _("There is nothing to judge: search first."), status=400)
        if trial.picture is not None:
            desk.keep_picture(trial.picture)
        query = judging(trial)
        before = desk.judge(query, product, grade)
        done = {
            "text": query.text, "language": query.language, "picture": query.picture, "product": str(product),
            "before": before, "after": grade,
        }  # fmt: skip
        request.session[JUDGED] = [*request.session.get(JUDGED, []), done][-TAKEN_BACK:]
        return self._told(
            request, _("Judged: %(grade)d") % {"grade": grade}, product=str(product), grade=grade
        )

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take back what this user judged last."""
        self._require(self.has_view_permission(request) and self.has_judge_permission(request))
        done = request.session.get(JUDGED, [])
        if not done:
            return self._told(request, _("There is nothing to take back."), status=404)
        last, request.session[JUDGED] = done[-1], done[:-1]
        field: Any = Judgement._meta.get_field("product")
        query = desk.Judging(last["text"], last["language"], last["picture"])
        try:
            desk.judge(query, field.to_python(last["product"]), last["before"], before=last["after"])
        except desk.JudgedSince:
            return self._told(request, _("Somebody judged it anew meanwhile, so that stays."), status=409)
        return self._told(request, _("Taken back."), product=last["product"], grade=last["before"])

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        self._require(self.has_view_permission(request))
        form = self._form(request)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
            "asked": request.GET.urlencode(),
            "may_judge": self.has_judge_permission(request),
            "may_impersonate": self.has_impersonate_permission(request),
            "may_undo": bool(request.session.get(JUDGED)),
            "grades": _grades(),
            "urls": {name: self._url(name) for name in ("changelist", "results", "picture", "judge", "undo")},
        }
        if not form.is_valid():
            return context
        trial = form.trial()
        if trial.picture is not None:
            context["picture_url"] = self._url("kept", request.GET["picture"])
        context |= {
            "trial": trial,
            "reset": f"?{_without(request.GET, *WEIGHTS, *PASSING).urlencode()}",
            "without_picture": f"?{_without(request.GET, 'picture', *PASSING).urlencode()}",
            "here": f"?{_without(request.GET, 'page').urlencode()}",
            "why": f"?{_without(request.GET, 'why').urlencode()}",
        }
        words, key = form.cleaned_data["missing"], form.cleaned_data["why"]
        try:
            context["tried"] = tried(trial, self.admin_site.name)
            if words or key:
                context["missing"] = missing(trial, words, key, self.admin_site.name)
        except EncoderUnavailable as error:
            form.add_error("picture", _("Pictures can't be compared just now (%s).") % error)
        return context

    def _form(self, request: HttpRequest) -> TrialForm:
        form = TrialForm(request.GET.dict())
        if request.GET.get("user"):
            self._require(self.has_impersonate_permission(request))
        return form

    def _trial(self, request: HttpRequest) -> Trial | None:
        """What the page's address asks, or None where it can't be asked."""
        form = self._form(request)
        return form.trial() if form.is_valid() else None

    def _told(self, request: HttpRequest, said: str, *, status: int = 200, **more: Any) -> HttpResponse:
        """JSON to the page's script, else a message on the page that the form was on."""
        if request.headers.get("Accept", "").startswith("application/json"):
            undoable = bool(request.session.get(JUDGED))
            return JsonResponse({"said": said, "undoable": undoable, **more}, status=status)
        (messages.success if status == 200 else messages.warning)(request, said)
        return self._back(request.GET.urlencode())

    def _back(self, asked: str) -> HttpResponse:
        address = self._url("changelist")
        return HttpResponseRedirect(f"{address}?{asked}" if asked else address)

    def _require(self, allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied

    def _url(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:product_search_playground_{name}", args=args)


def _grades() -> list[tuple[int, str]]:
    """Each grade, the best first, and what it means."""
    meanings = (_("not relevant"), _("only of that type"), _("nearly"), _("just what was asked for"))
    return list(enumerate(meanings))[::-1]


def _without(asked: QueryDict, *names: str) -> QueryDict:
    left = asked.copy()
    for name in names:
        left.pop(name, None)
    return left
