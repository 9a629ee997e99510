"""The one file that describes the shop's products to product_search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from product_search import documents
from product_search.documents import Facet, Images, SearchScope, Text, Translated, Videos

from .models import Category, Product, ProductImage
from .storefront.taste import looked_at


class ProductDocument(documents.ProductDocument):
    """What shoppers search by, filter by and see."""

    title = Text(Translated("name", de="name_de"), weight=3.0)
    brand_name = Text("brand__name", weight=2.0)
    category_name = Text(Translated("category__name", de="category__name_de"), weight=1.5)
    collection_names = Text("collections__name")
    description = Text(Translated("description", de="description_de"))
    sku = Text("sku", weight=2.0)

    images = Images("images", file="image", order_by="position")
    videos = Videos("videos", file="file", order_by="position")

    category = Facet(
        "category__path", label=Translated("category__name", de="category__name_de"), hierarchical=True
    )
    brand = Facet("brand__slug", label="brand__name")
    price = Facet("price", kind="range")
    in_stock = Facet(Q(stock__gt=0) | Q(stock=None))
    reduced = Facet(Q(list_price__gt=F("price")))
    collection = Facet("collections__slug", label="collections__name")

    class Meta:
        group_by = Coalesce("parent_id", "pk")
        languages = ("en", "de")
        browse_order = ("-popularity", "pk")
        sorts = {
            "price": ("price",),
            "-price": ("-price",),
            "newest": ("-created_at",),
            "rating": ("-rating",),
        }

    def visible(self, queryset: QuerySet[Any], scope: SearchScope) -> QuerySet[Any]:
        """Shoppers see what is published."""
        return queryset.filter(published=True)

    def complements(self, products: Sequence[Any], scope: SearchScope) -> QuerySet[Any]:
        """What shares a collection or a department with them, but is of another category."""
        categories = Category.objects.filter(products__in=products)
        shared = Q(collections__products__in=products)
        for path in categories.values_list("path", flat=True):
            shared |= Q(category__path__startswith=path.split("/")[0] + "/")
        return self.queryset().filter(shared).exclude(category__in=categories)

    def recently_viewed(self, scope: SearchScope) -> Sequence[Any] | None:
        """What the visitor looked at, of those who asked for results in their taste."""
        return looked_at(scope.request)

    def product_sets(self) -> dict[str, QuerySet[Any]]:
        """What rules may speak of beside facets."""
        month = timezone.now() - timedelta(days=30)
        return {
            "new this month": Product.objects.filter(created_at__gte=month),
            "well rated": Product.objects.filter(rating__gte=4),
        }

    def merge(self, keep: Product, remove: Product) -> Any:
        """Pictures that `keep` has not yet come last, and `remove` is no longer sold."""
        last = max((image.position for image in keep.images.all()), default=-1)
        known = {image.image.name for image in keep.images.all()}
        moved = {image.pk: image.position for image in remove.images.all() if image.image.name not in known}
        for image in remove.images.filter(pk__in=moved):
            last += 1
            image.product, image.position = keep, last
            image.save()
        done = {"pictures": list(moved.items()), "published": remove.published}
        remove.published = False
        remove.save()
        return done

    def unmerge(self, keep: Product, remove: Product, done: Any) -> None:
        """Moved pictures go back to where they stood, and `remove` is sold as it was."""
        for key, position in done["pictures"]:
            for image in keep.images.filter(pk=key):
                image.product, image.position = remove, position
                image.save()
        remove.published = done["published"]
        remove.save()

    def keep_tags(
        self, product: Product, tags: Mapping[str, Sequence[str]], before: Mapping[str, Sequence[str]]
    ) -> None:
        """The colour, among the attributes, unless somebody filled it in."""
        if "colour" in tags:
            colour, ours = ", ".join(tags["colour"]), ", ".join(before.get("colour", ()))
            if product.attributes.get("colour", "") == ours != colour:
                product.attributes["colour"] = colour
                if not colour:
                    del product.attributes["colour"]
                product.save()

    def alt_texts(self, products: Sequence[Any], language: str) -> dict[str, str]:
        """What merchants wrote for the pictures, in English or in German."""
        column = "alt_de" if language == "de" else "alt"
        rows = ProductImage.objects.filter(product__in=products).values_list("pk", column)
        return {str(picture): words for picture, words in rows}

    def keep_alt_text(self, picture: str, language: str, words: str) -> None:
        """Into the picture's own row."""
        column = "alt_de" if language == "de" else "alt"
        ProductImage.objects.filter(pk=picture).update(**{column: words})

    def prepare(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Loads with a page of hits what `card` reads."""
        pictures = Prefetch("images", ProductImage.objects.order_by("position", "pk"))
        return queryset.select_related("brand").prefetch_related(pictures)

    def card(self, product: Product, scope: SearchScope) -> dict[str, Any]:
        """What a hit shows, in the storefront as in the API."""
        pictures = [picture_card(picture, product.local_name) for picture in product.images.all()]
        return {
            "title": product.local_name,
            "url": product.get_absolute_url(),
            "sku": product.sku,
            "brand": product.brand.name if product.brand else "",
            "picture": pictures[0] if pictures else None,
            "pictures": pictures,
            "price": None if product.price is None else str(product.price),
            "list_price": str(product.list_price) if product.reduced_by else None,
            "currency": product.currency,
            "available": product.available,
            "rating": None if product.rating is None else str(product.rating),
        }


def picture_card(picture: ProductImage, title: str) -> dict[str, Any]:
    """One picture as pages and the API show it; sizes in pixels."""
    return {
        "id": picture.pk,
        "url": picture.image.url,
        "width": picture.width,
        "height": picture.height,
        "alt": picture.local_alt or title,
    }
