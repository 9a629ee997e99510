"""A basket and an order, as small as can be: each line remembers the search that it came from, and search is told."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from product_search.analytics import (
    InvalidEvent,
    OrderLine,
    record_cart,
    record_click,
    record_order,
    record_view,
)

from ..models import Order, OrderedProduct, Product
from .query import ShopQuery

#: In the session: `{product's key: [quantity, search_id]}`.
KEY = "basket"
MOST_LINES, MOST_OF_ONE = 50, 99


@dataclass(frozen=True)
class Line:
    """A product in the basket."""

    product: Product
    quantity: int
    search_id: str

    @property
    def amount(self) -> Decimal:
        """What it costs altogether."""
        return (self.product.price or Decimal()) * self.quantity


def linked(url: str, search_id: str, position: int) -> str:
    """A hit's address that says which answer it was opened from, and where it stood there."""
    if not search_id:
        return url
    address, mark, fragment = url.partition("#")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}search={search_id}&at={position}{mark}{fragment}"


def note_visit(request: HttpRequest, product: Product) -> str:
    """Tell search that a product's page was opened, by a hit or otherwise; returns the search that it came from.

    The address says so, so it works without JavaScript; a reload counts no second time.
    """
    search_id, at = request.GET.get("search", ""), request.GET.get("at", "")
    try:
        if search_id:
            position = int(at) if at.isascii() and at.isdigit() and len(at) < 6 else None
            record_click(product, search_id, position=position or None, request=request)
            return search_id
    except InvalidEvent:
        pass  # somebody wrote the address by hand: it is a visit like any other
    record_view(product, request=request)
    return ""


def for_sale() -> Any:
    """Products that can be put into the basket."""
    return Product.objects.on_show().filter(published=True, price__isnull=False).exclude(stock=0)


def lines(request: HttpRequest) -> list[Line]:
    """What is in the basket and still for sale."""
    kept: dict[str, Any] = request.session.get(KEY, {})
    products = for_sale().filter(pk__in=[int(key) for key in kept]).prefetch_related("images")
    return [Line(product, *kept[str(product.pk)]) for product in products.order_by("pk")]


@require_POST
def put(request: HttpRequest) -> HttpResponse:
    """Put one of a product into the basket."""
    key = request.POST.get("product", "")
    found = (
        for_sale().filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    )
    if found is None:
        raise Http404
    kept: dict[str, Any] = request.session.get(KEY, {})
    search_id = request.POST.get("search", "")
    try:
        record_cart(found, search_id=search_id, request=request)
    except InvalidEvent:
        search_id = ""
        record_cart(found, request=request)
    quantity = kept.get(key, [0, ""])[0] + 1
    if quantity <= MOST_OF_ONE and (key in kept or len(kept) < MOST_LINES):
        request.session[KEY] = {**kept, str(found.pk): [quantity, search_id]}
    return redirect("catalog:basket")


@require_http_methods(["GET", "POST"])
def basket(request: HttpRequest) -> HttpResponse:
    """What is in the basket; by POST, a product is taken out."""
    if request.method == "POST":
        kept: dict[str, Any] = request.session.get(KEY, {})
        request.session[KEY] = {
            key: value for key, value in kept.items() if key != request.POST.get("remove")
        }
        return redirect("catalog:basket")
    found = lines(request)
    context = {"lines": found, "total": sum((line.amount for line in found), Decimal()), "query": ShopQuery()}
    return render(request, "catalog/basket.html", context)


@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Order what is in the basket. Nobody pays and nothing is sent."""
    found = lines(request)
    if not found:
        return redirect("catalog:basket")
    with transaction.atomic():
        placed = Order.objects.create()
        OrderedProduct.objects.bulk_create(
            OrderedProduct(order=placed, product=line.product, quantity=line.quantity, amount=line.amount)
            for line in found
        )
    by_currency: dict[str, list[Line]] = {}
    for line in found:
        by_currency.setdefault(line.product.currency, []).append(line)
    for currency, of in by_currency.items():
        told = [OrderLine(line.product, line.quantity, line.amount, line.search_id or None) for line in of]
        record_order(str(placed.pk), told, currency=currency, request=request)
    del request.session[KEY]
    request.session["ordered"] = placed.pk
    return redirect("catalog:ordered")


@require_GET
def ordered(request: HttpRequest) -> HttpResponse:
    """Thanks for the order."""
    if "ordered" not in request.session:
        raise Http404
    context = {"number": request.session["ordered"], "query": ShopQuery()}
    return render(request, "catalog/ordered.html", context)
