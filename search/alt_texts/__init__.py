"""Words for those who don't see a picture: made of what is known, reviewed by people, kept in the shop's own fields."""

from .deciding import OwnWords, SameWords, accept, edit, reject, undo
from .run import AltTextProgress, is_due, write_pending

__all__ = [
    "AltTextProgress",
    "OwnWords",
    "SameWords",
    "accept",
    "edit",
    "is_due",
    "reject",
    "undo",
    "write_pending",
]
