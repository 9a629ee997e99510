"""For whom a search is made: everything that decides which products exist, at which price, in which language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import translation


@dataclass(frozen=True)
class SearchScope:
    """One shopper's view. `request` is None for workers, commands and evaluation; `user` is None for the anonymous.

    `segment` is what the shop calls this sort of shopper: `trade`, `newcomer`. `filters` are values by facet that every
    product must have one of, whatever else is asked; no request lifts them. `key` names the key that was asked with.
    """

    request: HttpRequest | None = None
    user: Any = None
    key: str | None = None
    language: str = ""
    currency: str = ""
    channel: str = ""
    segment: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @classmethod
    def of(
        cls, request: HttpRequest, *, currency: str = "", channel: str = "", segment: str = ""
    ) -> SearchScope:
        """The scope of a web request, in the language that is active."""
        user = getattr(request, "user", None)
        if user is None or isinstance(user, AnonymousUser) or not user.is_authenticated:
            user = None
        language = translation.get_language() or ""
        return cls(
            request=request,
            user=user,
            language=language,
            currency=currency,
            channel=channel,
            segment=segment,
        )

    def search_language(self, languages: tuple[str, ...]) -> str:
        """The one of the document's `languages` to search in: this scope's, its base (`de-at`: `de`), or the first."""
        for candidate in (self.language.lower(), self.language.lower().split("-")[0]):
            if candidate in languages:
                return candidate
        return languages[0]

    def digest(self, audience: str = "") -> str:
        """Hex SHA-256 that binds cursors, ETags and cache keys to this scope and `document.audience(scope)`."""
        filters = sorted((name, sorted(values)) for name, values in self.filters.items())
        parts = [self.key, self.language, self.currency, self.channel, self.segment, audience, filters]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
