"""The storefront's pages. Each is a thin adapter: an address becomes a search request, its answer a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from product_search.analytics import record_search
from product_search.documents import SearchScope, visible_products
from product_search.images import DecoderUnavailable, UnreadableImage, host_limits
from product_search.retrieval import (
    EncoderUnavailable,
    Highlight,
    Hit,
    InvalidRequest,
    SearchAnswer,
    SearchRequest,
    UnknownProduct,
    recommend,
    search,
)

from ..documents import picture_card
from ..models import Category, Product, ProductImage, ProductVideo
from . import entrances, uploads
from .basket import linked, note_visit
from .marks import Piece, excerpt, pieces
from .panels import chips, pages, panels, sorts
from .query import ShopQuery, asks_for_something, read_query
from .related import related_searches
from .taste import look, looked_at
from .ways_out import ways_out

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
    "too_slow": (400, gettext_lazy("The picture is damaged or incomplete. Choose another one.")),
    "crashes_decoder": (400, gettext_lazy("The picture is damaged or incomplete. Choose another one.")),
    "too_much_memory": (413, gettext_lazy("The picture has too many pixels. Choose a smaller one.")),
    "unsupported_type": (
        415,
        gettext_lazy("This kind of picture can't be read. Choose a JPEG, PNG or WebP file."),
    ),
}
#: What `InvalidRequest` says to programmers, for shoppers.
_REFUSALS: Mapping[str, StrPromise] = {
    "too_long": gettext_lazy("That is too much text for a search. Try a few words."),
    "too_many_conditions": gettext_lazy("That is too much text for a search. Try a few words."),
    "too_deep": gettext_lazy("Pages end here. Narrow the search by a filter or another word."),
    "out_of_range": gettext_lazy("Pages end here. Narrow the search by a filter or another word."),
    "bad_range": gettext_lazy("This price range can't be read. Write two numbers, the lower one first."),
    "bad_filter": gettext_lazy("This filter can't be read. Choose one of those beside the results."),
    "unknown_sort": gettext_lazy("The products can't be sorted like this. Choose one of the orders."),
}
_NOTICES: Mapping[str, StrPromise] = {
    "keywords-only": gettext_lazy("Searching by words only: pictures can't be compared just now."),
    "unfamiliar-picture": gettext_lazy("Your picture looks like nothing that we sell."),
    "not-indexed": gettext_lazy("The shop's products are still being prepared for search."),
    "disabled": gettext_lazy("Search is switched off; you can still browse."),
}

#: Products of a shelf on the home page or beside a product.
SHELF = 8
REDUCED = ShopQuery(filters={"reduced": ("true",)})
NEWEST = ShopQuery(sort="newest")


@dataclass(frozen=True)
class Tile:
    """A product among others: its card, with the picture that matched best and the words that did.

    `excerpt` are words of the description, where neither title nor brand have any of what was asked.
    """

    product: Product
    card: Mapping[str, Any]
    picture: Mapping[str, Any] | None
    title: tuple[Piece, ...] = ()
    brand: tuple[Piece, ...] = ()
    excerpt: tuple[Piece, ...] = ()


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The entrance: departments, collections, what sells, what is new. An address that asks for more is a search."""
    if asks_for_something(request.GET):
        return redirect(f"{reverse('catalog:results')}?{request.GET.urlencode()}")
    scope = SearchScope.of(request)
    popular = search(SearchRequest(per_page=SHELF, facets=("category", "collection")), scope)
    rated = search(SearchRequest(sort="rating", per_page=SHELF, facets=()), scope)
    shelves = (
        (_("Popular right now"), ShopQuery().url, popular),
        (_("Reduced"), REDUCED.url, search(REDUCED.request(per_page=SHELF, facets=()), scope)),
        (_("Just in"), NEWEST.url, search(NEWEST.request(per_page=SHELF, facets=()), scope)),
    )
    return render(
        request,
        "catalog/home.html",
        {
            "query": ShopQuery(),
            "departments": entrances.categories(popular, scope),
            "collections": entrances.collections(popular, scope),
            "shelves": [
                (title, url, [_tile(hit) for hit in answer.hits])
                for title, url, answer in shelves
                if answer.hits
            ],
            "examples": [tile for hit in rated.hits if (tile := _tile(hit)).picture],
            "notices": _notices(popular),
        },
    )


