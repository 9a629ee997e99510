"""The way of a query: what a shopper asks becomes one frozen set of products, counted, grouped and shown."""

from ..encoders import EncoderUnavailable
from ..errors import ExpiredCursor, InvalidRequest, UnknownProduct
from .answer import (
    Bucket,
    Correction,
    Explanation,
    FacetCounts,
    FacetValue,
    Highlight,
    Hit,
    LegScore,
    Relaxation,
    SearchAnswer,
    Understood,
)
from .completions import related
from .cursor import walk
from .engine import search
from .facet_values import facet_values
from .media import Cover, MediaAnswer, MediaHit, MediaPicture, RankedPicture, cover, find_media, rank_pictures
from .recommendations import DIVERSITY, recommend
from .request import Example, SearchRequest
from .similar import similar
from .staff import Ranking, look_up, rank
from .suggestions import CategorySuggestion, Suggestions, suggest
from .warming import is_warm, warm_up
from .why_not import WhyNot, why_not

__all__ = [
    "DIVERSITY",
    "Bucket",
    "CategorySuggestion",
    "Correction",
    "Cover",
    "EncoderUnavailable",
    "Example",
    "ExpiredCursor",
    "Explanation",
    "FacetCounts",
    "FacetValue",
    "Highlight",
    "Hit",
    "InvalidRequest",
    "LegScore",
    "MediaAnswer",
    "MediaHit",
    "MediaPicture",
    "RankedPicture",
    "Ranking",
    "Relaxation",
    "SearchAnswer",
    "SearchRequest",
    "Suggestions",
    "Understood",
    "UnknownProduct",
    "WhyNot",
    "cover",
    "facet_values",
    "find_media",
    "is_warm",
    "look_up",
    "rank",
    "rank_pictures",
    "recommend",
    "related",
    "search",
    "similar",
    "suggest",
    "walk",
    "warm_up",
    "why_not",
]
