"""REST over `retrieval`: requests in, JSON or problem details out. It knows HTTP and nothing of SQL or models.

A shop's own pages that search take their places in the same line as requests do: `with place(): ...`.
"""

from .shedding import Busy, place

__all__ = ["Busy", "place"]
