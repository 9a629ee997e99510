"""What pictures say: attributes and their values as a merchant words them, and which of them products have."""

from .classifying import Classified, LabelProbability, classify, classify_category
from .duplicates import find_duplicates
from .examining import examine_pending, must_examine
from .picture import SeenAttribute, SeenValue, tags_of
from .run import TagProgress, is_due, tag_pending

__all__ = [
    "Classified",
    "LabelProbability",
    "SeenAttribute",
    "SeenValue",
    "TagProgress",
    "classify",
    "classify_category",
    "examine_pending",
    "find_duplicates",
    "is_due",
    "must_examine",
    "tag_pending",
    "tags_of",
]
