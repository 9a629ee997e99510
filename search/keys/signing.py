"""Keys that a host's server makes without a row: what they give is written into them, and signed with SECRET_KEY.

They can't be revoked one by one, so they end soon. SECRET_KEY_FALLBACKS keeps those of the former key good.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import signing

from ..errors import ImproperKey, KeyRefused
from .grant import Grant, Terms, checked
from .tokens import BEGINNINGS, LONGEST, digest_of

_SALT = "product_search.key"
_BEGINNING = BEGINNINGS["signed"]
#: What can't be revoked may not be good for longer.
LONGEST_LIFE = timedelta(days=31)


def signed_key(
    *,
    actions: Iterable[str] | None = None,
    origins: Iterable[str] = (),
    filters: Mapping[str, str | Sequence[str]] | None = None,
    channel: str = "",
    currency: str = "",
    rate: int | None = None,
    expires_in: timedelta = timedelta(hours=1),
) -> str:
    """A key for one visitor or one tenant's page, good for `expires_in`: all shoppers' actions unless some are named.

    `rate` counts what is asked with this one, a minute. Raises `ImproperKey` naming what to change.
    """
    if not timedelta(seconds=1) <= expires_in <= LONGEST_LIFE:
        raise ImproperKey("expires_in", f"{expires_in} came; expected a second to {LONGEST_LIFE.days} days.")
    terms = checked(
        kind="signed",
        actions=actions,
        origins=origins,
        filters=filters,
        channel=channel,
        currency=currency,
        rate=rate,
        expires_at=datetime.now(UTC) + expires_in,
    )
    token = _BEGINNING + signing.dumps(_written(terms), salt=_SALT, compress=True)
    if len(token) > LONGEST:
        raise ImproperKey(
            "filters", f"The key has {len(token):,} characters; {LONGEST:,} at most: hold to fewer."
        )
    return token


def is_signed(token: str) -> bool:
    """Whether it says of itself that it is one."""
    return token.startswith(_BEGINNING)


def grant_of_signed(token: str) -> Grant:
    """What a signed key gives; raises `KeyRefused` where it is none of ours, or has ended."""
    try:
        said: dict[str, Any] = signing.loads(token.removeprefix(_BEGINNING), salt=_SALT)
    except (signing.BadSignature, UnicodeEncodeError):
        detail = "This key was not signed here. Let the shop's server make one with signed_key()."
        raise KeyRefused("unknown_key", detail) from None
    if said["until"] <= time.time():
        raise KeyRefused("expired_key", "This key has ended. Let the shop's server make another.")
    # Two keys that say the same are one to cursors, however often the server makes them anew.
    same = json.dumps({name: value for name, value in said.items() if name != "until"}, sort_keys=True)
    return Grant(
        name=f"signed:{hashlib.sha256(same.encode()).hexdigest()[:32]}",
        kind="signed",
        actions=frozenset(said["actions"]),
        origins=tuple(said["origins"]),
        filters={name: tuple(values) for name, values in said["filters"].items()},
        channel=said["channel"],
        currency=said["currency"],
        rate=said["rate"],
        counted_as=f"signed:{digest_of(token)[:32]}",
    )


def _written(terms: Terms) -> dict[str, Any]:
    until = terms.expires_at
    return {
        "actions": terms.actions,
        "origins": terms.origins,
        "filters": terms.filters,
        "channel": terms.channel,
        "currency": terms.currency,
        "rate": terms.rate,
        "until": 0 if until is None else int(until.timestamp()),
    }
