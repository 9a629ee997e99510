"""The way of a query: what a shopper asks becomes one frozen set of products, counted, grouped and shown."""

from ..errors import InvalidRequest, UnknownProduct
from .answer import FacetCounts, FacetValue, Hit, LegScore, SearchAnswer
from .encoding import EncoderUnavailable, warm_up
from .engine import search
from .request import SearchRequest
from .similar import similar

__all__ = [
    "EncoderUnavailable",
    "FacetCounts",
    "FacetValue",
    "Hit",
    "InvalidRequest",
    "LegScore",
    "SearchAnswer",
    "SearchRequest",
    "UnknownProduct",
    "search",
    "similar",
    "warm_up",
]
