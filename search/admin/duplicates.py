"""Pairs of products that may be one, in the admin: side by side, one after the other, decided by a key or a button."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ..conf import product_model_name
from ..documents import SearchScope, document, visible_products
from ..documents.reading import PictureContent, read_pictures
from ..errors import ProductSearchError
from ..indexing.work import database
from ..models import Duplicate, PairState, Unexamined
from ..tagging.pairs import dismiss, merge, undo
from .readonly import OfProductAdmin

#: Other pictures of a product that are shown beside the one that is the same.
MORE = 6


@dataclass(frozen=True)
class Side:
    """One product of a pair as it is shown: `picture` and `more` are addresses, `visible` is for shoppers."""

    key: Any
    title: str
    price: str
    visible: bool
    address: str
    picture: str
    more: tuple[str, ...]


class DuplicateAdmin(OfProductAdmin):
    """All pairs as a list, and each on a page of its own, where it is decided."""

    list_display = ("__str__", "kind", "state", "found_at", "decided_by", "decided_at")
    list_filter = ("state", "kind")
    ordering = ("-found_at", "pk")
    change_list_template = "product_search/admin/duplicates.html"

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whoever may change pairs."""
        return request.user.has_perm("product_search.change_duplicate")

    def has_merge_permission(self, request: HttpRequest) -> bool:
        """Whoever may decide on pairs and change products."""
        options = apps.get_model(product_model_name())._meta
        may = f"{options.app_label}.change_{options.model_name}"
        return self.has_decide_permission(request) and request.user.has_perm(may)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("review/", view(self.review_view), name="product_search_duplicate_review"),
            path(
                "<int:number>/decide/",
                view(require_POST(self.decide_view)),
                name="product_search_duplicate_decide",
            ),
            *super().get_urls(),
        ]

    def review_view(self, request: HttpRequest) -> HttpResponse:
        """The first open pair behind `after`, or that none is left."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Duplicate.objects.using(database()).filter(state=PairState.OPEN).order_by("pk")
        after = request.GET.get("after", "")
        behind = rows.filter(pk__gt=int(after)) if after.isdecimal() and len(after) < 19 else rows
        return self._page(request, behind.first() or rows.first())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One pair, decided or not."""
        pair = self.get_object(request, object_id)
        if pair is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, pair):
            raise PermissionDenied
        return self._page(request, pair)

    def decide_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Dismiss a pair, merge it or take that back; then comes the next one."""
        verdict, by, using = request.POST.get("verdict", ""), request.user.get_username(), database()
        decisions: dict[str, tuple[Callable[[], Duplicate], Any, bool]] = {
            "dismiss": (
                lambda: dismiss(number, by=by, using=using),
                _("%(pair)s: these are two products."),
                self.has_decide_permission(request),
            ),
            "merge": (
                lambda: merge(number, self._key(request.POST.get("remove", "")), by=by, using=using),
                _("%(pair)s: merged."),
                self.has_merge_permission(request),
            ),
            "undo": (
                lambda: undo(number, by=by, using=using),
                _("%(pair)s: open again."),
                self._may_undo(request, number),
            ),
        }
        decide, said, may = decisions.get(verdict, (None, "", False))
        if decide is None or not may:
            raise PermissionDenied
        try:
            pair = decide()
        except ProductSearchError as error:
            self.message_user(request, str(error), messages.WARNING)
        except (ValidationError, DatabaseError) as error:  # what the shop's own merge may say
            self.message_user(request, _("Nothing was changed: %s") % error, messages.ERROR)
        else:
            self.log_change(request, pair, str(said % {"pair": pair}))
            self.message_user(request, said % {"pair": pair}, messages.SUCCESS)
            if verdict == "undo":
                return HttpResponseRedirect(self._address("change", pair.pk))
        return HttpResponseRedirect(f"{self._address('review')}?after={number}")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        rows = Duplicate.objects.using(database()).filter(state=PairState.OPEN)
        context = {"ps_open": rows.count(), "ps_review": self._address("review")}
        return super().changelist_view(request, context | (extra_context or {}))

    def _may_undo(self, request: HttpRequest, number: int) -> bool:
        merged = Duplicate.objects.using(database()).filter(pk=number, state=PairState.MERGED).exists()
        return self.has_merge_permission(request) if merged else self.has_decide_permission(request)

    def _key(self, text: str) -> Any:
        try:
            return self.model._meta.get_field("product").to_python(text)
        except ValidationError:
            return None

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:product_search_duplicate_{name}", args=args)

    def _page(self, request: HttpRequest, pair: Duplicate | None) -> HttpResponse:
        using = database()
        rows = Duplicate.objects.using(using)
        mine = rows.exclude(state=PairState.OPEN).filter(decided_by=request.user.get_username())
        last = mine.order_by("-decided_at").first()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Duplicates"),
            "pair": pair,
            "sides": [] if pair is None else self._sides(request, pair),
            "open": rows.filter(state=PairState.OPEN).count(),
            "unexamined": Unexamined.objects.using(using).values("product").distinct().count(),
            "last": last,
            "undo_url": last and self._address("decide", last.pk),
            "decide_url": pair and self._address("decide", pair.pk),
            "next_url": pair and f"{self._address('review')}?after={pair.pk}",
            "list_url": self._address("changelist"),
            "may_decide": self.has_decide_permission(request),
            "may_merge": self.has_merge_permission(request),
            "merges": document().merges,
        }
        return TemplateResponse(request, "product_search/admin/pair.html", context)

    def _sides(self, request: HttpRequest, pair: Duplicate) -> list[Side]:
        """The two products, without one that is gone."""
        shop, keys = document(), (pair.product, pair.other)
        scope = SearchScope.of(request)
        products = {product.pk: product for product in shop.prepare(shop.queryset().filter(pk__in=keys))}
        seen = set(visible_products(SearchScope()).filter(pk__in=keys).values_list("pk", flat=True))
        pictures = read_pictures(shop, list(products))
        sides = []
        for key, name in zip(keys, (pair.picture, pair.other_picture), strict=True):
            if key not in products:
                continue
            card = shop.card(products[key], scope)
            same = [each for each in pictures[key] if each.picture == name]
            others = [each for each in pictures[key] if each.picture != name]
            sides.append(
                Side(
                    key=key,
                    title=str(card.get("title") or products[key]),
                    price=" ".join(str(card[part]) for part in ("price", "currency") if card.get(part)),
                    visible=key in seen,
                    address=product_address(self.admin_site.name, key),
                    picture="".join(picture_addresses(same)),
                    more=picture_addresses(others)[:MORE],
                )
            )
        return sides


def product_address(site: str, key: Any) -> str:
    """The shop's own admin page for a product; empty where it has none."""
    options = apps.get_model(product_model_name())._meta
    try:
        return reverse(f"{site}:{options.app_label}_{options.model_name}_change", args=[quote(str(key))])
    except NoReverseMatch:
        return ""


def picture_addresses(pictures: Iterable[PictureContent]) -> tuple[str, ...]:
    """Where browsers get them; those of a storage without addresses are left out."""
    found = []
    for each in pictures:
        with suppress(ValueError, NotImplementedError):
            found.append(each.storage.url(each.name))
    return tuple(found)
