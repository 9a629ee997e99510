"""Keys are made and revoked here, by the admin and by a host's own code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models.functions import Now
from django.utils import timezone

from ..errors import ImproperKey
from ..models import ApiKey, KeyKind
from .grant import checked
from .tokens import SHOWN, digest_of, new_token


def make_key(
    name: str,
    *,
    secret: bool = False,
    actions: Iterable[str] | None = None,
    origins: Iterable[str] = (),
    filters: Mapping[str, str | Sequence[str]] | None = None,
    channel: str = "",
    currency: str = "",
    rate: int | None = None,
    expires_at: datetime | None = None,
    by: str = "",
) -> tuple[ApiKey, str]:
    """A new key's row, and the token, which is nowhere else: show it once. All shoppers' actions unless some are named.

    `rate` is in requests a minute. Raises `ImproperKey` naming what to change.
    """
    kind = KeyKind.SECRET if secret else KeyKind.PUBLISHABLE
    if not name.strip() or len(name) > 120:
        raise ImproperKey("name", "Name the key, in 120 characters at most: by who will use it.")
    if expires_at is not None and expires_at <= timezone.now():
        raise ImproperKey("expires_at", f"{expires_at} has passed; choose a time to come, or none.")
    terms = checked(
        kind=kind,
        actions=actions,
        origins=origins,
        filters=filters,
        channel=channel,
        currency=currency,
        rate=rate,
        expires_at=expires_at,
    )
    token = new_token(kind)
    row = ApiKey.objects.create(
        name=name.strip(),
        kind=kind,
        digest=digest_of(token),
        beginning=token[:SHOWN],
        actions=list(terms.actions),
        origins=list(terms.origins),
        filters={name: list(values) for name, values in (terms.filters or {}).items()},
        channel=channel,
        currency=currency,
        rate=rate,
        expires_at=expires_at,
        made_by=by,
    )
    return row, token


def revoke_key(key: ApiKey, *, by: str = "") -> bool:
    """Refuse it from the next request on; the row stays. False where it was revoked already."""
    rows = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True)
    return bool(rows.update(revoked_at=Now(), revoked_by=by))
