"""Ways into the shop: categories and collections, each with a picture of what sells best there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Func, QuerySet, Value
from django.db.models.expressions import Combinable

from product_search.documents import SearchScope, visible_products
from product_search.retrieval import FacetCounts, FacetValue, SearchAnswer

from ..documents import picture_card
from ..models import ProductImage
from .query import ShopQuery


@dataclass(frozen=True)
class Entrance:
    """A part of the shop: its name, its address, how many products it has, and a picture (None without one)."""

    name: str
    url: str
    count: int
    picture: Mapping[str, Any] | None


def categories(answer: SearchAnswer, scope: SearchScope, above: str = "") -> tuple[Entrance, ...]:
    """The categories right below the path `above` ("": the departments) that `answer` counted products in."""
    depth = above.count("/") + 1 if above else 0
    values = [
        value
        for value in _values(answer, "category")
        if value.depth == depth and value.value.startswith(f"{above}/" if above else "")
    ]
    if not values:
        return ()
    text: Any = CharField()
    step = Func(F("category__path"), Value("/"), Value(depth + 1), function="split_part", output_field=text)
    products = visible_products(scope)
    if above:
        products = products.filter(category__path__startswith=f"{above}/")
    pictures = _best_pictures(products, step)
    return _entrances(values, lambda value: pictures.get(value.rpartition("/")[2]), "category")


def collections(answer: SearchAnswer, scope: SearchScope) -> tuple[Entrance, ...]:
    """The collections that `answer` counted products in."""
    values = _values(answer, "collection")
    if not values:
        return ()
    pictures = _best_pictures(visible_products(scope), F("collections__slug"))
    return _entrances(values, pictures.get, "collection")


def _values(answer: SearchAnswer, facet: str) -> tuple[FacetValue, ...]:
    counted: FacetCounts | None = next((counts for counts in answer.facets if counts.name == facet), None)
    return () if counted is None else tuple(value for value in counted.values if value.count)


def _best_pictures(products: QuerySet[Any], part: Combinable) -> dict[str, ProductImage]:
    """For each value of `part` the first picture of its most popular product that has one."""
    rows = (
        products.filter(images__isnull=False)
        .annotate(part=part)
        .order_by("part", "-popularity", "pk", "images__position", "images__pk")
        .distinct("part")
        .values_list("part", "images")
    )
    found = dict(rows)
    images = ProductImage.objects.in_bulk(list(found.values()))
    return {part: images[pk] for part, pk in found.items() if pk in images}


def _entrances(
    values: Iterable[FacetValue], picture_of: Callable[[str], ProductImage | None], facet: str
) -> tuple[Entrance, ...]:
    made = []
    for value in values:
        image = picture_of(value.value)
        name = value.label or value.value
        picture = None if image is None else picture_card(image, name)
        made.append(Entrance(name, ShopQuery(filters={facet: (value.value,)}).url, value.count, picture))
    return tuple(made)
