"""Indexing at once, deterministic and synchronous; works inside Django's TestCase."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet

from ..documents import document
from ..errors import ProductSearchError
from ..indexing import corpus, generations, sweep
from ..indexing.claim import raise_entries
from ..indexing.work import Report, database, index_pending, prepare
from ..tagging import is_due, tag_pending


class IndexingFailed(ProductSearchError):
    """Some products could not be indexed; the message holds each one's error."""


def index_now(products: QuerySet[Any] | Iterable[Model] | None = None, *, strict: bool = True) -> Report:
    """Index what was saved so far, or `products` too although nothing marked them; searches see it on return.

    Makes the first generation and embedding space, finds products that no signal told of, and brings word statistics
    and tags up to date. Raises `IndexingFailed` when a product could not be indexed, unless `strict` is False.
    """
    using = database()
    prepare(using)
    sweep.find_products(using)
    if products is not None:
        raise_entries(using, [product.pk for product in products], bulk=False)
    report = index_pending()
    generation = generations.current(using)
    corpus.rebuild(using, generation)
    sweep.calibrate_spaces(using, generation)
    sweep.keep_books(using)
    if is_due(using):
        tag_pending()
    if strict and report.failed:
        errors = "; ".join(
            f"{document().model.__name__} {key}: {error}" for key, error in report.failed.items()
        )
        raise IndexingFailed(f"{len(report.failed)} products could not be indexed. {errors}")
    return report
