"""Keys: what whoever asks with one may do, from where, how often, and what of the shop they see."""

from .making import make_key, revoke_key
from .signing import signed_key

__all__ = ["make_key", "revoke_key", "signed_key"]
