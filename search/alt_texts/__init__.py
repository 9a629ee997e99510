"""Words for those who don't see a picture: made of what is known, reviewed by people, kept in the shop's own fields."""

from .deciding import DecidedMeanwhile, OwnWords, SameWords, accept, edit, last_decided, reject, undo
from .run import AltTextProgress, is_due, write_pending

__all__ = [
    "AltTextProgress",
    "DecidedMeanwhile",
    "OwnWords",
    "SameWords",
    "accept",
    "edit",
    "is_due",
    "last_decided",
    "reject",
    "undo",
    "write_pending",
]