# Searching changes nothing a shopper could be tricked into, and must work with cookies switched off.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def results(request: HttpRequest, department: str = "") -> HttpResponse:
    """What was searched, a category, or the whole shop.

    A picture is sent by POST and answered with an address that holds it.
    """
    if request.method == "POST":
        return _receive(request)
    try:
        query = read_query(request.GET, department)
        if _is_untidy(request, query):
            return redirect(query.url)
        if not query.picture:
            return _answer(request, query)
        picture = uploads.kept_picture(query.picture)
        if picture is None:
            problem = _("Your picture is no longer here: it was kept for an hour. Please choose it again.")
            return _refuse(request, query.without_picture(), problem, 410)
        return _answer(request, query, picture)
    except InvalidRequest as error:
        problem = str(_REFUSALS.get(error.code, error.detail))
        return _refuse(request, ShopQuery(q=request.GET.get("q", "")[:200]), problem, 400)
    except UnknownProduct:
        problem = _("What you search with is no longer sold here.")
        return _refuse(request, query.without_examples(), problem, 404)
    except EncoderUnavailable:
        problem = str(_NOTICES["keywords-only"])
        return _refuse(request, query.without_picture(), problem, 503)


def _is_untidy(request: HttpRequest, query: ShopQuery) -> bool:
    """Whether the page has a better address: a category its own, a range one parameter and not two fields."""
    fields = any(name.endswith(("_from", "_to")) for name in request.GET)
    return fields or (bool(query.department) and "category" in request.GET)


