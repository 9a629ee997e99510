"""The reference shop: small, ordinary Django code that shows how a shop uses product_search."""

from .celery import app as celery_app

__all__ = ["celery_app"]
