"""Products whose words may no longer be right, queued with the commit that changed them: after tagging, where it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from ..conf import settings
from ..indexing import wake
from ..indexing.copying import copy_rows
from ..indexing.seams import Written
from ..models import AltText, AltTextState, Attribute, Undescribed

ALT_TEXT_TASK = "product_search.alt_texts"


def queue_written(written: Written) -> None:
    """Queue what was written, unless tagging sees to it first; drop what is suggested for products that are gone."""
    using = written.using
    if not settings().alt_texts:
        return
    if written.gone:
        AltText.objects.using(using).filter(product__in=written.gone, state=AltTextState.SUGGESTED).delete()
    if written.keys and not Attribute.objects.using(using).filter(enabled=True).exists():
        queue(written.keys, using=using)


def queue_tagged(keys: Sequence[Any], using: str) -> None:
    """Queue products whose tags were looked at, or decided of."""
    if keys and settings().alt_texts:
        queue(keys, using=using)


def queue(keys: Sequence[Any], *, using: str) -> None:
    """Queue products, in the transaction that is open, and wake a worker after it."""
    copy_rows(using, Undescribed._meta.db_table, ("product",), ((key,) for key in keys))
    transaction.on_commit(lambda: wake.wake(ALT_TEXT_TASK), using=using, robust=True)
