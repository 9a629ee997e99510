"""What indexing writes is queued for tagging with the same commit; a worker is woken after it, and scores by itself."""

from __future__ import annotations

from django.db import transaction

from ..indexing import wake
from ..indexing.copying import copy_rows
from ..indexing.seams import Written
from ..models import Attribute, Tag, TagState, Untagged

TAG_TASK = "product_search.tag"


def queue_written(written: Written) -> None:
    """Queue the products that were written, and drop what is suggested of those that are gone.

    One statement where nothing is to be tagged; nothing is scored here, and a write waits for no tagger.
    """
    using = written.using
    if written.gone:
        Tag.objects.using(using).filter(product__in=written.gone, state=TagState.SUGGESTED).delete()
    if not written.keys or not Attribute.objects.using(using).filter(enabled=True).exists():
        return
    copy_rows(using, Untagged._meta.db_table, ("product",), ((key,) for key in written.keys))
    transaction.on_commit(lambda: wake.wake(TAG_TASK), using=using, robust=True)
