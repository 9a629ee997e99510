"""What a shop declares: the texts, pictures and facets of its products, who sees them, and what a hit shows."""

from .document import ProductDocument
from .fields import Facet, Images, TagFacet, Text, Translated
from .loading import document
from .scope import SearchScope
from .visibility import visible_products

__all__ = [
    "Facet",
    "Images",
    "ProductDocument",
    "SearchScope",
    "TagFacet",
    "Text",
    "Translated",
    "document",
    "visible_products",
]
