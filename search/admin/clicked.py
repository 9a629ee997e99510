"""The page on clicks: products that are clicked more, or less, than where they stand lets expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.utils import formats
from django.utils.translation import gettext_lazy

from ..analytics.clicked import ClickedProduct, clicked_products
from ..analytics.reports import Choice
from ..indexing.work import database
from ..learning import learned_bias
from .formatting import percent
from .one_by_one import product_address
from .products import THUMBNAIL_URL, with_thumbnails

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_ENDS: dict[Literal["most", "least"], tuple[StrPromise, StrPromise]] = {
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
            (end, *_ENDS[end], [ProductRow.of(row, products.get(row.product), site) for row in rows])
            for end, rows in found.items()
        ],
    }
