"""Search in the host's own product admin: its list ordered by words, by picture and by both, with thumbnails.

The list stays the host's: its queryset, permissions, filters, columns and actions. Drafts are found like all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import loader
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from .. import images, retrieval
from ..documents import SearchScope, document
from ..documents.reading import read_pictures
from ..errors import InvalidRequest
from ..indexing import mark_stale
from ..retrieval import EncoderUnavailable, Ranking
from ..retrieval.request import MAX_CHARACTERS, MAX_WORDS
from . import query_pictures

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:  # the host's own ModelAdmin comes after the mixin
    _ModelAdmin = object

PICTURE_VAR = "picture"
THUMBNAIL = "search_thumbnail"
THUMBNAIL_URL = "_product_search_thumbnail_url"


class SearchChangeList(ChangeList):
    """A list whose search box finds by words and vectors; a chosen column orders the same products."""

    #: What to tell about this search, if anything.
    search_notice: str = ""
    #: Token of the picture that is searched with; empty without one.
    search_picture: str = ""

    def get_filters_params(self, params: Any = None) -> Any:
        found = super().get_filters_params(params)
        found.pop(PICTURE_VAR, None)
        return found

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        # The list without its search, and then ours: `get_search_results` is for autocomplete, by keywords alone.
        words, self.query = self.query, ""
        try:
            products = super().get_queryset(request, exclude_parameters)
        finally:
            self.query = words
        self.listed = products
        self.ranking = self._rank(request, products)
        if self.ranking is None:
            if not words:
                return products
            page: Any = self.model_admin
            found, duplicates = page.search_without_index(request, products, words)
            unindexed: QuerySet[Any] = found.distinct() if duplicates else found
            return unindexed
        if self.params.get(ORDER_VAR):
            return self.ranking.within(products)
        return self.ranking.sorted(products)

    def get_ordering_field_columns(self) -> Any:
        """No column is the order while the best come first."""
        ranked = self.ranking is not None and not self.params.get(ORDER_VAR)
        return {} if ranked else super().get_ordering_field_columns()

    def get_results(self, request: HttpRequest) -> None:
        if self.ranking is None:
            super().get_results(request)
        else:
            using = self.queryset.db
            with transaction.atomic(using=using), self.ranking.settings(using):
                super().get_results(request)
                self.result_list = self._foremost(self.ranking) or self.result_list
                len(self.result_list)  # read here
        if THUMBNAIL in self.list_display:
            load_thumbnails(self.result_list)

    def _foremost(self, ranking: Ranking) -> QuerySet[Any] | None:
        """The page where all of it is ranked: it needs no look at the thousands behind it."""
        if self.params.get(ORDER_VAR) or not self.multi_page or self.show_all:
            return None
        end = self.page_num * self.list_per_page
        page = ranking.foremost(self.listed)[end - self.list_per_page : end]
        return page if len(page) == self.list_per_page else None

    @property
    def without_picture(self) -> str:
        """The query string of the same list without its picture."""
        return self.get_query_string(remove=[PICTURE_VAR])

    def _rank(self, request: HttpRequest, products: QuerySet[Any]) -> Ranking | None:
        """The ranking that was asked for; None when nothing was, or the index can't answer."""
        token, picture = self.params.get(PICTURE_VAR, ""), None
        self.search_notice, self.search_picture = "", ""
        if token:
            picture = query_pictures.kept_picture(token)
            if picture is None:
                self.search_notice = str(
                    _("The picture is kept for an hour and is gone now: choose it again.")
                )
            else:
                self.search_picture = token
        if picture is None and not self.query.strip():
            return None
        try:
            ranking = retrieval.rank(products, SearchScope.of(request), words=self.query, picture=picture)
        except InvalidRequest:  # nothing else can be wrong with words
            self.search_notice = str(
                _("That is too much to search for: at most %(words)d words with %(characters)d characters.")
            ) % {"words": MAX_WORDS, "characters": MAX_CHARACTERS}
            return Ranking(())
        except EncoderUnavailable as error:
            self.search_notice = str(_("Pictures can't be compared just now (%s).")) % error
            return Ranking(())
        if ranking is None:
            self.search_notice = str(_("Nothing is indexed, so this list is searched without the index."))
            return None if picture is None else Ranking(())
        if ranking.notice:
            self.search_notice = str(_("Found by words alone (%s).")) % ranking.notice.partition(": ")[2]
        return ranking


class HostSearchFields:
    """`search_fields` of the classes behind the mixin, which are searched where nothing is indexed yet.

    Where they have none, the primary key: Django shows no search box, and completes no field, without any.
    """

    def __get__(self, page: Any, cls: type[SearchAdminMixin]) -> Any:
        return getattr(super(SearchAdminMixin, cls), "search_fields", ()) or ("pk",)


