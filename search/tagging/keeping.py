"""What was decided, into the shop's own fields: by a worker, after the decision, and again until it succeeds.

The decision stands whatever the shop's hook does. What the merchant filled in is never written over.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Now

from ..documents import document
from ..models import KeptTags, Tag, TagState
from .reading import own_values

logger = logging.getLogger(__name__)

#: Products whose fields are written in one transaction.
TOGETHER = 50
#: A hook that failed is called again after so long, then after twice that, and so on.
RETRY_SECONDS = 30
LONGEST_SECONDS = 3_600


def queue_kept(decided: Iterable[tuple[Any, str]], *, using: str) -> None:
    """Have the attributes of these (product, attribute) written to the shop's fields, where it has a hook for that."""
    if document().keeps_tags:
        KeptTags.objects.using(using).bulk_create(
            [KeptTags(product=key, attribute=name) for key, name in sorted(set(decided), key=str)],
            update_conflicts=True,
            unique_fields=["product", "attribute"],
            update_fields=["due", "attempts", "not_before", "error"],
        )


def is_due(using: str) -> bool:
    """Whether a hook is to be called now."""
    return document().keeps_tags and _due(using).exists()


def keep_due(using: str, *, seconds: float | None = None) -> int:
    """Call the shop's hook for what is due, for about so long; returns how many products it was called for."""
    deadline = float("inf") if seconds is None else time.monotonic() + seconds
    kept = 0
    while time.monotonic() < deadline and is_due(using):
        with transaction.atomic(using=using):
            kept += (done := _keep_some(using))
        if not done:
            break  # others are at them
    return kept


def try_again(using: str) -> int:
    """Have what failed called again now; returns how many attributes of products that are."""
    return failed(using).update(not_before=Now(), attempts=0)


def failed(using: str) -> QuerySet[KeptTags]:
    """What could not be written, the last failure first."""
    return KeptTags.objects.using(using).filter(due=True).exclude(error="").order_by("-not_before")


def _due(using: str) -> QuerySet[KeptTags]:
    return KeptTags.objects.using(using).filter(due=True, not_before__lte=Now())


def _keep_some(using: str) -> int:
    rows: dict[Any, dict[str, KeptTags]] = defaultdict(dict)
    for row in _due(using).order_by("product", "attribute").select_for_update(skip_locked=True)[:TOGETHER]:
        rows[row.product][row.attribute] = row
    found = document().queryset().using(using).filter(pk__in=list(rows)).order_by("pk")
    products = {product.pk: product for product in found.select_for_update(of=("self",))}
    names = sorted({name for attributes in rows.values() for name in attributes})
    own = {name: own_values(name, list(rows), using=using) for name in names}
    accepted: dict[tuple[Any, str], list[str]] = defaultdict(list)
    tags = Tag.objects.using(using).filter(
        product__in=list(rows), attribute__in=names, state=TagState.ACCEPTED
    )
    for key, name, value in tags.order_by("value").values_list("product", "attribute", "value"):
        accepted[key, name].append(value)
    for key, attributes in rows.items():
        if key not in products:
            KeptTags.objects.using(using).filter(product=key).delete()
            continue
        # What the shop's own facet says, and we did not write, is the merchant's.
        free = {name: row for name, row in attributes.items() if own[name].get(key, set()) <= set(row.values)}
        _keep(products[key], free, {name: accepted[key, name] for name in free}, using)
        left = [row.pk for name, row in attributes.items() if name not in free]
        KeptTags.objects.using(using).filter(pk__in=left).update(due=False, error="")
    return len(rows)


def _keep(product: Any, rows: dict[str, KeptTags], tags: dict[str, list[str]], using: str) -> None:
    known = KeptTags.objects.using(using).filter(pk__in=[row.pk for row in rows.values()])
    try:
        if rows:
            with transaction.atomic(using=using):
                document().keep_tags(product, tags, {name: row.values for name, row in rows.items()})
    except Exception as error:  # the shop's own code: whatever it raises is shown, and tried again
        attempts = max(row.attempts for row in rows.values())
        wait = min(RETRY_SECONDS * 2**attempts, LONGEST_SECONDS)
        logger.exception("keep_tags failed for product %s", product.pk, extra={"event": "keep_tags_failed"})
        known.update(
            error=f"{type(error).__name__}: {error}",
            attempts=F("attempts") + 1,
            not_before=Now() + Value(timedelta(seconds=wait)),
        )
    else:
        for name, row in rows.items():
            row.values, row.due, row.error = tags[name], False, ""
        KeptTags.objects.using(using).bulk_update(rows.values(), ["values", "due", "error"])
