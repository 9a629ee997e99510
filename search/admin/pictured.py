"""The page on searches by picture: what they are about, seen by the products that they showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..analytics.pictured import picture_searches
from ..analytics.reports import Choice
from ..conf import settings
from ..indexing.work import database
from .formatting import percent
from .one_by_one import product_address
from .products import THUMBNAIL_URL, with_thumbnails


@dataclass(frozen=True)
class Seen:
    """A product by which a cluster is seen."""

    name: str
    picture: str
    url: str


@dataclass(frozen=True)
class ClusterRow:
    """A cluster as the page lists it."""

    products: Sequence[Seen]
    searches: int
    share: str
    click_rate: str


def pictured(choice: Choice, site: str) -> dict[str, Any]:
    """What the page shows of the days of `choice`."""
    using = database()
    found = picture_searches(choice, using=using)
    every = [key for cluster in found.clusters for key in cluster.products]
    products = with_thumbnails(every, using=using)
    return {
        "found": found,
        "kept_days": settings().events_days,
        "rows": [
            ClusterRow(
                [
                    Seen(
                        str(products[key]),
                        getattr(products[key], THUMBNAIL_URL),
                        product_address(site, key),
                    )
                    for key in cluster.products
                    if key in products
                ],
                cluster.searches,
                percent(cluster.searches / found.searches),
                percent(cluster.clicked / cluster.searches),
            )
            for cluster in found.clusters
        ],
    }
