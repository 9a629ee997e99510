"""What pictures say: attributes and their values as a merchant words them, and which of them products have."""

from .picture import SeenAttribute, SeenValue, tags_of
from .run import TagProgress, is_due, tag_pending

__all__ = ["SeenAttribute", "SeenValue", "TagProgress", "is_due", "tag_pending", "tags_of"]
