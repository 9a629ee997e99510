"""The page on clicks: products that are clicked more, or less, than where they stand lets expect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import formats
from django.utils.translation import gettext_lazy

from ..analytics.clicked import ClickedProduct, End, clicked_products
from ..analytics.reports import Choice
from ..documents import document
from ..indexing.work import database
from ..learning import learned_bias
from .formatting import percent
from .one_by_one import product_address
from .products import THUMBNAIL_URL, with_thumbnails

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: The lists by the names that they are exported by.
CLICKED: dict[str, End] = {"most_clicked": "most", "least_clicked": "least"}
_ENDS: dict[End, tuple[StrPromise, StrPromise]] = {
    "most": (
        gettext_lazy("Clicked more than their place lets expect"),
        gettext_lazy("No product is clicked more than others."),
    ),
    "least": (
        gettext_lazy("Clicked less than their place lets expect"),
        gettext_lazy("No product is clicked less than others."),
    ),
}


@dataclass(frozen=True)
class ProductRow:
    """A product as the page lists it."""

    name: str
    picture: str
    url: str
    counts: ClickedProduct
    raw_rate: str
    rate: str
    times: str

    @classmethod
    def of(cls, row: ClickedProduct, product: Any, site: str) -> ProductRow:
        """`product` is None where it is gone."""
        return cls(
            str(row.product) if product is None else str(product),
            "" if product is None else getattr(product, THUMBNAIL_URL),
            "" if product is None else product_address(site, row.product),
            row,
            percent(row.raw_rate),
            percent(row.rate),
            formats.number_format(row.times, decimal_pos=1),
        )


def clicked(choice: Choice, site: str) -> dict[str, Any]:
    """What the page shows of the days of `choice`."""
    using = database()
    found = {end: clicked_products(choice, end, using=using) for end in _ENDS}
    every = [each.product for rows in found.values() for each in rows]
    products = with_thumbnails(every, using=using)
    return {
        "known": learned_bias(using).is_known,
        "lists": [
            (name, *_ENDS[end], [ProductRow.of(row, products.get(row.product), site) for row in found[end]])
            for name, end in CLICKED.items()
        ],
    }


def clicked_table(choice: Choice, end: End, *, most: int) -> tuple[Sequence[str], Iterator[Sequence[Any]]]:
    """Head and rows of a list as it is exported: products by their keys, with their names where they are not gone."""
    using = database()
    found = clicked_products(choice, end, most=most, using=using)
    products: dict[Any, Any] = document().queryset().using(using).in_bulk([each.product for each in found])
    head = ("product", "name", "shown", "clicks", "raw_rate", "rate", "times")
    return head, (
        (each.product, str(products.get(each.product, "")), *(getattr(each, name) for name in head[2:]))
        for each in found
    )
