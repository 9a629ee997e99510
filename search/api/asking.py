"""Who asks, from where, and whether that is allowed: with a key, in a session, or as nobody in particular.

A key goes before the session: whoever sends one is nobody's session here. Without a key, PRODUCT_SEARCH["ANONYMOUS"]
says what may be asked, from pages of the shop's own origin alone: no other origin can read an answer, as none gets CORS
headers, and none can have one written, as its POSTs are refused. A session's POST also needs Django's CSRF token.
"""

from __future__ import annotations

import copy
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import CsrfViewMiddleware

from ..conf import names_in, settings
from ..errors import KeyRefused
from ..keys import origins, throttling
from ..keys.grant import Grant
from ..keys.reading import grant_of
from ..keys.tokens import BEGINNINGS
from .bodies import Pairs
from .problems import CHALLENGE, Problem

#: The parameter that a publishable or signed key may come in.
KEY = "key"


def without_key(pairs: Pairs) -> tuple[Pairs, str | None]:
    """The pairs but for the key, and the key: nothing after this sees it. Raises `Problem` for two of them."""
    found = [value for name, value in pairs if name == KEY]
    if len(found) > 1:
        raise Problem(400, "repeated_parameter", "key came more than once.", parameter=KEY)
    return tuple(pair for pair in pairs if pair[0] != KEY), found[0] if found else None


def grant(request: HttpRequest, parameter: str | None) -> Grant | None:
    """What the request's key gives; None without one. From then on the session's user counts for nothing.

    Raises `KeyRefused`.
    """
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    in_header = scheme.lower() == "bearer"  # any other scheme is the host's own
    if not in_header and parameter is None:
        return None
    token = sent.strip() if in_header else str(parameter)
    if not in_header and token.startswith(BEGINNINGS["secret"]):
        detail = "A secret key came in an address, where logs and histories keep it: revoke it, and send the next one"
        raise KeyRefused("unknown_key", f"{detail} as `Authorization: Bearer KEY`.")
    found = grant_of(token)
    request.user = AnonymousUser()
    return found


def is_own(request: HttpRequest, origin: str) -> bool:
    """Whether a page of the shop sent it: of the host that was asked, or of one in CSRF_TRUSTED_ORIGINS."""
    _, _, host = origin.partition("://")
    return host == request.get_host() or origins.allows(
        [rule.lower() for rule in django_settings.CSRF_TRUSTED_ORIGINS], origin
    )


def allowed_origin(request: HttpRequest, granted: Grant | None) -> str:
    """The other origin that may read the answer, or ""; raises `Problem` where it may not even ask."""
    origin = request.headers.get("Origin", "")
    if granted is None:
        _refuse_forgery(request, origin)
        return ""
    if not origin or is_own(request, origin):
        return ""
    if not origins.allows(granted.origins, origin):
        known = ", ".join(granted.origins) or "none"
        detail = f"This key is not for pages of {origin[:100]}. Its origins: {known}."
        raise Problem(403, "origin_not_allowed", detail)
    return origin


def _refuse_forgery(request: HttpRequest, origin: str) -> None:
    foreign = bool(origin) and not is_own(request, origin)
    foreign = foreign or (not origin and request.headers.get("Sec-Fetch-Site") == "cross-site")
    if foreign and request.method == "POST":
        detail = "Pages of another origin send a key: `Authorization: Bearer KEY`, one made for that origin."
        raise Problem(403, "origin_not_allowed", detail)


def check_action(request: HttpRequest, granted: Grant | None, action: str, what: str = "") -> None:
    """Raises `Problem` where whoever asks may not do this; `what` names it in words."""
    what = what or f"This endpoint (action {action})"
    if granted is not None:
        if action not in granted.actions:
            detail = f"{what} is not among this key's actions: {', '.join(sorted(granted.actions))}."
            raise Problem(403, "action_not_allowed", detail)
        return
    if action not in names_in(settings().anonymous) and not _is_staff(request):
        if action == "explain":
            detail = (
                f"{what} is for staff: sign in with a staff account, or send a secret key that may explain."
            )
            raise Problem(403, "staff_only", detail)
        detail = f"{what} needs a key: send `Authorization: Bearer KEY`."
        raise Problem(401, "key_required", detail, headers=CHALLENGE)


def check_bounds(granted: Grant | None, currency: str, channel: str) -> None:
    """Raises `Problem` where a parameter asks for another currency or channel than the key is for."""
    bounds = {} if granted is None else {"currency": granted.currency, "channel": granted.channel}
    for name, asked in (("currency", currency), ("channel", channel)):
        if asked and bounds.get(name) and asked != bounds[name]:
            detail = f"This key is for {name} {bounds[name]}; leave {name} out."
            raise Problem(403, "not_with_this_key", detail, parameter=name)


def throttle(request: HttpRequest, granted: Grant | None, requests: int = 1) -> None:
    """Count the request, by its address and by its key, as so many; raises `Problem` where that was one too many."""
    conf = settings()
    limits = {}
    if address := address_of(request):
        limits[f"address {throttling.address_name(address)}"] = conf.rate_per_address
    if granted is not None:
        limits[granted.counted_as] = conf.rate_per_key if granted.rate is None else granted.rate
    if seconds := throttling.seconds_to_wait(limits, requests):
        whose = " and ".join(("address", *(["key"] if granted is not None else [])))
        detail = f"That were too many requests of this {whose} in a minute. Ask again in {seconds} s."
        raise Problem(429, "too_many_requests", detail, headers={"Retry-After": str(seconds)})


def address_of(request: HttpRequest) -> str:
    """The address that asks, as far as PROXIES says whom to believe; "" where nobody can tell."""
    remote, proxies = str(request.META.get("REMOTE_ADDR") or ""), settings().proxies
    said = str(request.META.get("HTTP_X_FORWARDED_FOR") or "")
    if proxies is None:
        return "" if said else remote
    chain = [*filter(None, (part.strip() for part in said.split(","))), remote]
    return chain[max(len(chain) - 1 - proxies, 0)]


def _is_staff(request: HttpRequest) -> bool:
    return bool(getattr(getattr(request, "user", None), "is_staff", False))


def check_csrf(request: HttpRequest, token: str = "") -> None:
    """Refuse a session's POST that its own page did not send; `token` is one that came elsewhere than in the header.

    Who has no session has nothing that could be forged. Raises `Problem`.
    """
    if not getattr(getattr(request, "user", None), "is_authenticated", False):
        return
    # A copy, whose form is never read: reading it here would take the body from whoever reads it with our limits.
    asked: Any = copy.copy(request)
    asked._post = QueryDict()
    if token:
        asked.META = {**request.META, django_settings.CSRF_HEADER_NAME: token}
    check = _CsrfCheck(_nothing)
    check.process_request(asked)
    reason: Any = check.process_view(asked, _nothing, (), {})
    if reason:
        detail = (
            f"A POST of a signed-in user needs Django's CSRF token ({reason.rstrip('.')}). Send it as the header"
            " X-CSRFToken; a page has it by {% csrf_token %} or in the cookie csrftoken. Beacons to v1/events send it"
            " as `csrf` in their body."
        )
        raise Problem(403, "csrf_failed", detail)


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, which says the reason instead of answering with a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
