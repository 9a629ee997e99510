"""What the plugin has to know about books."""

from typing import Any

from django.db.models import QuerySet

from product_search.documents import Facet, Images, ProductDocument, SearchScope, Text

from .models import Book


def spine(document: ProductDocument, book: Book) -> str:
    """The title, which only a method gives."""
    return book.full_title()


class BookDocument(ProductDocument):
    """Books by title and author, covers by their look."""

    title = Text(spine, weight=3.0)
    author = Text("author__name", weight=2.0)
    covers = Images("covers", file="picture", order_by="shelf_order")
    price = Facet("price", kind="range")

    def visible(self, queryset: QuerySet[Book], scope: SearchScope) -> QuerySet[Book]:
        """Books that can still be bought."""
        return queryset.filter(in_print=True)

    def card(self, product: Book, scope: SearchScope) -> dict[str, Any]:
        """What the bookshop shows of a hit."""
        return {"title": product.full_title(), "price": str(product.price)}
