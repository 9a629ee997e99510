"""Read replicas: searches are sent to one of them, all else stays with the primary. Settings may import this room, so
it imports no models.
"""

from .router import SearchRouter, on_primary

__all__ = ["SearchRouter", "on_primary"]