class SearchAdminMixin(_ModelAdmin):
    """`class ProductAdmin(SearchAdminMixin, admin.ModelAdmin)`: the list's search box asks the index.

    The best come first unless a column is chosen; without a floor, so the nearest follow. Autocomplete fields ask for
    keywords alone and load no model. `search_thumbnail` may be named in `list_display`; else it comes first.
    """

    search_fields: ClassVar[Any] = HostSearchFields()

    def __init__(self, model: type[Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        if self.actions is not None:  # None: the host wants no actions at all
            self.actions = list(dict.fromkeys((*self.actions, "read_again")))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        host = super().get_changelist(request, **kwargs)
        return (
            type("SearchChangeList", (SearchChangeList, host), {})
            if host is not ChangeList
            else SearchChangeList
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The products with all of the words, the last of which may be unfinished; the best first."""
        if not search_term.strip():
            return queryset, False
        try:
            ranking = retrieval.look_up(queryset, search_term)
        except InvalidRequest:
            return queryset.none(), False
        if ranking is None:
            return self.search_without_index(request, queryset, search_term)
        return ranking.sorted(queryset), False

    def search_without_index(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The host's own search, over its `search_fields`."""
        return super().get_search_results(request, queryset, search_term)

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return shown if THUMBNAIL in shown or not document().pictures else (THUMBNAIL, *shown)

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """The column that the host links, or its first: a thumbnail is no name."""
        return super().get_list_display_links(request, [name for name in list_display if name != THUMBNAIL])

    @admin.display(description=_("picture"))
    def search_thumbnail(self, product: Model) -> str:
        """The product's first picture in small."""
        if not hasattr(product, THUMBNAIL_URL):
            load_thumbnails([product])
        address = getattr(product, THUMBNAIL_URL)
        if not address:
            return format_html('<span class="ps-thumbnail {}"></span>', "ps-thumbnail-none")
        return format_html(
            '<img class="ps-thumbnail" src="{}" alt="" width="48" height="48" loading="lazy">', address
        )

    @admin.action(
        description=_("Read the selected %(verbose_name_plural)s into the search index again"),
        permissions=["change"],
    )
    def read_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Mark the selected products stale and wake a worker."""
        said_of(self, request, mark_stale(queryset, bulk=False))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("by-picture/", view(require_POST(self.by_picture_view)), name=self._url_name("by_picture")),
            path(
                "by-picture/<str:token>/",
                view(require_GET(self.kept_picture_view)),
                name=self._url_name("kept_picture"),
            ),
            *super().get_urls(),
        ]

    def by_picture_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the picture that was sent, and lead to the list that is searched with it: a plain, shareable address."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        address = reverse(f"{self.admin_site.name}:{self._url_name('changelist')}")
        query = request.GET.copy()
        query.pop(PAGE_VAR, None)
        upload = request.FILES.get(PICTURE_VAR)
        if upload is None:
            self.message_user(request, _("Choose a picture first."), messages.WARNING)
        else:
            try:
                query[PICTURE_VAR] = query_pictures.keep(upload)
            except images.UnreadableImage as error:
                self.message_user(request, query_pictures.upload_problem(error), messages.ERROR)
        return HttpResponseRedirect(f"{address}?{query.urlencode()}" if query else address)

    def kept_picture_view(self, request: HttpRequest, token: str) -> HttpResponse:
        """The picture that is searched with, for the list to show."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        data = query_pictures.kept_bytes(token)
        if data is None:
            raise Http404(token)
        return HttpResponse(
            data,
            content_type="image/webp",
            headers={"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"},
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        response: Any = super().changelist_view(request, extra_context)
        context = (response.context_data if isinstance(response, TemplateResponse) else None) or {}
        if isinstance(context.get("cl"), SearchChangeList):
            # Around whichever template the host, or another of its mixins, has chosen.
            names: Any = response.template_name
            context |= {
                "product_search_host_template": loader.select_template(
                    [names] if isinstance(names, str) else names
                ),
                "product_search_urls": {
                    name: f"{self.admin_site.name}:{self._url_name(name)}"
                    for name in ("by_picture", "kept_picture")
                },
            }
            response.template_name = "product_search/admin/products.html"
        return response

    def _url_name(self, name: str) -> str:
        options = self.opts
        return f"{options.app_label}_{options.model_name}_{name}"


def load_thumbnails(products: Any) -> None:
    """Read the first picture of each of `products`, in one query for each declaration of pictures."""
    pictures = read_pictures(document(), [product.pk for product in products])
    for product in products:
        first = pictures[product.pk]
        try:
            address = first[0].storage.url(first[0].name) if first else ""
        except (ValueError, NotImplementedError):  # a storage without addresses
            address = ""
        setattr(product, THUMBNAIL_URL, address)


def with_thumbnails(keys: Sequence[Any], *, using: str) -> dict[Any, Any]:
    """The products of `keys` that are there, by key, each with its first picture."""
    products: dict[Any, Any] = document().queryset().using(using).in_bulk(keys)
    load_thumbnails(products.values())
    return products


def said_of(page: Any, request: HttpRequest, count: int) -> None:
    """Tell the user that `count` products will be read again."""
    text = ngettext("%d product is read again.", "%d products are read again.", count) % count
    page.message_user(request, text, messages.SUCCESS)