def _receive(request: HttpRequest) -> HttpResponse:
    query = ShopQuery(q=request.POST.get("q", "").strip(), picture=request.POST.get("picture", ""))
    upload = request.FILES.get("upload")
    limit = host_limits().max_bytes
    try:
        if upload is not None:
            return _see(ShopQuery(q=query.q, picture=uploads.keep(upload.read(limit + 1))).url)
        if "like" in request.POST:
            return _see(ShopQuery(q=query.q, picture=_keep_a_products(request, request.POST["like"])).url)
    except UnreadableImage as error:
        status, text = _UPLOAD_PROBLEMS.get(error.reason, _UPLOAD_PROBLEMS["not_an_image"])
        problem = str(text) % {"megabytes": limit // 1_000_000}
        return _refuse(request, ShopQuery(q=query.q[:200]), problem, status)
    except DecoderUnavailable:
        return _refuse(request, ShopQuery(q=query.q[:200]), str(_NOTICES["keywords-only"]), 503)
    return _see(query.url)


def _keep_a_products(request: HttpRequest, key: str) -> str:
    """Search with a picture that the shop shows: its token, as if it had been sent."""
    products = visible_products(SearchScope.of(request))
    shown = ProductImage.objects.filter(product__in=products)
    found = shown.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    if found is None:
        raise Http404
    try:
        with found.image.open("rb") as file:
            return uploads.keep(file.read())
    except OSError as error:
        raise UnreadableImage("truncated", f"{found.image.name}: {error}") from error


def _see(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)


def _answer(request: HttpRequest, query: ShopQuery, picture: Any = None) -> HttpResponse:
    department = _department(query)
    scope = SearchScope.of(request)
    asked = query.request(picture, highlight=True)
    answer = search(asked, scope)
    if answer.redirect and answer.redirect != request.get_full_path():
        record_search(asked, answer, scope)
        return redirect(answer.redirect)
    if answer.total and query.page > answer.pages:
        return redirect(query.at(answer.pages).url)
    answer = record_search(asked, answer, scope)
    found = chips(answer, query)
    at_the_door = query == ShopQuery(filters={"category": (query.department,)})
    context = {
        "query": query,
        "heading": _heading(query, department),
        "count": _count(answer),
        "corrected": answer.corrected,
        "personal": any(notice.startswith("personal:") for notice in answer.notices),
        "picture_size": picture.size if picture else None,
        "tiles": [
            _tile(hit, answer.search_id, number)
            for number, hit in enumerate(answer.hits, (answer.page - 1) * answer.per_page + 1)
        ],
        "near": [_tile(hit, answer.search_id) for hit in answer.near],
        "panels": panels(answer, query),
        "chips": found,
        "sorts": sorts(query),
        "pages": pages(answer, query),
        "notices": _notices(answer),
        "banners": answer.banners,
        "related": related_searches(query, answer, scope),
        "steps": _steps(department),
        "entrances": entrances.categories(answer, scope, query.department) if at_the_door else (),
    }
    if not answer.hits:
        context["ways_out"] = ways_out(query, answer, found, picture, scope)
    if not answer.hits and not answer.near:
        popular = search(SearchRequest(per_page=SHELF // 2, facets=()), scope)
        context["popular"] = [_tile(hit) for hit in popular.hits]
    return render(request, "catalog/results.html", context)


def _department(query: ShopQuery) -> Category | None:
    """The category whose page this is; one that was never there is a 404."""
    if not query.department:
        return None
    return get_object_or_404(Category.objects.select_related("parent__parent"), path=query.department)


def _refuse(request: HttpRequest, query: ShopQuery, problem: str, status: int) -> HttpResponse:
    context = {"query": query, "heading": _("That did not work"), "problem": problem}
    return render(request, "catalog/results.html", context, status=status)


@require_GET
def product(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """One product with its variants, what goes well with it and what is like it."""
    scope = SearchScope.of(request)
    visible = Product.objects.on_show().filter(published=True)
    found: Product | None = (
        visible.filter(pk=pk)
        .select_related("brand", "category__parent")
        .prefetch_related("images", "videos")
        .first()
    )
    if found is None:
        raise Http404
    if slug != found.slug:
        return redirect(found, permanent=True)
    look(request, found.pk)
    root = found.parent_id or found.pk
    variants = visible.filter(parent_id=root) | visible.filter(pk=root)
    try:
        beside = recommend([found.pk], scope, complements=True, limit=SHELF // 2).hits
        alike = recommend([found.pk], scope, limit=SHELF).hits
    except UnknownProduct as error:  # unpublished between the two look-ups
        raise Http404 from error
    return render(
        request,
        "catalog/product.html",
        {
            "product": found,
            "pictures": [picture_card(image, found.local_name) for image in found.images.all()],
            "videos": _videos(request, found),
            "steps": _steps(found.category),
            "variants": list(variants.prefetch_related("images").order_by("sku")),
            "beside": [_tile(hit) for hit in beside],
            "alike": [_tile(hit) for hit in alike],
            "details": _details(found),
            "query": ShopQuery(),
            "search_id": note_visit(request, found),
            "for_sale": found.price is not None and found.stock != 0,
            "taste": looked_at(request) is not None,
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


def _videos(request: HttpRequest, product: Product) -> list[tuple[ProductVideo, str]]:
    """The product's videos with their addresses; the one that was found begins where it was found."""
    found, second = request.GET.get("video", ""), request.GET.get("t", "")
    begins = f"#t={second}" if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", second) else ""
    return [
        (video, video.file.url + (begins if str(video.pk) == found else "")) for video in product.videos.all()
    ]


def _tile(hit: Hit, search_id: str = "", position: int = 0) -> Tile:
    card, product = hit.card, hit.product
    if hit.second is not None and hit.picture:
        video = hit.picture.partition(":")[2].partition("@")[0]
        card = {**card, "url": f"{card['url']}?video={video}&t={hit.second:g}#videos", "second": hit.second}
    card = {**card, "url": linked(card["url"], search_id, position)}
    matched = next((image for image in product.images.all() if str(image.pk) == hit.picture), None)
    places: dict[str, list[Highlight]] = {}
    for place in hit.highlights or ():
        places.setdefault(place.field, []).append(place)
    said = places.keys() & {"title", "brand_name"}
    return Tile(
        product,
        card,
        card["picture"] if matched is None else picture_card(matched, card["title"]),
        title=pieces(card["title"], places.get("title", ())),
        brand=pieces(card["brand"], places.get("brand_name", ())),
        excerpt=() if said else excerpt(product.local_description, places.get("description", ())),
    )


def _heading(query: ShopQuery, department: Category | None) -> str:
    if query.q:
        return _("Results for “%(q)s”") % {"q": query.q}
    if query.picture:
        return _("Products that look like your picture")
    if query.examples:
        return _("Products like this")
    if department is not None:
        return department.local_name
    return _("All products")


def _count(answer: SearchAnswer) -> str:
    if answer.relation == "gte":
        return _("More than %(count)d products") % {"count": answer.total}
    return ngettext("%(count)d product", "%(count)d products", answer.total) % {"count": answer.total}


def _notices(answer: SearchAnswer) -> list[str]:
    known = (_NOTICES.get(notice.partition(":")[0]) for notice in answer.notices)
    return [str(text) for text in known if text is not None]


def _steps(category: Category | None) -> list[tuple[str, str]]:
    """The categories from the top to this one, each with its address."""
    steps: list[tuple[str, str]] = []
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
