"""Rows that a person decides on, one after the other: two pictures side by side, and buttons that have keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.db.models import Q, QuerySet
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
from ..models import Unexamined
from .readonly import OfProductAdmin

#: Other pictures of a product that are shown beside the one that matters.
MORE = 6
OPEN, UNDO = "open", "undo"


@dataclass(frozen=True)
class Side:
    """One product as it is shown: `picture` and `more` are addresses, `visible` is for shoppers."""

    key: Any
    title: str
    price: str
    visible: bool
    address: str
    picture: str
    more: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """One way to decide: what is done with the row's number and the form, what is `said` then with its `%(row)s`."""

    do: Callable[[int, Mapping[str, str]], Any]
    said: Any
    allowed: bool


@dataclass(frozen=True)
class Button:
    """What stands on the page for a verdict, below one of the sides or both (None); `fields` go with it."""

    verdict: str
    label: Any
    key: str
    side: int | None = None
    fields: tuple[tuple[str, str], ...] = ()


class OneByOneAdmin(OfProductAdmin):
    """All rows as a list, and each on a page of its own, where it is decided. Subclasses say what can be decided."""

    change_list_template = "product_search/admin/one_by_one_list.html"
    #: Headings where no row is open, and what will come.
    nothing: Any = ""
    nothing_more: Any = ""
    #: Order in which rows are decided, as `order_by` takes it.
    decided_in: tuple[str, ...] = ("pk",)

    def verdicts(self, request: HttpRequest, number: int) -> Mapping[str, Verdict]:
        """What may be done with the row of this number, by name; UNDO among it."""
        raise NotImplementedError

    def buttons(self, request: HttpRequest, row: Any, sides: Sequence[Side]) -> list[Button]:
        """What can be done with an open row."""
        raise NotImplementedError

    def may_undo(self, request: HttpRequest, row: Any) -> bool:
        """Whether this user may take back what was decided of the row."""
        raise NotImplementedError

    def behind(self, row: Any) -> Q:
        """The rows that come after this one."""
        return Q(pk__gt=row.pk)

    def shown(self, row: Any) -> Sequence[tuple[Any, str]]:
        """Keys of the two products, each with the id of its picture that matters."""
        raise NotImplementedError

    def told(self, row: Any) -> str:
        """One line about the row."""
        raise NotImplementedError

    def hint(self, row: Any) -> tuple[Any, str]:
        """A sentence below, and code; empty where there is nothing to say."""
        return "", ""

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whoever may change rows."""
        return request.user.has_perm(f"product_search.change_{self.opts.model_name}")

    def has_product_permission(self, request: HttpRequest) -> bool:
        """Whoever may change the shop's products."""
        options = apps.get_model(product_model_name())._meta
        return request.user.has_perm(f"{options.app_label}.change_{options.model_name}")

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, f"product_search_{self.opts.model_name}"
        return [
            path("review/", view(self.review_view), name=f"{name}_review"),
            path("<int:number>/decide/", view(require_POST(self.decide_view)), name=f"{name}_decide"),
            *super().get_urls(),
        ]

    def review_view(self, request: HttpRequest) -> HttpResponse:
        """The first open row behind `after`, or that none is left."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self._open().order_by(*self.decided_in)
        number = request.GET.get("after", "")
        after = (
            self._rows().filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
        )
        behind = rows.none() if after is None else rows.filter(self.behind(after))
        return self._page(request, behind.first() or rows.first())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One row, decided or not."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return self._page(request, row)

    def decide_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Decide on a row, or take that back; then comes the next one."""
        name = request.POST.get("verdict", "")
        verdict = self.verdicts(request, number).get(name)
        if verdict is None or not verdict.allowed:
            raise PermissionDenied
        try:
            row = verdict.do(number, request.POST)
        except ProductSearchError as error:
            self.message_user(request, str(error), messages.WARNING)
        except (ValidationError, DatabaseError) as error:  # what the shop's own code may say
            self.message_user(request, _("Nothing was changed: %s") % error, messages.ERROR)
        else:
            said = str(verdict.said % {"row": row})
            self.log_change(request, row, said)
            self.message_user(request, said, messages.SUCCESS)
            if name == UNDO:
                return HttpResponseRedirect(self._address("change", number))
        return HttpResponseRedirect(f"{self._address('review')}?after={number}")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {
            "ps_open": self._open().count(),
            "ps_review": self._address("review"),
            "ps_nothing": self.nothing,
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def _rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._default_manager.using(database())
        return rows

    def _open(self) -> QuerySet[Any]:
        return self._rows().filter(state=OPEN)

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:product_search_{self.opts.model_name}_{name}", args=args)

    def _page(self, request: HttpRequest, row: Any) -> HttpResponse:
        mine = self._rows().exclude(state=OPEN).filter(decided_by=request.user.get_username())
        last = mine.order_by("-decided_at").first()
        sides = [] if row is None else sides_of(request, self.admin_site.name, self.shown(row))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(self.opts.verbose_name_plural).capitalize(),
            "row": row,
            "told": row and self.told(row),
            "hint": row and self.hint(row),
            "sides": sides,
            "buttons": self.buttons(request, row, sides) if row is not None and row.state == OPEN else [],
            "open": self._open().count(),
            "unexamined": Unexamined.objects.using(database()).values("product").distinct().count(),
            "last": last,
            "may_undo_last": last is not None and self.may_undo(request, last),
            "may_undo": row is not None and row.state != OPEN and self.may_undo(request, row),
            "undo_url": last and self._address("decide", last.pk),
            "decide_url": row and self._address("decide", row.pk),
            "next_url": row and f"{self._address('review')}?after={row.pk}",
            "list_url": self._address("changelist"),
            "nothing": self.nothing,
            "nothing_more": self.nothing_more,
        }
        return TemplateResponse(request, "product_search/admin/one_by_one.html", context)


def sides_of(request: HttpRequest, site: str, shown: Iterable[tuple[Any, str]]) -> list[Side]:
    """The products as they are shown, without one that is gone; each with the picture that matters."""
    shop, pairs = document(), list(shown)
    keys = [key for key, _picture in pairs]
    products = {product.pk: product for product in shop.prepare(shop.queryset().filter(pk__in=keys))}
    seen = set(visible_products(SearchScope()).filter(pk__in=keys).values_list("pk", flat=True))
    pictures, scope = read_pictures(shop, list(products)), SearchScope.of(request)
    sides = []
    for key, name in pairs:
        if key not in products:
            continue
        card = shop.card(products[key], scope)
        sides.append(
            Side(
                key=key,
                title=str(card.get("title") or products[key]),
                price=" ".join(str(card[part]) for part in ("price", "currency") if card.get(part)),
                visible=key in seen,
                address=product_address(site, key),
                picture="".join(addresses_of(each for each in pictures[key] if each.picture == name)),
                more=addresses_of(each for each in pictures[key] if each.picture != name)[:MORE],
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


def addresses_of(pictures: Iterable[PictureContent]) -> tuple[str, ...]:
    """Where browsers get them; those of a storage without addresses are left out."""
    found = []
    for each in pictures:
        with suppress(ValueError, NotImplementedError):
            found.append(each.storage.url(each.name))
    return tuple(found)
