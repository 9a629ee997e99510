"""From the DOCUMENT setting to the one instance in use."""

from __future__ import annotations

from functools import lru_cache

from django.utils.module_loading import import_string

from ..conf import settings
from ..errors import ImproperDocument
from .document import ProductDocument


def document() -> ProductDocument:
    """The shop's document; raises `ImproperDocument` when DOCUMENT names no subclass of `ProductDocument`."""
    return _load(settings().document)


@lru_cache(maxsize=8)
def _load(path: str) -> ProductDocument:
    try:
        found = import_string(path)
    except ImportError as error:
        raise ImproperDocument(
            f'PRODUCT_SEARCH["DOCUMENT"] is "{path}", which does not import: {error}'
        ) from error
    if not (isinstance(found, type) and issubclass(found, ProductDocument)):
        raise ImproperDocument(
            f'PRODUCT_SEARCH["DOCUMENT"] is "{path}"; expected a subclass of product_search.documents.ProductDocument.'
        )
    return found()
