"""What a key gives to whoever asks with it, stored or signed alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ..conf import ACTIONS, SHOPPERS
from ..documents import SearchScope, document
from ..documents.conditions import fault_of
from ..errors import ImproperKey
from .origins import checked_origin

Filters = Mapping[str, tuple[str, ...]]
#: More than this is no key but a list of products, and does not fit into an address.
MOST_VALUES = 50


@dataclass(frozen=True)
class Grant:
    """A key that is good now. `name` stands for it in digests, logs and throttles; the token itself stands nowhere.

    `rate` is in requests a minute, None as RATE_PER_KEY says; `counted_as` is what they are counted under.
    """

    name: str
    kind: Literal["publishable", "secret", "signed"]
    actions: frozenset[str]
    origins: tuple[str, ...]
    filters: Filters
    channel: str
    currency: str
    rate: int | None
    counted_as: str

    def narrowed(self, scope: SearchScope) -> SearchScope:
        """`scope` as this key shows it: of nobody's session, under its filters, in its channel and currency."""
        return replace(
            scope,
            user=None,
            key=self.name,
            filters=self.filters,
            channel=self.channel or scope.channel,
            currency=self.currency or scope.currency,
        )


@dataclass(frozen=True)
class Terms:
    """What a key is to give, checked: all that a stored and a signed one have in common."""

    actions: tuple[str, ...]
    origins: tuple[str, ...] = ()
    filters: Filters | None = None
    channel: str = ""
    currency: str = ""
    rate: int | None = None
    expires_at: datetime | None = None


def checked(
    *,
    kind: str,
    actions: Iterable[str] | None,
    origins: Iterable[str],
    filters: Mapping[str, str | Sequence[str]] | None,
    channel: str,
    currency: str,
    rate: int | None,
    expires_at: datetime | None,
) -> Terms:
    """The terms, in one form; raises `ImproperKey` naming what to change. No actions: all of shoppers'."""
    known = ACTIONS if kind == "secret" else SHOPPERS
    chosen = tuple(dict.fromkeys(SHOPPERS if actions is None else actions))
    for action in chosen:
        if action not in known:
            why = "is for secret keys" if action in ACTIONS else "is no action"
            raise ImproperKey("actions", f"{action!r} {why}; choose from {', '.join(known)}.")
    if not chosen:
        raise ImproperKey("actions", f"The key may do nothing; choose from {', '.join(known)}.")
    from_where = tuple(dict.fromkeys(checked_origin(origin) for origin in origins))
    if kind == "secret" and from_where:
        raise ImproperKey(
            "origins", "A secret key is for servers, which have no origin: leave origins empty."
        )
    held = {name: _values(values) for name, values in (filters or {}).items()}
    if fault := fault_of(document(), held):
        raise ImproperKey("filters", fault)
    if sum(len(values) for values in held.values()) > MOST_VALUES:
        raise ImproperKey(
            "filters", f"A key holds {MOST_VALUES} values at most; make a facet that says it in one."
        )
    if currency and not (
        len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()
    ):
        raise ImproperKey("currency", f"{currency[:20]!r} is no currency; write three letters: EUR.")
    if len(channel) > 60:
        raise ImproperKey("channel", f"The channel has {len(channel)} characters; 60 at most.")
    if rate is not None and rate < 1:
        raise ImproperKey("rate", f"{rate} requests a minute; allow 1 or more, or leave it out.")
    return Terms(chosen, from_where, held, channel, currency, rate, expires_at)


def _values(values: str | Sequence[str]) -> tuple[str, ...]:
    found = (values,) if isinstance(values, str) else tuple(values)
    if any(not isinstance(value, str) or not value or "\x00" in value for value in found):
        raise ImproperKey("filters", f"{found!r} are not texts; write them as filters do: 'true', '10..50'.")
    return tuple(dict.fromkeys(found))
