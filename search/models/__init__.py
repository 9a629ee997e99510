"""The plugin's own tables, one module for each concept; no foreign key ever leads into the shop's."""

from .entry import Entry
from .generation import Generation, State
from .heartbeat import Heartbeat
from .index import Index
from .mark import Mark
from .picture import Picture
from .product_key import ProductKeyField
from .query_picture import QueryPicture
from .space import Space
from .tally import Tally
from .text import Corpus, TermFrequency, Text
from .vector import PictureVector, TextVector

__all__ = [
    "Corpus",
    "Entry",
    "Generation",
    "Heartbeat",
    "Index",
    "Mark",
    "Picture",
    "PictureVector",
    "ProductKeyField",
    "QueryPicture",
    "Space",
    "State",
    "Tally",
    "TermFrequency",
    "Text",
    "TextVector",
]
