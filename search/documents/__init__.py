"""What a shop declares: the texts, pictures and facets of its products, who sees them, and what a hit shows."""

from .document import ProductDocument
from .fields import Facet, Images, TagFacet, Text, Translated, Videos
from .loading import document
from .scope import SearchScope
from .visibility import HeldBackQuerySet, held_back, visible_products

__all__ = [
    "Facet",
    "HeldBackQuerySet",
    "Images",
    "ProductDocument",
    "SearchScope",
    "TagFacet",
    "Text",
    "Translated",
    "Videos",
    "document",
    "held_back",
    "visible_products",
]
