"""From a token to what it gives."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, router, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from ..errors import KeyRefused
from ..models import ApiKey
from .grant import Grant
from .origins import rules_met_by
from .signing import grant_of_signed, is_signed
from .tokens import LONGEST, digest_of

logger = logging.getLogger(__name__)

#: A use is noted when the last one noted is older.
NOTED_EVERY = timedelta(minutes=1)


def grant_of(token: str) -> Grant:
    """What the key gives, asked of its row, so that one that is revoked is refused at once.

    Raises `KeyRefused` where it is unknown, expired or revoked.
    """
    if not token or len(token) > LONGEST or "\x00" in token:
        raise KeyRefused("unknown_key", "This is no key. Send one as `Authorization: Bearer KEY`.")
    if is_signed(token):
        return grant_of_signed(token)
    row = ApiKey.objects.filter(digest=digest_of(token)).first()
    if row is None:
        raise KeyRefused("unknown_key", "There is no such key. Make one in the admin, under keys.")
    if row.revoked_at is not None:
        raise KeyRefused("revoked_key", "This key was revoked. Make another in the admin.")
    now = timezone.now()
    if row.expires_at is not None and row.expires_at <= now:
        raise KeyRefused("expired_key", "This key has expired. Make another in the admin.")
    if row.last_used_at is None or row.last_used_at < now - NOTED_EVERY:
        _note_use(row)
    kind: Any = row.kind
    return Grant(
        name=f"key:{row.pk}",
        kind=kind,
        actions=frozenset(row.actions),
        origins=tuple(row.origins),
        filters={name: tuple(values) for name, values in row.filters.items()},
        channel=row.channel,
        currency=row.currency,
        rate=row.rate,
        counted_as=f"key:{row.pk}",
    )


def is_known_origin(origin: str) -> bool:
    """Whether some key that is good now may be used from there: all that can be said before a key is seen."""
    now = timezone.now()
    rows = ApiKey.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at__isnull=True)
    return rows.filter(origins__overlap=list(rules_met_by(origin))).exists()


def _note_use(row: ApiKey) -> None:
    """Not worth a failed request: a database that takes no writes notes none."""
    using = router.db_for_write(ApiKey)
    try:
        with transaction.atomic(using=using):
            ApiKey.objects.using(using).filter(pk=row.pk).update(last_used_at=Now())
    except DatabaseError as error:
        logger.warning("The use of a key was not noted: %s", error, extra={"event": "key_use_not_noted"})
