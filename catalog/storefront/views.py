"""The storefront's pages. Each is a thin adapter: an address becomes a search request, its answer a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from product_search.documents import SearchScope, visible_products
from product_search.images import UnreadableImage, host_limits
from product_search.retrieval import (
    Hit,
    InvalidRequest,
    SearchAnswer,
    SearchRequest,
    UnknownProduct,
    search,
    similar,
)

from ..documents import picture_card
from ..models import Product
from . import uploads
from .panels import chips, pages, panels
from .query import PER_PAGE, ShopQuery, read_query

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_UPLOAD_PROBLEMS: Mapping[str, tuple[int, StrPromise]] = {
    "empty": (400, gettext_lazy("The file is empty. Choose a picture.")),
    "too_many_bytes": (
        413,
        gettext_lazy("The picture is larger than %(megabytes)s MB. Choose a smaller one."),
    ),
    "too_many_pixels": (413, gettext_lazy("The picture has too many pixels. Choose a smaller one.")),
    "not_an_image": (415, gettext_lazy("This file is no picture. Choose a JPEG, PNG or WebP file.")),
    "truncated": (400, gettext_lazy("The picture is damaged or incomplete. Choose another one.")),
    "unsupported_type": (
        415,
        gettext_lazy("This kind of picture can't be read. Choose a JPEG, PNG or WebP file."),
    ),
}
_NOTICES: Mapping[str, StrPromise] = {
    "keywords-only": gettext_lazy("Searching by words only: pictures can't be compared just now."),
    "not-indexed": gettext_lazy("The shop's products are still being prepared for search."),
    "disabled": gettext_lazy("Search is switched off; you can still browse."),
}


@dataclass(frozen=True)
class Tile:
    """A product among others: its card, with the picture that matched best."""

    card: Mapping[str, Any]
    picture: Mapping[str, Any] | None


# Searching changes nothing a shopper could be tricked into, and must work with cookies switched off.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def results(request: HttpRequest) -> HttpResponse:
    """What was searched, or the whole shop. A picture is sent by POST and answered with an address that holds it."""
    if request.method == "POST":
        return _receive(request)
    try:
        query = read_query(request.GET)
        if not query.picture:
            return _answer(request, query)
        picture = uploads.kept_picture(query.picture)
        if picture is None:
            problem = _("Your picture is no longer here: it was kept for an hour. Please choose it again.")
            return _refuse(request, query.without_picture(), problem, 410)
        return _answer(request, query, picture)
    except InvalidRequest as error:
        return _refuse(request, ShopQuery(q=request.GET.get("q", "")[:200]), error.detail, 400)


def _receive(request: HttpRequest) -> HttpResponse:
    query = ShopQuery(q=request.POST.get("q", "").strip(), picture=request.POST.get("picture", ""))
    upload = request.FILES.get("upload")
    if upload is None:
        return _see(query.url)
    limit = host_limits().max_bytes
    try:
        return _see(ShopQuery(q=query.q, picture=uploads.keep(upload.read(limit + 1))).url)
    except UnreadableImage as error:
        status, text = _UPLOAD_PROBLEMS.get(error.reason, _UPLOAD_PROBLEMS["not_an_image"])
        problem = str(text) % {"megabytes": limit // 1_000_000}
        return _refuse(request, ShopQuery(q=query.q[:200]), problem, status)


def _see(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)


def _answer(request: HttpRequest, query: ShopQuery, picture: Any = None) -> HttpResponse:
    asked = SearchRequest(
        q=query.q, picture=picture, filters=query.filters, page=query.page, per_page=PER_PAGE
    )
    answer = search(asked, SearchScope.of(request))
    return render(
        request,
        "catalog/results.html",
        {
            "query": query,
            "heading": _heading(query),
            "count": _count(answer),
            "total": answer.total,
            "picture_size": picture.size if picture else None,
            "tiles": [_tile(hit) for hit in answer.hits],
            "panels": panels(answer, query),
            "chips": chips(answer, query),
            "pages": pages(answer, query),
            "notices": [notice for text in answer.notices if (notice := _notice(text))],
        },
    )


def _refuse(request: HttpRequest, query: ShopQuery, problem: str, status: int) -> HttpResponse:
    context = {"query": query, "heading": _("That did not work"), "problem": problem}
    return render(request, "catalog/results.html", context, status=status)


@require_GET
def product(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """One product with its variants and what looks like it."""
    scope = SearchScope.of(request)
    visible = visible_products(scope)
    found: Product | None = (
        visible.filter(pk=pk).select_related("brand", "category__parent").prefetch_related("images").first()
    )
    if found is None:
        raise Http404
    if slug != found.slug:
        return redirect(found, permanent=True)
    root = found.parent_id or found.pk
    variants = visible.filter(parent_id=root) | visible.filter(pk=root)
    try:
        alike = similar(found.pk, scope, limit=8).hits
    except UnknownProduct as error:  # unpublished between the two look-ups
        raise Http404 from error
    return render(
        request,
        "catalog/product.html",
        {
            "product": found,
            "pictures": [picture_card(image, found.local_name) for image in found.images.all()],
            "steps": _steps(found),
            "variants": list(variants.prefetch_related("images").order_by("sku")),
            "alike": [_tile(hit) for hit in alike],
            "details": _details(found),
            "query": ShopQuery(),
        },
    )


@require_GET
def uploaded_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The picture a shopper searches with, to show it beside the results."""
    data = uploads.kept_bytes(token)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="image/webp")
    patch_cache_control(response, private=True, max_age=uploads.KEPT_S)
    return response


def _tile(hit: Hit) -> Tile:
    matched = next((image for image in hit.product.images.all() if str(image.pk) == hit.picture), None)
    if matched is None:
        return Tile(hit.card, hit.card["picture"])
    return Tile(hit.card, picture_card(matched, hit.card["title"]))


def _heading(query: ShopQuery) -> str:
    if query.q:
        return _("Results for “%(q)s”") % {"q": query.q}
    if query.picture:
        return _("Products that look like your picture")
    return _("All products")


def _count(answer: SearchAnswer) -> str:
    if answer.relation == "gte":
        return _("More than %(count)d products") % {"count": answer.total}
    return ngettext("%(count)d product", "%(count)d products", answer.total) % {"count": answer.total}


def _notice(text: str) -> str:
    known = _NOTICES.get(text.partition(":")[0])
    return "" if known is None else str(known)


def _steps(found: Product) -> list[tuple[str, str]]:
    """The categories from the top to the product's own, each with its address."""
    steps: list[tuple[str, str]] = []
    category = found.category
    while category is not None:
        steps.append((category.local_name, ShopQuery(filters={"category": (category.path,)}).url))
        category = category.parent
    return steps[::-1]


def _details(found: Product) -> list[tuple[str, str]]:
    """What else is known of it, in words."""
    details = [(_("Article number"), found.sku)]
    for name, value in found.attributes.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if text and not isinstance(value, dict):
            details.append((name.replace("_", " ").capitalize(), text))
    return details
